import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Problems } from '../../core/ports/problems.ts';
import { SECOND_MS } from '../../core/time.ts';
import { isGitPath } from '../../services/git/git-request.ts';

/** The load balancer must be first to close idle connections (its limit: 120 s), or its next request meets a closed one. */
const KEEP_ALIVE_MS = 150 * SECOND_MS;
const HEAD_MS = 20 * SECOND_MS;
/** The CLI's `Request-Id` grows to 7 KB over many requests. */
const HEAD_BYTES_MAX = 32 * 1024;
const CLOSE_IDLE_EVERY_MS = 50;

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface FrontParts {
  readonly git?: Handler;
  readonly logs?: Handler;
  readonly intake?: Handler;
  readonly readOutput?: Handler;
  readonly appendOutput?: Handler;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** False: the load balancer should send nothing new. */
  readonly isHealthy: () => boolean;
  readonly problems: Problems;
}

export interface Front {
  listen(port: number, host: string): Promise<number>;
  /** Accepts no more requests; current ones have this long. */
  close(graceMs: number): Promise<void>;
}

/** The port behind the load balancer: each service has its own paths. Paths of a service that this task does not run are 404. */
export function createFront(parts: FrontParts): Front {
  const sockets = new Set<Duplex>();
  const server = createServer(
    { maxHeaderSize: HEAD_BYTES_MAX, headersTimeout: HEAD_MS, requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      answer(parts, request, response).catch((error: unknown) => {
        // A client that left is no error.
        if (!response.destroyed) parts.problems.report('a request failed', error);
        response.destroy();
      });
    },
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (parts.upgrade !== undefined) parts.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => resolve((server.address() as { port: number }).port));
      }),
    async close(graceMs) {
      const closed = new Promise((resolve) => server.close(resolve));
      const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
      const force = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await closed;
      clearInterval(idle);
      clearTimeout(force);
    },
  };
}

async function answer(parts: FrontParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (path === '/health') return tellHealth(parts, response);
  const handler = handlerOf(parts, path, request.method);
  if (handler !== undefined) return handler(request, response);
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }).end('Not found.\n');
}

function handlerOf(parts: FrontParts, path: string, method: string | undefined): Handler | undefined {
  if (isGitPath(path)) return parts.git;
  if (path.startsWith('/logs/')) return parts.logs;
  if (path === '/intake') return parts.intake;
  if (path.startsWith('/streams/')) return method === 'POST' ? parts.appendOutput : parts.readOutput;
  return undefined;
}

function tellHealth({ isHealthy }: FrontParts, response: ServerResponse): void {
  const healthy = isHealthy();
  response.writeHead(healthy ? 200 : 503, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' });
  response.end(healthy ? 'ok\n' : 'leaving\n');
}
