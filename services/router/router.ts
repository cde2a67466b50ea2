import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { AppRoutes } from '../../core/records/app-routes.ts';
import { CertificateTable } from './certificate-table.ts';
import { ClientConnection } from './client-connection.ts';
import type { RouterContext, RouterLogLine } from './context.ts';
import { RouteTable } from './route-table.ts';
import { HEROKU_TIMEOUTS, type RouterTimeouts } from './timeouts.ts';
import { createTlsEntry, type TlsEntry } from './tls-entry.ts';
import type { Traffic } from './traffic.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/** Connections waiting to be accepted: a burst of clients must not be refused. */
const BACKLOG = 4_096;
const SWEEP_MAX_MS = 250;

export interface RouterOptions {
  /** One call per request, never awaited. */
  readonly log: (line: RouterLogLine) => void;
  /** Milliseconds since the epoch, for log lines and X-Request-Start. */
  readonly now: () => number;
  /** Milliseconds that never jump, for timeouts and durations. */
  readonly monotonicMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly requestId: () => string;
  readonly onFault: (error: unknown) => void;
  readonly traffic?: Traffic;
  readonly timeouts?: RouterTimeouts;
  readonly trustedProxies?: TrustedProxies;
}

export interface Router {
  /** Resolves with the port: the given one, or the chosen one for port 0. Rejects as `net.Server` does, e.g. `EADDRINUSE`. */
  listen(host: string, port: number): Promise<number>;
  /** The same over TLS, with `certificates`. */
  listenTls(host: string, port: number): Promise<number>;
  readonly certificates: CertificateTable;
  /** From now on connections wait for `open`: an app whose routes are on the way must not be taken for one that is not there. */
  hold(): void;
  open(): void;
  update(routes: AppRoutes): void;
  remove(appId: string): void;
  /** Accepts no more connections; current requests have this long, then H24. */
  close(graceMs: number): Promise<void>;
}

/** Heroku's HTTP router: raw TCP on both sides, because Node's http objects cost three quarters of the throughput. */
export function createRouter(options: RouterOptions): Router {
  const timeouts = options.timeouts ?? HEROKU_TIMEOUTS;
  const table = new RouteTable();
  const clients = new Set<ClientConnection>();
  const context: RouterContext = { ...options, timeouts, table, draining: false };
  const certificates = new CertificateTable();
  const ports = { http: 0, https: 0 };
  let held: Set<() => void> | undefined;
  const welcome = (protocol: 'http' | 'https', socket: Socket, transport: Socket): void => {
    if (held !== undefined) {
      // One that leaves meanwhile is noticed when its turn comes.
      socket.on('error', () => {});
      held.add(() => welcome(protocol, socket, transport));
      return;
    }
    if (socket.destroyed) return;
    const entry = { protocol, port: ports[protocol], transport };
    clients.add(new ClientConnection(socket, entry, context, (connection) => clients.delete(connection)));
  };
  const open = (): void => {
    const waiting = held ?? [];
    held = undefined;
    for (const connect of waiting) connect();
  };
  const server = createServer({ noDelay: true }, (socket) => welcome('http', socket, socket));
  let tls: TlsEntry | undefined;
  // A tenth of the shortest timeout: no timeout is late by more than that.
  const sweepMs = Math.max(2, Math.min(SWEEP_MAX_MS, Math.floor(Math.min(...Object.values(timeouts)) / 10)));
  const sweep = setInterval(() => {
    const nowMs = context.monotonicMs();
    for (const client of clients) client.tick(nowMs);
    for (const app of table.all()) for (const dyno of app.dynos) dyno.closeExpired(nowMs);
  }, sweepMs);

  return {
    async listen(host, port) {
      ports.http = await listening(server, host, port);
      return ports.http;
    },
    async listenTls(host, port) {
      tls = createTlsEntry(certificates, (socket, transport) => welcome('https', socket, transport));
      ports.https = await listening(tls.server, host, port);
      return ports.https;
    },
    certificates,
    hold() {
      held ??= new Set();
    },
    open,
    update: (routes) => table.update(routes),
    remove: (appId) => table.remove(appId),
    async close(graceMs) {
      context.draining = true;
      open();
      // Clients that the kernel has connected and we have not yet taken would be reset: the second turn asks for them again.
      await turn();
      await turn();
      const servers = tls === undefined ? [server] : [server, tls.server];
      const closed = Promise.all(servers.map((each) => new Promise<void>((resolve) => each.close(() => resolve()))));
      tls?.dropUnfinished();
      for (const client of clients) client.drain();
      const force = setTimeout(() => {
        for (const client of clients) client.forceClose();
      }, graceMs);
      await closed;
      clearTimeout(force);
      clearInterval(sweep);
      for (const app of table.all()) app.remove();
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      // Out of descriptors: the backlog is accepted when some are free again.
      server.on('error', () => {});
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
