import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import { appKey } from '../../../core/records/app.ts';
import { tarball } from '../../artifacts.ts';
import { APP_ID, World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
});
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const situation = () => `${world.routes?.situation} ${world.routes?.dynos.map(({ name }) => name).join(' ')}`.trim();

test('an app’s life: blank, deployed, scaled, restarted, scaled to nothing, deleted', async () => {
  await world.time.advance(SECOND);
  expect(situation()).toBe('blank');

  await world.deploy({ web: 'web', worker: 'worker' });
  await world.time.advance(SECOND);
  expect(situation()).toBe('no-web');

  await world.scale({ web: 10, worker: 2 });
  await world.time.advance(110);
  expect(situation()).toBe('booting');
  await world.time.advance(SECOND);
  expect(situation()).toBe('serving web.1 web.2 web.3 web.4 web.5 web.6 web.7 web.8 web.9 web.10');
  expect(await world.states()).toHaveLength(12);

  await world.restart('web.2');
  const replaced = world.runtime.named('web.2').dynoId;
  await world.time.advance(20);
  expect(world.routes?.dynos.some(({ dynoId }) => dynoId === replaced)).toBe(true);
  await world.time.advance(SECOND);
  expect(world.routes?.dynos.some(({ dynoId }) => dynoId === replaced)).toBe(false);
  await world.restart('web');
  await world.time.advance(20);
  expect(situation()).toBe('booting');
  await world.time.advance(SECOND);
  expect(situation()).toBe('serving web.1 web.2 web.3 web.4 web.5 web.6 web.7 web.8 web.9 web.10');

  await world.scale({ web: 1, worker: 0 });
  await world.time.advance(SECOND);
  expect(await world.states()).toEqual(['web.1 up v1']);

  await world.remove();
  await world.time.advance(SECOND);
  expect(world.routes).toBeUndefined();
  expect(world.runtime.live()).toEqual([]);
  expect(await world.store.get(appKey(APP_ID))).toBeUndefined();
});

test('a new start overlaps with the exit of the old one, and serves before it', async () => {
  await world.deploy({ web: 'slow-exit' });
  await world.scale({ web: 1 });
  await world.time.advance(SECOND);
  await world.deploy({ web: 'web' });
  await world.time.advance(SECOND);
  expect(world.runtime.live().map(({ spec }) => spec.command)).toEqual(['slow-exit', 'web']);
  expect(situation()).toBe('serving web.1');
  await world.time.advance(5 * SECOND);
  expect(world.runtime.live().map(({ spec }) => spec.command)).toEqual(['web']);
  expect(await world.dynos()).toHaveLength(1);
});

test('crashes wait longer and longer, and a restart, a release, or ten good minutes make them forgotten', async () => {
  await world.deploy({ worker: 'crashes' });
  await world.scale({ worker: 1 });
  const starts = () => world.log('worker.1').filter((message) => message.startsWith('Starting process')).length;
  await world.time.advance(10 * SECOND);
  expect(starts()).toBe(2);
  // Half to all of the ceiling; this world's dice always give the middle: 15, 30, 45, 135, 240, 240 minutes.
  for (const [index, minutes] of [15, 30, 45, 135, 240, 240].entries()) {
    await world.time.advance(minutes * MINUTE - 10 * SECOND);
    expect(starts()).toBe(2 + index);
    await world.time.advance(11 * SECOND);
    expect(starts()).toBe(3 + index);
  }
  await world.restart('worker');
  await world.time.advance(10 * SECOND);
  expect(starts()).toBe(10);
  await world.deploy({ worker: 'worker' });
  await world.time.advance(11 * MINUTE);
  world.runtime.exit('worker.1', 1);
  await world.time.advance(SECOND);
  expect(await world.dynos()).toMatchObject([{ state: 'up', crashCount: 1 }]);
});

test('scaling to 0 and back forgets crashes', async () => {
  await world.deploy({ worker: 'crashes' });
  await world.scale({ worker: 1 });
  await world.time.advance(MINUTE);
  await world.scale({ worker: 0 });
  await world.time.advance(SECOND);
  expect(await world.dynos()).toEqual([]);
  await world.scale({ worker: 1 });
  await world.time.advance(500);
  expect(await world.dynos()).toMatchObject([{ state: 'up', crashCount: 0 }]);
});

test('only crashed web dynos: the router is told so', async () => {
  await world.deploy({ web: 'crashes' });
  await world.scale({ web: 2 });
  await world.time.advance(MINUTE);
  expect(situation()).toBe('crashed');
});

describe('release phase', () => {
  test('gates the release, one after another', async () => {
    await world.deploy({ web: 'web' });
    await world.scale({ web: 1 });
    await world.time.advance(SECOND);
    await world.deploy({ web: 'web', release: 'release-bad' });
    await world.deploy({ web: 'web', release: 'release-good' });
    await world.time.advance(SECOND);
    expect(world.runtime.live().map(({ spec }) => spec.command)).toEqual(['web', 'release-bad']);
    expect(world.runtime.live()[1]?.spec).toMatchObject({ outputStreamId: 'output-2', config: { version: 2 } });
    await world.time.advance(10 * SECOND);
    expect(world.completions).toEqual(['v2 failed', 'v3 succeeded']);
    expect(await world.states()).toEqual(['web.1 up v3']);
    expect(await world.dynos()).toHaveLength(1);
  });

  test('that outlasts an hour has failed', async () => {
    await world.deploy({ release: 'worker' });
    await world.time.advance(HOUR + MINUTE);
    expect(world.completions).toEqual(['v1 failed']);
    expect(world.runtime.live()).toEqual([]);
  });
});

test('every number that a dyno has is new when it starts, and its cycle is its own', async () => {
  let seed = 1;
  const dice = new World(() => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  });
  await dice.createApp();
  await dice.deploy({ web: 'web' });
  await dice.scale({ web: 10 });
  const born = new Map<string, number>();
  const cycles: number[] = [];
  for (let quarter = 0; quarter < 4 * 60; quarter += 1) {
    await dice.time.advance(HOUR / 4);
    for (const { dynoId, launchedAtMs = 0 } of dice.runtime.live()) {
      if (!born.has(dynoId)) cycles.push(launchedAtMs);
      born.set(dynoId, launchedAtMs);
      expect(dice.time.nowMs() - launchedAtMs).toBeLessThanOrEqual(24 * HOUR + 216 * MINUTE + MINUTE);
    }
    expect(dice.runtime.live().length).toBeGreaterThanOrEqual(10);
  }
  expect(new Set(cycles).size).toBeGreaterThan(20);
  expect(born.size).toBeGreaterThanOrEqual(30);
  expect(dice.violations).toEqual([]);
  dice.close();
});

test('after the loss of all tasks, a new process restores the formation and runs nothing twice that runs once', async () => {
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale({ web: 2, worker: 1 });
  await world.run('worker');
  await world.deploy({ web: 'web', worker: 'worker', release: 'release-good' });
  await world.time.advance(SECOND);
  world.runtime.vanish();
  world.newManager();
  await world.manager.publishAll();
  expect(situation()).toBe('booting');
  await world.manager.recover();
  await world.time.advance(SECOND);
  expect(await world.states()).toEqual(['web.1 up v1', 'web.2 up v1', 'worker.1 up v1']);
  expect((await world.dynos()).map(({ crashCount }) => crashCount)).toEqual([0, 0, 0]);
  expect(world.completions).toEqual(['v2 failed']);
  expect(world.runtime.live()).toHaveLength(3);
});

test('a process that takes over from another adopts what runs', async () => {
  await world.deploy({ web: 'web' });
  await world.scale({ web: 3 });
  await world.time.advance(SECOND);
  const before = world.runtime.live().map(({ taskRef }) => taskRef);
  world.newManager();
  await world.manager.publishAll();
  expect(situation()).toBe('serving web.1 web.2 web.3');
  await world.manager.recover();
  await world.time.advance(SECOND);
  expect(world.runtime.live().map(({ taskRef }) => taskRef)).toEqual(before);
});

test('the sweep finds what nobody nudged for, and only what is due', async () => {
  await world.time.advance(SECOND);
  await world.deploy({ web: 'web' });
  await world.scale({ web: 1 });
  world.time.forgetNudges();
  await world.manager.sweep();
  await world.time.advance(SECOND);
  expect(await world.states()).toEqual(['web.1 up v1']);
  const { looks } = world.time;
  await world.manager.sweep();
  await world.time.advance(0);
  expect(world.time.looks).toBe(looks);
});

describe('a start that fails', () => {
  const failWith = (retry: boolean, times: number) => {
    let left = times;
    const { start } = world.runtime;
    world.runtime.start = async (spec: DynoSpec) => {
      left -= 1;
      return left < 0 ? start.call(world.runtime, spec) : { ok: false, reason: 'no space left', retry };
    };
  };

  test('and may be retried is tried again, as another attempt', async () => {
    await world.deploy({ web: 'web' });
    failWith(true, 3);
    await world.scale({ web: 1 });
    await world.time.advance(10 * SECOND);
    expect(await world.dynos()).toMatchObject([{ state: 'up', attempt: 4, crashCount: 0 }]);
    expect(world.log('web.1')).toContain('Error R99 (Platform error) -> Failed to start process: no space left');
  });

  test('for good leaves a crashed dyno, which a release brings back', async () => {
    await world.deploy({ web: 'web' });
    failWith(false, 1);
    await world.scale({ web: 1 });
    await world.time.advance(5 * SECOND);
    expect(situation()).toBe('crashed');
    expect(world.log('web.1').at(-1)).toBe('State changed from starting to crashed');
    await world.deploy({ web: 'web' });
    await world.time.advance(SECOND);
    expect(situation()).toBe('serving web.1');
  });

  test('of a release phase fails the release; of a one-off, ends it', async () => {
    await world.deploy({ web: 'web' });
    await world.time.advance(SECOND);
    failWith(true, 100);
    await world.deploy({ web: 'web', release: 'release-good' });
    const { name } = await world.run('job');
    await world.time.advance(2 * MINUTE);
    expect(world.completions).toEqual(['v2 failed']);
    expect(world.log(name).at(-1)).toBe('State changed from starting to complete');
    expect(await world.dynos()).toEqual([]);
  });
});

test('dynos get their release’s config vars, unsealed once per pass, and a one-off its own environment', async () => {
  const specs: DynoSpec[] = [];
  const { start } = world.runtime;
  world.runtime.start = async (spec: DynoSpec) => {
    specs.push(spec);
    return start.call(world.runtime, spec);
  };
  let opened = 0;
  const { open } = world.platform.vault;
  (world.platform.vault as { open: typeof open }).open = async (sealed, context) => {
    opened += 1;
    return open(sealed, context);
  };
  await world.change((app) => ({ ...app, features: { 'runtime-dyno-metadata': true } }));
  await world.deploy({ web: 'web' }, { A: '1', ERROR_PAGE_URL: 'https://example.com/error' });
  await world.scale({ web: 20 });
  await world.time.advance(SECOND);
  expect(specs).toHaveLength(20);
  // Once for the dynos, once for the page URLs that routers need.
  expect(opened).toBeLessThanOrEqual(2);
  expect(await specs[0]?.config.open()).toEqual({ A: '1', ERROR_PAGE_URL: 'https://example.com/error' });
  expect(specs[0]).toMatchObject({
    appName: 'shop',
    name: 'web.1',
    slug: { id: 'slug-1', artifact: tarball('slugs/slug-1'), checksum: 'SHA256:00' },
    size: { name: 'Standard-1X', memoryMiB: 512, processLimit: 256 },
    environment: { HEROKU_APP_NAME: 'shop', HEROKU_RELEASE_VERSION: 'v1', HEROKU_SLUG_COMMIT: 'c0ffee' },
    logged: true,
  });
  expect(world.routes).toMatchObject({ hosts: ['shop.localhost'], errorPageUrl: 'https://example.com/error' });

  const attach = { terminal: true, columns: 120, rows: 40 };
  await world.run('worker', { attach, sealedEnvironment: JSON.stringify({ TERM: 'xterm' }) });
  await world.time.advance(SECOND);
  expect(specs[20]).toMatchObject({ attach, logged: false, environment: { TERM: 'xterm' } });
});

test('routers are told only what is new, in growing versions', async () => {
  await world.deploy({ web: 'web' });
  await world.scale({ web: 2 });
  await world.time.advance(SECOND);
  await world.change((app) => ({ ...app, maintenance: true }));
  await world.time.advance(SECOND);
  expect(world.routes?.maintenance).toBe(true);
  const versions = world.published.map(({ version }) => version);
  expect([...versions].sort((left, right) => left - right)).toEqual(versions);
  expect(new Set(versions).size).toBe(versions.length);
  const told = world.published.length;
  await world.time.advance(HOUR);
  expect(world.published).toHaveLength(told);
});

test('looking again changes nothing', async () => {
  await world.deploy({ web: 'web', worker: 'crashes' });
  await world.scale({ web: 3, worker: 2 });
  await world.run('worker');
  await world.time.advance(MINUTE);
  const before = { dynos: await world.dynos(), lines: world.lines.length, tasks: world.runtime.tasks.size };
  for (let again = 0; again < 3; again += 1) await world.manager.lookAt(APP_ID);
  expect({ dynos: await world.dynos(), lines: world.lines.length, tasks: world.runtime.tasks.size }).toEqual(before);
});
