import type { IncomingMessage, ServerResponse } from 'node:http';
import { openLogSession } from '../../core/log/log-session.ts';
import type { Platform } from '../../core/platform.ts';
import type { LogRouter } from './log-router.ts';
import { TailSession } from './tail-session.ts';

export const LOGS_PATH = '/logs/';
/** Shorter than the idle limits of common proxies (60 s). */
const HEARTBEAT_MS = 20_000;
/** A client that reads nothing of a finished answer for this long is gone. A tail may pause as long as it likes. */
const STALLED_MS = 60_000;
/** The CLI waits this long before it reopens a tail whose connection was lost. */
const TAIL_RETRY_MS = 1_000;
/** Heroku's reader keeps its timer: the CLI's process stays alive for this long after the last line. */
const END_RETRY_MS = 1;

export interface LogHttpOptions extends Pick<Platform, 'signer' | 'clock'> {
  readonly router: LogRouter;
}

/**
 * `GET /logs/<token>`: server-sent events for clients that accept them (the CLI), else plain text (`curl -N`). The token
 * in the URL is the only permission needed.
 */
export function createLogHttp({ router, signer, clock }: LogHttpOptions) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (request.method !== 'GET') {
      refuse(response, 405, 'Log sessions are read with GET.');
      return;
    }
    const token = (request.url ?? '').slice(LOGS_PATH.length).split('?')[0] ?? '';
    const session = openLogSession({ signer, clock }, token);
    // The CLI turns 403 into "Log stream timed out. Please try again."
    if (session === undefined) {
      refuse(response, 403, 'This log session has expired. Open a new one.');
      return;
    }

    const events = (request.headers.accept ?? '').includes('text/event-stream');
    response.writeHead(200, {
      'Content-Type': events ? 'text/event-stream' : 'text/plain; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
    });
    if (events) response.write(`retry: ${session.tail ? TAIL_RETRY_MS : END_RETRY_MS}\n\n`);
    else response.flushHeaders();

    const reader = new TailSession(response, events, () => clock.nowMs());
    const afterId = lastEventId(request);
    if (!session.tail) {
      response.setTimeout(STALLED_MS, () => response.destroy());
      readOnce(router, session.appId, session.filter, afterId === undefined ? session.lines : 0, reader);
      return;
    }
    let begun = false;
    const options = { lines: session.lines, onEnd: () => reader.end(), ...(afterId === undefined ? {} : { afterId }) };
    const stop = router.tail(session.appId, session.filter, options, (lines) => {
      if (begun) reader.offer(lines);
      else reader.begin(lines);
      begun = true;
    });
    const heartbeat = setInterval(() => {
      if (events && !reader.blocked) response.write(':\n\n');
    }, HEARTBEAT_MS);
    response.on('close', () => {
      clearInterval(heartbeat);
      stop();
    });
  };
}

/** A client that reconnects after a complete answer has seen every line: it gets none twice. */
function readOnce(
  router: LogRouter,
  appId: string,
  filter: Parameters<LogRouter['history']>[1],
  lines: number,
  reader: TailSession,
): void {
  router.history(appId, filter, lines).then(
    (history) => {
      reader.begin(history);
      reader.end();
    },
    () => reader.end(),
  );
}

function lastEventId(request: IncomingMessage): number | undefined {
  const id = Number(request.headers['last-event-id'] || Number.NaN);
  return Number.isSafeInteger(id) && id >= 0 ? id : undefined;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const id = status === 403 ? 'forbidden' : 'bad_request';
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify({ id, message })}\n`);
}
