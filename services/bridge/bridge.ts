import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { carriesKey } from './local-key.ts';
import { originFor, type Remote, requestTo } from './remote.ts';
import { rewriteUrls, type UrlRewrite } from './rewrite-urls.ts';

/** An API answer is a page of at most 1,000 records, which is far smaller. */
const JSON_BYTES_MAX = 64 * 1024 * 1024;
/** Headers of one connection only (RFC 9110 §7.6.1), and those that are set anew here. */
const NOT_FORWARDED = new Set([
  'authorization',
  'connection',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** These URLs are their own permission; the CLI reads them without a token. */
const CAPABILITY_PATH = /^\/(?:logs|streams|blobs)\//;

export interface BridgeOptions {
  readonly remote: Remote;
  /** The platform's access token: added to requests, never returned, logged or stored. */
  readonly token: string;
  /** What clients on this machine present instead. */
  readonly localKey: string;
  /** `http://localhost:5001`, without a slash at the end. */
  readonly localUrl: string;
}

/** Forwards requests of the CLI and git on this machine to a remote platform: adds TLS and the token, and rewrites URLs in answers. */
export function createBridge({ remote, token, localKey, localUrl }: BridgeOptions) {
  const rendezvousFrom = (url: URL) => `rendezvous://${url.host}`;
  const { host: localHost } = new URL(localUrl);
  const rewrites: readonly UrlRewrite[] = [
    ...[remote.services, remote.api].map(({ origin }) => ({ from: origin, to: localUrl })),
    ...[remote.services, remote.api].map((url) => ({ from: rendezvousFrom(url), to: `rendezvous://${localHost}` })),
  ];

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const open = CAPABILITY_PATH.test(path);
    if (!open && !carriesKey(request.headers, localKey)) return refuse(request, response);
    const origin = originFor(remote, path);
    const isGit = /^\/[^/?]+\.git\//.test(path);
    const outgoing = requestTo(origin, {
      method: request.method ?? 'GET',
      path,
      headers: {
        ...forwardable(request.headers),
        host: origin.host,
        ...(open ? {} : { authorization: isGit ? basic(token) : `Bearer ${token}` }),
      },
    });
    response.on('close', () => outgoing.destroy());
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
    });
    const sent = pipeline(request, outgoing);
    // An answer may arrive before the whole body was sent; then only the answer matters.
    sent.catch(() => undefined);
    await relay(await answer, response);
  }

  async function relay(answer: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = forwardable(answer.headers);
    if (!(answer.headers['content-type'] ?? '').startsWith('application/json')) {
      response.writeHead(answer.statusCode ?? 502, headers);
      // The CLI waits for the headers of a log session before its first line.
      response.flushHeaders();
      await pipeline(answer, response);
      return;
    }
    const body = Buffer.from(rewriteUrls((await read(answer)).toString(), rewrites));
    response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': body.byteLength });
    response.end(body);
  }

  return {
    http(request: IncomingMessage, response: ServerResponse): void {
      forward(request, response).catch((error: NodeJS.ErrnoException) => {
        if (response.headersSent || response.destroyed) return void response.destroy();
        const reason = error.code ?? error.message;
        answerJson(response, 502, 'bad_gateway', `${remote.api.origin} cannot be reached (${reason}).`);
      });
    },
  };
}

function forwardable(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !NOT_FORWARDED.has(name) && !named.includes(name)),
  );
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.setHeader('www-authenticate', 'Basic realm="dynoform connect"');
  answerJson(
    response,
    401,
    'unauthorized',
    'This is not the key of this bridge: run the eval line that it printed at its start.',
  );
}

function answerJson(response: ServerResponse, status: number, id: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify({ id, message })}\n`);
}

function basic(token: string): string {
  return `Basic ${Buffer.from(`heroku:${token}`).toString('base64')}`;
}

async function read(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.byteLength;
    if (bytes > JSON_BYTES_MAX) throw new Error(`an answer of more than ${JSON_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
