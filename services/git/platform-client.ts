import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** An answer of the platform's API that is not a success; `message` is meant for the user. */
export class PlatformRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'PlatformRefusal';
    this.status = status;
  }
}

export interface ApiApp {
  readonly id: string;
  readonly name: string;
}

export interface ApiSource {
  readonly source_blob: { readonly get_url: string; readonly put_url: string };
}

export interface ApiBuild {
  readonly id: string;
  readonly status: string;
  readonly output_stream_url: string;
  readonly release: { readonly id: string } | null;
}

export interface ApiRelease {
  readonly version: number;
  readonly status: string;
  readonly output_stream_url: string | null;
}

/** A request without an answer for this long is given up. Streams may be silent for as long as a build is. */
const ANSWER_MS_MAX = 60_000;

/** The platform's public API as the pusher may use it: with the pusher's own token, so it grants nothing more. */
export class PlatformClient {
  readonly #apiUrl: string;
  readonly #token: string;

  constructor(apiUrl: string, token: string) {
    this.#apiUrl = apiUrl;
    this.#token = token;
  }

  app(name: string): Promise<ApiApp> {
    return this.#call('GET', `/apps/${name}`);
  }

  createSource(appName: string): Promise<ApiSource> {
    return this.#call('POST', `/apps/${appName}/sources`, {});
  }

  createBuild(appName: string, sourceBlob: Readonly<Record<string, string>>): Promise<ApiBuild> {
    return this.#call('POST', `/apps/${appName}/builds`, { source_blob: sourceBlob });
  }

  build(appName: string, id: string): Promise<ApiBuild> {
    return this.#call('GET', `/apps/${appName}/builds/${id}`);
  }

  release(appName: string, id: string): Promise<ApiRelease> {
    return this.#call('GET', `/apps/${appName}/releases/${id}`);
  }

  async #call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const response = await send(new URL(`${this.#apiUrl}${path}`), method, {
      headers: {
        Accept: 'application/vnd.heroku+json; version=3',
        Authorization: `Bearer ${this.#token}`,
        // The platform answers a repeated POST with the first one's result.
        'Request-Id': randomUUID(),
        ...(payload === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(payload)) }),
      },
      write: async (request) => void request.end(payload),
    });
    const answer = await text(response);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw new PlatformRefusal(status, failureMessage(answer, status));
    return JSON.parse(answer) as T;
  }
}

/** To a URL that carries its own permission. Such stores sign the type too: it must be the empty one. */
export async function uploadFile(url: string, path: string, sizeBytes: number): Promise<void> {
  const response = await send(new URL(url), 'PUT', {
    headers: { 'Content-Type': '', 'Content-Length': String(sizeBytes) },
    write: (request) => pipeline(createReadStream(path), request),
  });
  const answer = await text(response);
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) throw new PlatformRefusal(status, failureMessage(answer, status));
}

/**
 * Passes on the rest of an output stream from `offset`, without the NUL bytes with which the platform fills silences:
 * they do not count. True: it came to its end. False: it has not begun.
 */
export async function readOutput(
  url: string,
  offset: number,
  onChunk: (chunk: Buffer) => Promise<void>,
): Promise<boolean> {
  const response = await send(new URL(url), 'GET', {
    headers: { Accept: 'text/plain', ...(offset === 0 ? {} : { Range: `bytes=${offset}-` }) },
    write: async (request) => void request.end(),
  });
  let skip = response.statusCode === 200 ? offset : 0;
  if (response.statusCode !== 200 && response.statusCode !== 206) {
    response.resume();
    return false;
  }
  for await (const raw of response as AsyncIterable<Buffer>) {
    const chunk = raw.includes(0) ? raw.filter((byte) => byte !== 0) : raw;
    if (chunk.length > skip) await onChunk(Buffer.from(chunk.subarray(skip)));
    skip = Math.max(0, skip - chunk.length);
  }
  return true;
}

interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  readonly write: (request: http.ClientRequest) => Promise<void>;
}

/** node:http and not fetch: fetch gives a silent stream up after five minutes and cannot send a known length. */
function send(url: URL, method: string, sending: Sending): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { request: open } = url.protocol === 'https:' ? https : http;
    const request = open(url, { method, headers: sending.headers });
    let timer: NodeJS.Timeout | undefined;
    let isAnswered = false;
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // The server closed an idle connection just when it was used again: nothing was processed.
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve(send(url, method, sending));
      else reject(error);
    });
    request.once('response', (response) => {
      isAnswered = true;
      clearTimeout(timer);
      resolve(response);
    });
    sending.write(request).then(() => {
      // A refusal may be there before the last byte has left.
      if (isAnswered) return;
      timer = setTimeout(() => request.destroy(new Error('The platform did not answer in time.')), ANSWER_MS_MAX);
      request.once('close', () => clearTimeout(timer));
    }, reject);
  });
}

function failureMessage(answer: string, status: number): string {
  try {
    const { message } = JSON.parse(answer) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not the platform's own words, perhaps a proxy's page.
  }
  return `The platform answered ${status}.`;
}
