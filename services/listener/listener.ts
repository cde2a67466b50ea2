import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { plainProtocol, readFirstBytes, secureProtocol } from './first-bytes.ts';
import { hostRules } from './hosts.ts';

/** For the first byte, a TLS handshake, the first line in TLS, and the head of a request, each. */
const HEAD_MS = 20 * SECOND_MS;
/** The CLI's `Request-Id` grows to 7 KB over many requests, and Node's own limit is 16 KiB for all headers. */
const HEAD_BYTES_MAX = 32 * 1024;
/** A reset of an idle connection makes the CLI send a POST again: keep connections for longer than any command pauses. */
const KEEP_ALIVE_MS = 10 * MINUTE_MS;
/** Far more than one machine's users need, and below the usual limit of open files. */
const CONNECTIONS_MAX = 4_096;
const CHECK_EVERY_MS = 5 * SECOND_MS;
const CLOSE_IDLE_EVERY_MS = 50;

export interface ListenerOptions {
  /** PEM. Rendezvous clients send no server name, so there is one certificate. */
  readonly secureContext: { readonly key: string; readonly cert: string };
  /** Names besides the loopback ones under which clients may address the platform, without port. */
  readonly allowedHosts?: readonly string[];
  readonly http: (request: IncomingMessage, response: ServerResponse) => void;
  /** A request for another protocol; absent: none is spoken here. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** A TLS connection whose first line, still unread, is a rendezvous secret. */
  readonly rendezvous: (socket: TLSSocket) => void;
}

export interface Listener {
  /** Resolves with the port; rejects when it is in use. */
  listen(port: number, host: string): Promise<number>;
  /** No new connections; open requests may end within the grace, then everything is cut. */
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
      // A push or an upload takes as long as it takes; who receives it sets limits.
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

  // The server's own handler of connections speaks HTTP. It gets those that turn out to be HTTP; all others never
  // reach it. Its timeouts and its closing work as usual, because the server itself listens.
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
    // Whoever takes the socket over has its own handler; an error before that must not end the process.
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

  // Never a proxy: a tunnel leads back to this very port and nowhere else, whatever name was asked for. That makes it a
  // way around no firewall; as loopback it grants nothing that connecting directly would not.
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
      // A connection may become idle only now, when its last answer has been sent.
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
