import type { AppRoutes } from '../../../core/records/app-routes.ts';
import { freePort } from '../../free-ports.ts';
import {
  Client,
  cannedDyno,
  closeAll,
  eventually,
  get,
  openRouter,
  rawDyno,
  send,
  statusOf,
  target,
} from './harness.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const PER_DYNO = 200;
const alive = 'GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n';

describe('how many requests an app may have under way', () => {
  test('200 for each dyno, as many when all dynos have gone, and fewer when it was scaled down', async () => {
    const { port, publish, lines } = await openRouter();
    const silent = await rawDyno(() => {});
    const dynos = [target(silent.port, 'web.1'), target(silent.port, 'web.2')];
    const waiting = (count: number) => Array.from({ length: count }, () => new Client(port).send(get()));
    const isRefused = async () => {
      const client = new Client(port).send(get());
      const before = lines.length;
      await eventually(() => lines.length > before || client.socket.bytesWritten > 0);
      return statusOf(await client.untilClosed()) === 503 && lines.at(-1)?.includes('code=H11');
    };
    publish({ dynos });
    waiting(PER_DYNO);
    await eventually(() => silent.sockets.size === PER_DYNO);
    publish({ dynos: dynos.slice(0, 1) });
    expect(await isRefused()).toBe(true);
    publish({ dynos });
    publish({ situation: 'booting' });
    const second = waiting(PER_DYNO);
    await eventually(() => second.every(({ socket }) => socket.bytesWritten > 0));
    publish({ dynos });
    await eventually(() => silent.sockets.size === 2 * PER_DYNO);
    expect(await isRefused()).toBe(true);
    expect(lines).toHaveLength(2);
  });

  test('those that were answered do not count', async () => {
    const { port, publish } = await openRouter();
    const dyno = await cannedDyno(OK);
    publish({ dynos: [target(dyno.port)] });
    const text = await new Client(port).send(alive.repeat(PER_DYNO + 50) + get()).untilClosed();
    expect(text.split('HTTP/1.1 200 OK')).toHaveLength(PER_DYNO + 52);
  });

  test('those whose clients left while they waited do not count, and reach no dyno', async () => {
    const { port, publish, lines } = await openRouter();
    publish({ situation: 'booting' });
    const clients = Array.from({ length: PER_DYNO }, () => new Client(port).send(get('/left')));
    await eventually(() => clients.every(({ socket }) => socket.bytesWritten > 0));
    const last = new Client(port);
    await eventually(() => !last.socket.connecting);
    for (const { socket } of clients) socket.destroy();
    await eventually(() => lines.length === PER_DYNO);
    const dyno = await cannedDyno(OK);
    last.send(get('/stayed'));
    await eventually(() => last.socket.bytesWritten > 0);
    publish({ dynos: [target(dyno.port)] });
    expect(statusOf(await last.untilClosed())).toBe(200);
    expect(dyno.received.map((head) => head.split(' ')[1])).toEqual(['/stayed']);
  });
});

describe('dynos that refuse', () => {
  /** The first dyno in the table is always asked first. */
  const inOrder = async (refusing: number) => {
    const opened = await openRouter({}, undefined, [], { random: () => 0 });
    const closed = await freePort();
    const good = await cannedDyno(OK);
    const bad = Array.from({ length: refusing }, (_, index) => target(closed, `web.${index + 1}`));
    opened.publish({ dynos: [...bad, target(good.port, `web.${refusing + 1}`)] });
    return opened;
  };

  test('nine cost a request nothing: the tenth dyno is asked', async () => {
    const { port, lines } = await inOrder(9);
    expect(statusOf(await send(port, get()))).toBe(200);
    expect(lines[0]).toContain('dyno=web.10');
  });

  test('after ten a request is given up, though an eleventh would serve', async () => {
    const { port, lines } = await inOrder(10);
    expect(statusOf(await send(port, get()))).toBe(503);
    expect(lines[0]).toContain('code=H21');
    expect(lines[0]).toContain('dyno=web.10');
  });
});

test('a request that timed out in the queue names no dyno in the log, though one had refused it', async () => {
  const { port, publish, lines } = await openRouter({ queueMs: 100, quarantineMs: 60_000 });
  const closed = await freePort();
  const first = target(closed, 'web.1');
  publish({ dynos: [first] });
  await send(port, get());
  publish({ dynos: [first, target(closed, 'web.2')] });
  expect(statusOf(await send(port, get()))).toBe(503);
  expect(lines[1]).toContain('code=H34');
  expect(lines[1]).toContain('dyno= connect= service= ');
});

describe('the table of routes', () => {
  const app = (appId: string, version: number, hosts: readonly string[], more: Partial<AppRoutes> = {}): AppRoutes => ({
    appId,
    appName: appId,
    version,
    hosts,
    maintenance: false,
    situation: 'no-web',
    dynos: [],
    ...more,
  });
  const open = async () => {
    const { router, port } = await openRouter();
    const ask = async (host: string) => statusOf(await send(port, get().replace('shop.test', host)));
    return { router, ask };
  };
  const NO_WEB = 503;
  const BLANK = 502;

  test('an older version of routes changes nothing', async () => {
    const { router, ask } = await open();
    router.update(app('shop', 7, ['shop.test', 'new.test']));
    router.update(app('shop', 6, ['old.test'], { situation: 'blank' }));
    expect([await ask('shop.test'), await ask('new.test'), await ask('old.test')]).toEqual([NO_WEB, NO_WEB, 404]);
  });

  test('two apps may swap their names, in either order of the news', async () => {
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const { router, ask } = await open();
      router.update(app('a', 1, ['a.test'], { situation: 'blank' }));
      router.update(app('b', 1, ['b.test']));
      const next = {
        a: app('a', 2, ['b.test'], { situation: 'blank' }),
        b: app('b', 2, ['a.test']),
      };
      for (const appId of order) router.update(next[appId as 'a' | 'b']);
      expect([await ask('a.test'), await ask('b.test')]).toEqual([NO_WEB, BLANK]);
    }
  });

  test.each([
    { name: 'is removed', leave: (router: { remove(appId: string): void }) => router.remove('b') },
    {
      name: 'gives it up',
      leave: (router: { update(routes: AppRoutes): void }) => router.update(app('b', 2, ['b.test'])),
    },
  ])('a name that two apps claim goes back to the first when the second $name', async ({ leave }) => {
    const { router, ask } = await open();
    router.update(app('a', 1, ['shop.test'], { situation: 'blank' }));
    router.update(app('b', 1, ['shop.test', 'b.test']));
    expect(await ask('shop.test')).toBe(NO_WEB);
    leave(router);
    expect(await ask('shop.test')).toBe(BLANK);
  });
});
