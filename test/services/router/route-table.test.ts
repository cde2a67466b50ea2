import type { AppRoutes, RouteTarget } from '../../../core/records/app-routes.ts';
import type { RouterContext } from '../../../services/router/context.ts';
import { DynoSearch } from '../../../services/router/dyno-search.ts';
import { App, REQUESTS_PER_DYNO_MAX, RouteTable } from '../../../services/router/route-table.ts';
import { HEROKU_TIMEOUTS } from '../../../services/router/timeouts.ts';

const target = (number: number): RouteTarget => ({
  dynoId: `dyno-${number}`,
  name: `web.${number}`,
  host: '192.0.2.1',
  port: 5_000 + number,
});

const routes = (appId: string, changes: Partial<AppRoutes> = {}): AppRoutes => ({
  appId,
  appName: appId,
  version: 1,
  hosts: [`${appId}.test`],
  maintenance: false,
  situation: 'serving',
  dynos: [target(1)],
  ...changes,
});

describe('who has a host name', () => {
  const found = (table: RouteTable, ...hosts: string[]) => hosts.map((host) => table.find(host)?.routes.appId);

  test('an older version is ignored, the same one and a newer one count', () => {
    const table = new RouteTable();
    table.update(routes('shop', { version: 5, hosts: ['five.test'] }));
    table.update(routes('shop', { version: 4, hosts: ['four.test'] }));
    expect(found(table, 'five.test', 'four.test')).toEqual(['shop', undefined]);
    table.update(routes('shop', { version: 5, hosts: ['again.test'] }));
    expect(found(table, 'five.test', 'again.test')).toEqual([undefined, 'shop']);
    table.update(routes('shop', { version: 6, hosts: ['six.test'] }));
    expect(found(table, 'again.test', 'six.test')).toEqual([undefined, 'shop']);
  });

  test('two apps that swap a name: it is never unknown, whichever is told of first', () => {
    for (const first of ['old', 'new']) {
      const table = new RouteTable();
      table.update(routes('old', { hosts: ['www.test'] }));
      table.update(routes('new', { hosts: ['new.test'] }));
      const changes = {
        old: routes('old', { version: 2, hosts: [] }),
        new: routes('new', { version: 2, hosts: ['www.test'] }),
      };
      table.update(first === 'old' ? changes.old : changes.new);
      if (first === 'new') expect(found(table, 'www.test')).toEqual(['new']);
      table.update(first === 'old' ? changes.new : changes.old);
      expect(found(table, 'www.test')).toEqual(['new']);
    }
  });

  test('a name that two apps claim goes to the one that is left when the other goes', () => {
    const table = new RouteTable();
    table.update(routes('one', { hosts: ['www.test'] }));
    table.update(routes('two', { hosts: ['www.test'] }));
    expect(found(table, 'www.test')).toEqual(['two']);
    table.remove('two');
    expect(found(table, 'www.test')).toEqual(['one']);
    table.remove('one');
    expect(found(table, 'www.test')).toEqual([undefined]);
    table.remove('nobody');
    expect([...table.all()]).toEqual([]);
  });

  test('an app that was removed refuses nobody any more, and has no dynos', () => {
    const table = new RouteTable();
    table.update(routes('shop'));
    const app = table.find('shop.test');
    const [dyno] = app?.dynos ?? [];
    let woken = 0;
    app?.waiting.add({
      dispatch: () => {
        woken += 1;
      },
    });
    table.remove('shop');
    expect([app?.removed, app?.dynos, dyno?.retired, woken]).toEqual([true, [], true, 1]);
  });
});

describe('what an app’s dynos may be asked', () => {
  test.each([
    { changes: { maintenance: true, situation: 'crashed' as const }, code: 'H80' },
    { changes: { situation: 'blank' as const }, code: 'H81' },
    { changes: { situation: 'no-web' as const }, code: 'H14' },
    { changes: { situation: 'crashed' as const }, code: 'H10' },
    { changes: { situation: 'exhausted' as const }, code: 'H82' },
    { changes: { situation: 'booting' as const }, code: undefined },
    { changes: { situation: 'asleep' as const }, code: undefined },
    { changes: { situation: 'serving' as const }, code: undefined },
  ])('$changes: $code', ({ changes, code }) => {
    expect(new App(routes('shop', changes)).refusal()?.code).toBe(code);
  });

  test('a dyno that stays is the same one, with its connections; one that goes is retired', () => {
    const app = new App(routes('shop', { dynos: [target(1), target(2)] }));
    const [one, two] = app.dynos;
    app.update(routes('shop', { dynos: [target(2), { ...target(1), port: 9_000 }] }));
    expect(app.dynos[0]).toBe(two);
    expect(app.dynos[1]).not.toBe(one);
    expect([one?.retired, two?.retired]).toEqual([true, false]);
  });

  test('200 requests a dyno, and as many while a restart has taken them all', () => {
    const app = new App(routes('shop', { dynos: [target(1), target(2)] }));
    app.inFlight = 2 * REQUESTS_PER_DYNO_MAX - 1;
    expect(app.isFull()).toBe(false);
    app.inFlight += 1;
    expect(app.isFull()).toBe(true);
    app.update(routes('shop', { dynos: [] }));
    app.inFlight -= 1;
    expect(app.isFull()).toBe(false);
    app.update(routes('shop', { dynos: [target(1)] }));
    expect(app.isFull()).toBe(true);
    expect(REQUESTS_PER_DYNO_MAX).toBe(200);
  });

  test('one that never had a dyno queues as many as for one', () => {
    const app = new App(routes('shop', { situation: 'booting', dynos: [] }));
    app.inFlight = 199;
    expect(app.isFull()).toBe(false);
    app.inFlight = 200;
    expect(app.isFull()).toBe(true);
  });

  test('each dyno is as likely as any other; those in quarantine or tried before are not asked', () => {
    const app = new App(routes('shop', { dynos: [target(1), target(2), target(3)] }));
    const picked = (random: number, nowMs = 0, tried?: Set<(typeof app.dynos)[number]>) =>
      app.pick(() => random, nowMs, tried)?.name;
    expect([0, 0.34, 0.67, 0.99].map((random) => picked(random))).toEqual(['web.1', 'web.2', 'web.3', 'web.3']);
    const [one, two, three] = app.dynos;
    if (one === undefined || two === undefined || three === undefined) throw new Error('no dynos');
    one.quarantinedUntilMs = 100;
    expect([0, 0.49].map((random) => picked(random, 99))).toEqual(['web.2', 'web.2']);
    expect(picked(0, 100)).toBe('web.1');
    expect(picked(0, 99, new Set([two]))).toBe('web.3');
    expect(picked(0, 99, new Set([two, three]))).toBeUndefined();
    expect(new App(routes('shop', { dynos: [] })).pick(() => 0, 0, undefined)).toBeUndefined();
  });
});

describe('one request’s way to a dyno', () => {
  const context = { random: () => 0, timeouts: HEROKU_TIMEOUTS } as unknown as RouterContext;
  const search = (count: number) => {
    const app = new App(routes('shop', { dynos: Array.from({ length: count }, (_, index) => target(index + 1)) }));
    return { app, search: new DynoSearch(app, context) };
  };
  const ask = (looking: DynoSearch, nowMs: number) => {
    const result = looking.next(nowMs);
    if (result.kind === 'found') return result.dyno.name;
    return result.kind === 'wait' ? `wait ${result.retryAtMs - nowMs}` : result.code.code;
  };

  test.each([
    { failure: 'refused' as const, code: 'H21' },
    { failure: 'timeout' as const, code: 'H19' },
  ])('each dyno is tried once; then it is $code', ({ failure, code }) => {
    const { app, search: looking } = search(3);
    for (const dyno of app.dynos) {
      expect(ask(looking, 0)).toBe(dyno.name);
      looking.failed(dyno, failure, 0);
      expect(dyno.quarantinedUntilMs).toBe(5_000);
    }
    expect(ask(looking, 0)).toBe(code);
  });

  test('the last failure is what is told of', () => {
    const { app, search: looking } = search(2);
    const [one, two] = app.dynos;
    if (one === undefined || two === undefined) throw new Error('no dynos');
    looking.failed(one, 'refused', 0);
    looking.failed(two, 'timeout', 0);
    expect(ask(looking, 0)).toBe('H19');
  });

  test('no more than ten dynos are tried, however many there are', () => {
    const { app, search: looking } = search(12);
    for (const dyno of app.dynos.slice(0, 9)) looking.failed(dyno, 'refused', 0);
    expect(ask(looking, 0)).toBe('web.10');
    const tenth = app.dynos[9];
    if (tenth === undefined) throw new Error('no dyno');
    looking.failed(tenth, 'refused', 0);
    expect(ask(looking, 0)).toBe('H21');
  });

  test('dynos in quarantine are waited for, longer each time, up to the quarantine itself', () => {
    const { app, search: looking } = search(2);
    for (const dyno of app.dynos) dyno.quarantinedUntilMs = 1_000_000;
    expect(Array.from({ length: 8 }, () => ask(looking, 0))).toEqual(
      [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].map((ms) => `wait ${ms}`),
    );
    expect(looking.timeout().code).toBe('H34');
    expect(ask(looking, 1_000_000)).toBe('web.1');
  });

  test('without a dyno it waits for one, and for nothing else', () => {
    const { search: looking } = search(0);
    expect(ask(looking, 0)).toBe('wait Infinity');
    expect(looking.timeout().code).toBe('H20');
  });
});
