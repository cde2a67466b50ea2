import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { plainProtocol, readFirstBytes, secureProtocol } from './first-bytes.ts';
import { hostRules } from './hosts.ts';

/** For each of: the first byte, a TLS handshake, the first line in TLS, the head of a request. */
const HEAD_MS = 20 * SECOND_MS;
/** The CLI's `Request-Id` grows to 7 KB over many requests, and Node's own limit is 16 KiB for all headers. */
const HEAD_BYTES_MAX = 32 * 1024;
/** When an idle connection was reset, the CLI sends a POST again: connections are kept longer than any command pauses. */
const KEEP_ALIVE_MS = 10 * MINUTE_MS;
/** Far more than one machine's users need, and below the usual limit of open files. */
const CONNECTIONS_MAX = 4_096;
const CHECK_EVERY_MS = 5 * SECOND_MS;
const CLOSE_IDLE_EVERY_MS = 50;

export interface ListenerOptions {
  /** PEM. Rendezvous clients send no server name, so there is one certificate. */
  readonly secureContext: { readonly key: string; readonly cert: string };
  /** Further names, besides the loopback ones, for which requests are answered; without port. */
  readonly allowedHosts?: readonly string[];
  readonly http: (request: IncomingMessage, response: ServerResponse) => void;
  /** A request to upgrade to another protocol; absent: refused. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** A TLS connection whose first line, still unread, is a rendezvous secret. */
  readonly rendezvous: (socket: TLSSocket) => void;
}

export interface Listener {
  /** Resolves with the port; rejects when it is in use. */
  listen(port: number, host: string): Promise<number>;
  /** Accepts no new connections; current requests may end within the grace, then everything is cut. */
  close(graceMs: number): Promise<void>;
}

/**
 * One port for everything the CLI and git use: HTTP, the same over TLS, rendezvous over TLS, and CONNECT to the names
 * that the CLI has built in.
 */
export function createListener(options: ListenerOptions): Listener {
  const { secureContext, allowedHosts = [], http, upgrade, rendezvous } = options;
  const hosts = hostRules(allowedHosts);
  const sockets = new Set<Duplex>();
  const tunnels = new WeakSet<Duplex>();

  const server = createServer(
    {
      maxHeaderSize: HEAD_BYTES_MAX,
      headersTimeout: HEAD_MS,
      // A push or an upload may take any time; its receiver sets limits.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
    },
    (request, response) => {
      if (!hosts.allows(request.headers.host ?? '')) refuse(response);
      else http(request, response);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else socket.end(`HTTP/1.1 ${statusOf(error)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });

  // The server's own connection handler speaks HTTP. It gets only the connections that turn out to be HTTP. The server's
  // timeouts and its closing work as usual, because the server itself listens.
  const [speakHttp] = server.listeners('connection') as ((socket: Duplex) => void)[];
  server.removeAllListeners('connection');

  const tlsServer = createTlsServer({ ...secureContext, ALPNProtocols: ['http/1.1'], handshakeTimeout: HEAD_MS });
  tlsServer.on('tlsClientError', (_error, socket) => socket.destroy());
  tlsServer.on('secureConnection', (socket) => {
    track(socket);
    readFirstBytes(socket, HEAD_MS, secureProtocol).then((protocol) => {
      if (protocol === 'http') speakHttp?.call(server, socket);
      else if (protocol === 'line') rendezvous(socket);
    });
  });

  function track(socket: Duplex): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The next owner of the socket has its own handler; an error before that must not end the process.
    socket.on('error', () => socket.destroy());
  }

  function accept(socket: Socket): void {
    readFirstBytes(socket, HEAD_MS, plainProtocol).then((protocol) => {
      if (protocol === 'tls') tlsServer.emit('connection', socket);
      else if (protocol === 'http') speakHttp?.call(server, socket);
    });
  }

  server.on('connection', (socket: Socket) => {
    track(socket);
    accept(socket);
  });

  if (upgrade !== undefined) {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (hosts.allows(request.headers.host ?? '')) upgrade(request, socket, head);
      else socket.end('HTTP/1.1 421 Misdirected Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
  }

  // Never a proxy: whatever name the client asks for, a tunnel leads back to this very port. So it is no way around a
  // firewall, and the loopback address grants nothing that a direct connection would not.
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!hosts.allows(request.url ?? '') || tunnels.has(socket)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    tunnels.add(socket);
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    accept(socket);
  });

  return {
    listen(port, host) {
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      });
    },

    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection may become idle later, when its last answer was sent.
      const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await closed;
      clearInterval(idle);
      clearTimeout(timer);
    },
  };
}

function refuse(response: ServerResponse): void {
  const message =
    'This server answers only to localhost, 127.0.0.1, [::1] and the host names it was started with. ' +
    'Use one of these in the URL.';
  response.writeHead(421, { 'Content-Type': 'application/json', Connection: 'close' });
  response.end(`${JSON.stringify({ id: 'misdirected_request', message })}\n`);
}

function statusOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout';
  return '400 Bad Request';
}
