import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppRoutes, RouteTarget } from '../../../core/records/app-routes.ts';
import { createRouter, type Router, type RouterOptions } from '../../../services/router/router.ts';
import { HEROKU_TIMEOUTS, type RouterTimeouts } from '../../../services/router/timeouts.ts';
import type { Traffic } from '../../../services/router/traffic.ts';
import { trustedProxies } from '../../../services/router/trusted-proxies.ts';

// `eventually` limits each wait; a busy machine gets the time that it needs.
jest.setTimeout(30_000);

/** Real sockets on both sides of a real router; everything closes in `closeAll`. */
const opened: (() => Promise<void>)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

export const REQUEST_ID = '11111111-2222-4333-8444-555555555555';

export interface TestRouter {
  readonly router: Router;
  readonly port: number;
  readonly lines: string[];
  readonly problems: unknown[];
  publish(changes: Partial<AppRoutes>): void;
}

/** An app `shop` at `shop.test`, blank until published. */
export async function openRouter(
  timeouts: Partial<RouterTimeouts> = {},
  traffic?: Traffic,
  proxies: readonly string[] = [],
  { host = '127.0.0.1', ...chosen }: Partial<Pick<RouterOptions, 'monotonicMs' | 'random'> & { host: string }> = {},
): Promise<TestRouter> {
  const lines: string[] = [];
  const problems: unknown[] = [];
  const router = createRouter({
    log: ({ line }) => lines.push(line),
    now: Date.now,
    monotonicMs: () => Math.round(performance.now()),
    random: Math.random,
    requestId: () => REQUEST_ID,
    onFault: (error) => problems.push(error),
    timeouts: { ...HEROKU_TIMEOUTS, ...timeouts },
    trustedProxies: trustedProxies(proxies),
    ...(traffic === undefined ? {} : { traffic }),
    ...chosen,
  });
  opened.push(async () => {
    await router.close(0);
    if (problems.length > 0) throw problems[0];
  });
  let version = 0;
  const publish = (changes: Partial<AppRoutes>): void => {
    version += 1;
    router.update({
      appId: 'shop-id',
      appName: 'shop',
      version,
      hosts: ['shop.test'],
      maintenance: false,
      situation: changes.dynos === undefined ? 'booting' : 'serving',
      dynos: [],
      ...changes,
    });
  };
  return { router, port: await router.listen(host, 0), lines, problems, publish };
}

let dynoIds = 0;

export function target(port: number, name = 'web.1'): RouteTarget {
  dynoIds += 1;
  return { name, dynoId: `dyno-${dynoIds}`, host: '127.0.0.1', port };
}

/** A dyno on the level of bytes. */
export async function rawDyno(
  handler: (socket: Socket) => void,
): Promise<{ port: number; server: Server; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    handler(socket);
    // An unread socket does not notice its peer's end.
    socket.resume();
  });
  return { port: await listen(server), server, sockets };
}

/** Answers every head with the same bytes; collects what it received. */
export async function cannedDyno(answer: string | Buffer): Promise<{ port: number; received: string[] }> {
  const received: string[] = [];
  const { port } = await rawDyno((socket) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      received.push(text);
      text = '';
      socket.write(answer);
    });
  });
  return { port, received };
}

export async function httpDyno(listener: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createHttpServer({ keepAliveTimeout: 60_000 }, listener);
  opened.push(async () => server.closeAllConnections());
  return { port: await listen(server), server };
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A port whose program hangs and whose queue is full: the kernel drops every new connection. */
export async function unresponsivePort(): Promise<number> {
  const program = `
    const server = require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  opened.push(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const fillers = Array.from({ length: 4 }, () => new Client(Number(port)));
  await eventually(() => fillers.filter((filler) => !filler.socket.connecting).length >= 2);
  return Number(port);
}

export class Client {
  readonly socket: Socket;
  text = '';
  closed = false;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
    opened.push(async () => {
      this.socket.destroy();
    });
  }

  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Everything that was received, once it contains `text`. */
  async until(text: string): Promise<string> {
    await eventually(() => this.text.includes(text) || this.closed);
    return this.text;
  }

  async untilClosed(): Promise<string> {
    await eventually(() => this.closed);
    return this.text;
  }
}

/** Sends one request on a new connection; returns everything until the router closes it. */
export async function send(port: number, bytes: string): Promise<string> {
  return new Client(port).send(bytes).untilClosed();
}

export function get(path = '/', more = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n${more}\r\n`;
}

export async function eventually(condition: () => boolean, boundMs = 10_000): Promise<void> {
  for (const endMs = performance.now() + boundMs; performance.now() < endMs; ) {
    if (condition()) return;
    await sleep(2);
  }
  throw new Error('the condition did not come true in time');
}

/** Log lines without figures that differ between runs. */
export function steady(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/(connect|service)=[0-9]+ms/g, '$1=Nms'));
}

export function statusOf(response: string): number {
  return Number(response.slice(9, 12));
}
