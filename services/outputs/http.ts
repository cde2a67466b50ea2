import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../core/ports/clock.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { ServerSentEvents } from './server-sent-events.ts';

/** The CLI cuts a release's output after 60 s without a byte; proxies often after 30 s or 60 s. */
const HEARTBEAT_MS = 15_000;
/** How long a resumed event stream waits for more output before it sends its headers. */
const PEEK_MS = 200;
const OFFSET_MAX = Number.MAX_SAFE_INTEGER;

type Output = AsyncIterable<Uint8Array> | undefined;

export interface OutputsHandlerOptions {
  /** Like `OutputStreams.read`, but may ask the archive too. */
  readonly outputs: { read(streamId: string, offset: number, signal: AbortSignal): Output | Promise<Output> };
  readonly signer: Signer;
  readonly clock: Clock;
  readonly heartbeatMs?: number;
}

interface Client {
  readonly response: ServerResponse;
  /** Aborted when the client has left. */
  readonly left: AbortSignal;
  readonly heartbeatMs: number;
}

/**
 * Serves `GET /streams/<token>`: build and release output while it grows. Plain text with `Range: bytes=N-`, or
 * server-sent events with `Last-Event-ID`. Silences are filled as by Heroku's stream server: with a NUL byte in plain text
 * (terminals show nothing; it does not count in offsets), with a comment in event streams.
 */
export function outputsHandler(
  options: OutputsHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const token = /^\/streams\/([^/?]+)(?:\?|$)/.exec(request.url ?? '')?.[1];
    if (token === undefined || request.method !== 'GET') {
      return refuse(response, 404, 'not_found', 'There is nothing here.');
    }
    const streamId = options.signer.verify('output', token, options.clock.nowMs());
    if (streamId === undefined) {
      return refuse(response, 403, 'forbidden', 'The URL of this output is not valid or has expired.');
    }
    const asEvents = request.headers.accept?.includes('text/event-stream') === true;
    const offset = asEvents ? lastEventId(request) : rangeStart(request);
    const left = new AbortController();
    response.once('close', () => left.abort());
    const output = await options.outputs.read(streamId, offset ?? 0, left.signal);
    if (output === undefined) {
      return refuse(response, 404, 'not_found', 'There is no output yet.');
    }
    const client = { response, left: left.signal, heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS };
    if (asEvents) await sendEvents(client, output, offset ?? 0);
    else await sendText(client, output, offset);
  };
}

async function sendText(client: Client, output: AsyncIterable<Uint8Array>, offset: number | undefined): Promise<void> {
  const { response } = client;
  response.writeHead(offset === undefined ? 200 : 206, {
    'content-type': 'text/plain; charset=utf-8',
    ...shared,
    // The last byte is unknown while the stream grows, and the header's grammar has no form for that.
    ...(offset === undefined ? { 'accept-ranges': 'bytes' } : { 'content-range': `bytes ${offset}-*/*` }),
  });
  response.flushHeaders();
  await send(client, output, '\0');
}

async function sendEvents(client: Client, output: AsyncIterable<Uint8Array>, offset: number): Promise<void> {
  const { response } = client;
  const chunks = output[Symbol.asyncIterator]();
  const first = chunks.next();
  if (offset > 0) {
    const peeked = await Promise.race([first, pause(PEEK_MS, undefined)]);
    if (peeked?.done === true) {
      // Nothing is left: 204 stops a browser's EventSource from reconnecting again and again.
      response.writeHead(204, shared).end();
      return;
    }
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...shared });
  response.flushHeaders();
  const events = new ServerSentEvents(offset);
  await send(client, encode(first, chunks, events), ':\n\n');
}

async function* encode(
  first: Promise<IteratorResult<Uint8Array>>,
  chunks: AsyncIterator<Uint8Array>,
  events: ServerSentEvents,
): AsyncGenerator<string> {
  try {
    for (let result = await first; result.done !== true; result = await chunks.next()) {
      const event = events.push(result.value);
      if (event !== '') yield event;
    }
    yield events.end();
  } finally {
    await chunks.return?.();
  }
}

/** Waits for a slow client; stops when the client has left. */
async function send(
  { response, left, heartbeatMs }: Client,
  parts: AsyncIterable<Uint8Array | string>,
  heartbeat: string,
): Promise<void> {
  const timer = setInterval(() => {
    // A client with unread output is not idle.
    if (!response.writableNeedDrain) response.write(heartbeat);
  }, heartbeatMs);
  try {
    for await (const part of parts) {
      timer.refresh();
      if (part.length > 0 && !response.write(part)) await once(response, 'drain', { signal: left });
    }
    response.end();
  } catch (error) {
    if (!left.aborted) throw error;
  } finally {
    clearInterval(timer);
  }
}

const shared = { 'cache-control': 'no-cache, no-transform', 'x-content-type-options': 'nosniff' } as const;

function rangeStart(request: IncomingMessage): number | undefined {
  // HTTP allows ignoring any other range than "from here on": the answer is then the whole output.
  const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  return start === undefined ? undefined : Math.min(Number(start), OFFSET_MAX);
}

function lastEventId(request: IncomingMessage): number | undefined {
  const id = request.headers['last-event-id'];
  return typeof id === 'string' && /^\d+$/.test(id) ? Math.min(Number(id), OFFSET_MAX) : undefined;
}

function refuse(response: ServerResponse, status: number, id: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', ...shared }).end(JSON.stringify({ id, message }));
}
