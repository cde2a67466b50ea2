import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { RouterListenError, type RouterProcess, startRouterProcess } from '../../../services/router/supervise.ts';
import type { TrafficMessage } from '../../../services/router/traffic.ts';
import { problemsTo } from '../../problems.ts';
import { Client, cannedDyno, closeAll, eventually, get, send, statusOf, target } from './harness.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const lines: LogLine[] = [];
const reports: string[] = [];
const traffic: TrafficMessage[] = [];
let router: RouterProcess | undefined;

async function start(port = 0, held: { readonly held?: true } = {}): Promise<RouterProcess> {
  lines.length = 0;
  reports.length = 0;
  traffic.length = 0;
  router = await startRouterProcess({
    host: '127.0.0.1',
    port,
    ...held,
    onLogLines: (batch) => lines.push(...batch),
    onTraffic: (message) => traffic.push(message),
    problems: problemsTo(reports),
  });
  return router;
}

afterEach(async () => {
  await router?.close(0);
  router = undefined;
  await closeAll();
});

function app(name: string, changes: Partial<AppRoutes> = {}): AppRoutes {
  return {
    appId: name,
    appName: name,
    version: 1,
    hosts: [`${name}.test`],
    maintenance: false,
    situation: 'blank',
    dynos: [],
    ...changes,
  };
}

const get404 = (port: number, host: string): Promise<string> => send(port, get().replace('shop.test', host));

describe('a router that waits for its routes', () => {
  test('a request for my live app waits too, and is not told that there is no such app', async () => {
    const { feed, port, open, settled } = await start(0, { held: true });
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (text) => {
      answer += text;
    });
    socket.write(get());
    await once(socket, 'connect');
    const dyno = await cannedDyno(OK);
    feed.publish(app('shop', { situation: 'serving', dynos: [target(dyno.port)] }));
    await settled();
    await settled();
    expect(answer).toBe('');
    open();
    await eventually(() => answer.endsWith('ok'));
    expect(statusOf(answer)).toBe(200);
    socket.destroy();
    // From now on what is not known is not there.
    expect(statusOf(await get404(port, 'other.test'))).toBe(404);
  });

  test('a client that has left meanwhile harms nobody', async () => {
    const { port, open, settled } = await start(0, { held: true });
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.resetAndDestroy();
    await settled();
    open();
    expect(statusOf(await get404(port, 'other.test'))).toBe(404);
    expect(reports).toEqual([]);
  });

  test('one that is closed before it knows them lets its clients go', async () => {
    const { port, close, settled } = await start(0, { held: true });
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    await settled();
    const ended = once(socket, 'close');
    socket.resume();
    await close(0);
    await ended;
    expect(socket.destroyed).toBe(true);
  });

  test('after it was opened a crash holds nobody up again', async () => {
    const { feed, port, open, pid } = await start(0, { held: true });
    const dyno = await cannedDyno(OK);
    feed.publish(app('shop', { situation: 'serving', dynos: [target(dyno.port)] }));
    open();
    const before = pid();
    process.kill(before as number, 'SIGKILL');
    await eventually(() => pid() !== undefined && pid() !== before);
    await responds(port, 'shop.test', 200);
    expect(statusOf(await send(port, get()))).toBe(200);
  });
});

test('routes published before and after reach the process; its log lines come back', async () => {
  const { feed, port } = await start();
  const dyno = await cannedDyno(OK);
  feed.publish(app('shop', { situation: 'serving', dynos: [target(dyno.port)] }));
  feed.publish(app('other'));
  feed.remove('other');
  await responds(port, 'shop.test', 200);
  expect(statusOf(await get404(port, 'other.test'))).toBe(404);
  await eventually(() => lines.some((line) => line.message.includes('status=200')));
  expect(lines.find((line) => line.message.includes('status=200'))).toEqual({
    appId: 'shop',
    atMs: expect.any(Number),
    source: 'heroku',
    process: 'router',
    message: expect.stringMatching(
      /^at=info method=GET path="\/" host=shop\.test request_id=[0-9a-f-]{36} fwd="127\.0\.0\.1" dyno=web\.1 connect=\d+ms service=\d+ms status=200 bytes=2 protocol=http$/,
    ),
  });
  expect(reports).toEqual([]);
});

test('what was published before it has settled is what the next request meets', async () => {
  const { feed, port, settled } = await start();
  for (let round = 1; round <= 20; round += 1) {
    feed.publish(app('shop', { version: round, situation: round % 2 === 0 ? 'no-web' : 'blank' }));
    await settled();
    expect(statusOf(await send(port, get()))).toBe(round % 2 === 0 ? 503 : 502);
  }
});

test('it settles in the process that follows a crash, and where it is closed', async () => {
  const { feed, port, pid, settled } = await start();
  process.kill(pid() ?? 0, 'SIGKILL');
  feed.publish(app('shop'));
  await settled();
  expect(statusOf(await send(port, get()))).toBe(502);
  await router?.close(0);
  await settled();
});

test('an older version of an app’s routes changes nothing', async () => {
  const { feed, port, settled } = await start();
  feed.publish(app('shop', { version: 7, situation: 'no-web' }));
  feed.publish(app('shop', { version: 6, situation: 'blank' }));
  await settled();
  expect(statusOf(await send(port, get()))).toBe(503);
});

test('nor does it after a crash', async () => {
  const { feed, port, pid, settled } = await start();
  feed.publish(app('shop', { version: 7, situation: 'no-web' }));
  feed.publish(app('shop', { version: 6, situation: 'blank' }));
  process.kill(pid() ?? 0, 'SIGKILL');
  await settled();
  expect(statusOf(await send(port, get()))).toBe(503);
});

test('after kill -9 it listens on the same port again and knows all routes', async () => {
  const { feed, port, pid } = await start();
  const dyno = await cannedDyno(OK);
  for (let index = 0; index < 50; index += 1) feed.publish(app(`app-${index}`));
  feed.publish(app('shop', { situation: 'serving', dynos: [target(dyno.port)] }));
  await responds(port, 'shop.test', 200);
  for (let round = 0; round < 2; round += 1) {
    const killed = pid() ?? 0;
    process.kill(killed, 'SIGKILL');
    await eventually(() => pid() !== undefined && pid() !== killed);
    expect(statusOf(await send(port, get()))).toBe(200);
    expect(statusOf(await get404(port, 'app-49.test'))).toBe(502);
  }
  expect(reports).toEqual([
    'the router ended (SIGKILL); starting it again',
    'the router ended (SIGKILL); starting it again in 100 ms',
  ]);
});

test('routes that change while the process is down are not lost', async () => {
  const { feed, port, pid } = await start();
  feed.publish(app('shop'));
  feed.publish(app('gone'));
  await responds(port, 'gone.test', 502);
  process.kill(pid() ?? 0, 'SIGKILL');
  await eventually(() => pid() === undefined);
  feed.publish(app('shop', { version: 2, situation: 'no-web' }));
  feed.remove('gone');
  await eventually(() => pid() !== undefined);
  await responds(port, 'shop.test', 503);
  expect(statusOf(await get404(port, 'gone.test'))).toBe(404);
});

test('closing lets requests finish, delivers the last log lines and leaves no process', async () => {
  const { feed, port, pid, close } = await start();
  const waiting = await cannedDyno('');
  feed.publish(app('shop', { situation: 'serving', dynos: [target(waiting.port)] }));
  const client = new Client(port).send(get());
  await eventually(() => waiting.received.length === 1);
  const process1 = pid() ?? 0;
  await close(50);
  expect(await client.untilClosed()).toBe('');
  expect(lines.map((line) => line.message)).toEqual([expect.stringContaining('code=H24 desc="Forced close"')]);
  expect(() => process.kill(process1, 0)).toThrow('ESRCH');
  router = undefined;
});

test('who closes while a router waits to be started again gets no router', async () => {
  const { feed, port, pid, close } = await start();
  feed.publish(app('shop'));
  for (const restarted of [true, false]) {
    const killed = pid() ?? 0;
    process.kill(killed, 'SIGKILL');
    await eventually(() => (restarted ? pid() !== undefined && pid() !== killed : pid() === undefined));
  }
  expect(reports.at(-1)).toBe('the router ended (SIGKILL); starting it again in 100 ms');
  await close(0);
  // Longer than the restart delay and a router's start: this would show a late one.
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(pid()).toBeUndefined();
  await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a port in use is an error that names it', async () => {
  const holder: Server = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const failure = await start(port).catch((error: unknown) => error);
  holder.close();
  expect(failure).toBeInstanceOf(RouterListenError);
  expect(failure).toMatchObject({
    code: 'EADDRINUSE',
    port,
    host: '127.0.0.1',
    message: `Port ${port} on 127.0.0.1 is in use by another program.`,
  });
});

/** Routes travel to another process: retries until they have arrived. */
async function responds(port: number, host: string, status: number): Promise<void> {
  let last = 0;
  for (let attempt = 0; attempt < 200 && last !== status; attempt += 1) last = statusOf(await get404(port, host));
  expect(last).toBe(status);
}

test('a request for an app that sleeps reaches the platform, and is answered once the app is awake', async () => {
  const { feed, port } = await start();
  const dyno = await cannedDyno(OK);
  feed.publish(app('shop', { situation: 'asleep', sleeps: true }));
  const answer = send(port, get());
  await eventually(() => traffic.length === 2);
  expect(traffic).toEqual([
    { kind: 'requests', appIds: ['shop'] },
    { kind: 'wake', appId: 'shop' },
  ]);
  feed.publish(app('shop', { version: 2, situation: 'serving', sleeps: true, dynos: [target(dyno.port)] }));
  expect(statusOf(await answer)).toBe(200);
});
