import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { ClientConnection } from '../../../services/router/client-connection.ts';
import type { RouterContext } from '../../../services/router/context.ts';
import type { Dyno } from '../../../services/router/dyno.ts';
import type { ConnectionUser, DynoConnection } from '../../../services/router/dyno-connection.ts';
import { Exchange } from '../../../services/router/exchange.ts';
import { HeadReader } from '../../../services/router/http/head-reader.ts';
import { parseRequestHead } from '../../../services/router/http/request-head.ts';
import { RESPONSE_LIMITS } from '../../../services/router/http/response-head.ts';
import { RouteTable } from '../../../services/router/route-table.ts';
import { HEROKU_TIMEOUTS } from '../../../services/router/timeouts.ts';

export const lines = (...each: readonly string[]) => `${each.map((line) => `${line}\r\n`).join('')}\r\n`;
export const GET = lines('GET / HTTP/1.1', 'Host: shop.test');
export const POST = lines('POST / HTTP/1.1', 'Host: shop.test', 'Content-Length: 9');
export const WEBSOCKET = lines('GET / HTTP/1.1', 'Host: shop.test', 'Connection: upgrade', 'Upgrade: websocket');
export const START_MS = 1_000;
const EPOCH_MS = 1_700_000_000_000;

/** A connection to a dyno whose other end the test plays. */
export class FakeConnection {
  readonly head = new HeadReader(RESPONSE_LIMITS);
  /** What the dyno received, and calls on its connection, in order. */
  readonly told: string[] = [];
  user: ConnectionUser | undefined;
  reused = false;
  idleUntilMs = 0;
  idleSinceMs = 0;
  /** The result of a write to the dyno: false means "no more for now". */
  takes = true;
  readonly dyno: Dyno;
  readonly socket = {
    destroyed: false,
    writableNeedDrain: false,
    write: (piece: string | Buffer) => {
      this.told.push(piece.toString('latin1'));
      return this.takes;
    },
    cork: () => this.told.push('(cork)'),
    uncork: () => this.told.push('(uncork)'),
    pause: () => this.told.push('(pause)'),
    resume: () => this.told.push('(resume)'),
    destroySoon: () => this.told.push('(end)'),
  };

  constructor(dyno: Dyno, user: ConnectionUser) {
    this.dyno = dyno;
    this.user = user;
  }

  destroy(): void {
    this.user = undefined;
    this.dyno.forget(this as unknown as DynoConnection);
    this.socket.destroyed = true;
    this.told.push('(destroy)');
  }
}

/** A client whose other end the test plays. */
class FakeClient {
  readonly address = '192.0.2.1';
  readonly protocol = 'http';
  readonly port = 80;
  readonly trusted = false;
  /** What the client received, and calls on its connection, in order. */
  readonly told: string[] = [];
  lastByteMs = START_MS;
  isBlocked = false;
  /** The result of a write to the client. */
  takes = true;

  write(head: string, piece?: Buffer): boolean {
    this.told.push(head + (piece?.toString('latin1') ?? ''));
    return this.takes;
  }
  block(): void {
    this.isBlocked = true;
    this.told.push('(block)');
  }
  unblock(): void {
    this.isBlocked = false;
  }
  replyWithPage(status: number, html: string, options: { headOnly: boolean; keepAlive: boolean }): void {
    const title = /<title>(.*)<\/title>/.exec(html)?.[1];
    this.told.push(`page ${status} ${title}${options.headOnly ? ' head' : ''}${options.keepAlive ? ' stays' : ''}`);
  }
  exchangeDone(keepAlive: boolean): void {
    this.told.push(keepAlive ? '(stays)' : '(closes)');
  }
  abort(endsVisibly: boolean): void {
    this.told.push(endsVisibly ? '(end)' : '(reset)');
  }
  startTunnel(): void {
    this.told.push('(tunnel)');
  }
}

/** One app with one dyno, and an exchange with the test's clock. */
export function world(request = GET, routes: Partial<AppRoutes> = {}, draining = false) {
  const table = new RouteTable();
  const publish = (changes: Partial<AppRoutes>) =>
    table.update({
      appId: 'shop-id',
      appName: 'shop',
      version: 1,
      hosts: ['shop.test'],
      maintenance: false,
      situation: 'serving',
      dynos: [{ dynoId: 'd', name: 'web.1', host: '127.0.0.1', port: 1 }],
      ...changes,
    });
  publish(routes);
  const app = table.find('shop.test');
  if (app === undefined) throw new Error('no app');
  const connections: FakeConnection[] = [];
  /** The test opens dynos, without sockets. */
  const fakeAll = () => {
    for (const dyno of app.dynos) {
      dyno.open = (user) => {
        connections.push(new FakeConnection(dyno, user));
        return connections.at(-1) as unknown as DynoConnection;
      };
    }
  };
  fakeAll();
  const client = new FakeClient();
  const log: string[] = [];
  const problems: unknown[] = [];
  const traffic: string[] = [];
  const time = { ms: START_MS };
  const context: RouterContext = {
    table,
    timeouts: HEROKU_TIMEOUTS,
    now: () => EPOCH_MS + time.ms,
    monotonicMs: () => time.ms,
    random: () => 0,
    requestId: () => 'id',
    log: ({ line }) => log.push(line.replace(/ method=.* fwd="192.0.2.1"/, '')),
    onFault: (error) => problems.push(error),
    traffic: {
      request: (appId) => traffic.push(`request ${appId}`),
      wake: (appId) => traffic.push(`wake ${appId}`),
    },
    draining,
  };
  const head = parseRequestHead(request.slice(0, -2));
  if (!head.valid) throw new Error('not a head');
  const begin = () => new Exchange(client as unknown as ClientConnection, context, app, head);
  const exchange = begin();
  return {
    ...{ app, client, connections, context, exchange, log, problems, traffic, time, publish, fakeAll, begin },
    connection: (number = 0): FakeConnection => {
      const found = connections[number];
      if (found === undefined) throw new Error(`connection ${number} was not opened`);
      return found;
    },
    /** The dyno has accepted the connection and the whole request. */
    connected() {
      exchange.dispatch();
      exchange.onConnected();
    },
    data: (text: string) => exchange.onDynoData(Buffer.from(text, 'latin1')),
    pass(ms: number) {
      time.ms += ms;
      exchange.tick(time.ms);
    },
  };
}
export type World = ReturnType<typeof world>;
