import fc from 'fast-check';
import { cycleDueMs } from '../../../core/dyno-manager/plan/cycling.ts';
import { reconcile } from '../../../core/dyno-manager/plan/reconcile.ts';
import type { CycleWindow, DynoManagerSettings } from '../../../core/records/dyno-manager-settings.ts';
import { fieldsOf, ofKind } from '../../dyno-fields.ts';
import { app, dyno, NOW_MS, planned, show, snapshot, up } from './records.ts';
import { APP_ID, World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const night: CycleWindow = { startMinute: 120, endMinute: 300, timeZone: 'Europe/Berlin', sinceMs: 0 };
const settings = (changes: Partial<DynoManagerSettings>): DynoManagerSettings => ({ cycling: true, ...changes });

describe('when a dyno is cycled', () => {
  const bornMs = Date.UTC(2026, 5, 10, 12);
  const one = (minutes: number) =>
    ofKind(dyno('web.1', { intentAtMs: bornMs, cycleAtMs: bornMs + 24 * HOUR + minutes * MINUTE }), 'formation');

  test.each([
    { name: 'at its own time', of: undefined, due: '2026-06-11T13:00:00Z' },
    { name: 'never, where its app says so', of: settings({ cycling: false }), due: undefined },
    { name: 'in the last night before it is too old', of: settings({ cycleWindow: night }) },
    {
      name: 'over midnight',
      of: settings({ cycleWindow: { ...night, startMinute: 1_380, endMinute: 60 } }),
    },
    {
      name: 'at its own time when the window was asked for after that night',
      of: settings({ cycleWindow: { ...night, sinceMs: Date.UTC(2026, 5, 11, 9) } }),
      due: '2026-06-11T13:00:00Z',
    },
  ])('$name', ({ of, due }) => {
    const atMs = cycleDueMs(one(60), of);
    if (due !== undefined || of?.cycling === false) {
      expect(atMs === undefined ? undefined : new Date(atMs).toISOString().replace('.000', '')).toBe(due);
      return;
    }
    const window = of?.cycleWindow ?? night;
    expect(minutesInto(window, atMs ?? 0)).toBeLessThanOrEqual(length(window));
    expect(bornMs + 27.6 * HOUR - (atMs ?? 0)).toBeLessThanOrEqual(24 * HOUR);
  });

  test('a missed cycle has a time of its own', () => {
    const missed = { ...one(0), recycleAtMs: 5 };
    expect(cycleDueMs(missed, settings({ cycleWindow: night }))).toBe(5);
    expect(cycleDueMs(missed, settings({ cycling: false }))).toBeUndefined();
  });

  test('always inside the window, and never later than 24 h and 216 min after the start', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(1_439),
        fc.integer({ min: 30, max: 1_439 }),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'),
        (birthMs, share, startMinute, minutes, timeZone) => {
          const window = { startMinute, endMinute: (startMinute + minutes) % 1_440, timeZone, sinceMs: 0 };
          const cycleAtMs = birthMs + 24 * HOUR + Math.floor(share * 216 * MINUTE);
          const record = ofKind(dyno('web.1', { intentAtMs: birthMs, cycleAtMs }), 'formation');
          const atMs = cycleDueMs(record, settings({ cycleWindow: window })) ?? 0;
          expect(atMs).toBeLessThanOrEqual(birthMs + 24 * HOUR + 216 * MINUTE);
          expect(atMs).toBeGreaterThan(birthMs);
          // Twice a year an hour is skipped or repeated.
          expect(minutesInto(window, atMs)).toBeLessThanOrEqual(length(window) + 60);
        },
      ),
    );
  });
});

function minutesInto({ startMinute, timeZone }: CycleWindow, atMs: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const [hours = 0, minutes = 0] = parts.format(atMs).split(':').map(Number);
  const into = (hours * 60 + minutes - startMinute + 1_440) % 1_440;
  return into > 1_380 ? 0 : into;
}
const length = ({ startMinute, endMinute }: CycleWindow) => (endMinute - startMinute + 1_440) % 1_440;

describe('one pass', () => {
  const due = { cycleAtMs: NOW_MS };
  const webs = (quantity: number, changes: object) =>
    Array.from({ length: quantity }, (_, index) => up(`web.${index + 1}`, changes));

  test('cycles at most a quarter of a type', () => {
    expect(planned({ app: app({ web: 8 }), known: webs(8, due) })).toEqual([
      'new web.1 starting',
      'new web.2 starting',
      'start web.1',
      'start web.2',
    ]);
  });

  test('has workers and Eco dynos stopped first', () => {
    expect(planned({ app: app({ worker: 1 }), known: [up('worker.1', due)] })).toEqual([
      'note worker.1 stopping',
      'new worker.1 starting',
      'stop task-id-worker.1 within 30 s',
      'start worker.1',
    ]);
    const eco = app({ web: 1 });
    const formation = eco.formation.map((entry) => ({ ...entry, size: 'Eco' }));
    const known = [up('web.1', { ...due, size: 'Eco' })];
    expect(planned({ app: { ...eco, formation }, known, lastRequestAtMs: NOW_MS })).toEqual([
      'note web.1 stopping',
      'new web.1 starting',
    ]);
  });

  test('gives a backlog of missed cycles new times, spread over 216 minutes', () => {
    const situation = { app: app({ web: 8 }), known: webs(8, { cycleAtMs: NOW_MS - HOUR }) };
    const faces = [0.1, 0.9, 0.3, 0.7, 0.5, 0.2, 0.8, 0.4];
    let thrown = 0;
    const plan = reconcile({ ...snapshot(situation), random: { next: () => faces[thrown++ % 8] ?? 0 } });
    expect(plan.starts).toEqual([]);
    const times = plan.dynos.map((each) => (fieldsOf(each).recycleAtMs ?? 0) - NOW_MS);
    expect(new Set(times).size).toBe(8);
    expect(Math.min(...times)).toBeGreaterThan(0);
    expect(Math.max(...times)).toBeLessThanOrEqual(216 * MINUTE);
  });

  test('does not re-time one that was missed alone', () => {
    const plan = planned({ app: app({ web: 1 }), known: webs(1, { cycleAtMs: NOW_MS - HOUR }) });
    expect(plan).toEqual(['new web.1 starting', 'start web.1']);
  });

  test('knows why it starts', () => {
    const plan = reconcile(snapshot({ app: app({ web: 1 }), known: webs(1, due) }));
    expect(plan.starts).toMatchObject([
      { startedBecause: 'cycle', replaces: { dynoId: 'id-web.1', sinceMs: NOW_MS, cause: 'cycle' } },
    ]);
  });
});

describe('a replacement that was started first', () => {
  const pair = (sinceMs: number, replacement: object, task?: object) => {
    const replaces = { dynoId: 'id-web.1', sinceMs, cause: 'cycle' as const };
    const started = up('web.1', { id: 'id-new', createdAtMs: NOW_MS, replaces, ...replacement }, task);
    return [up('web.1', { cycleAtMs: NOW_MS }), started];
  };
  const starting = { state: 'starting' as const };

  test.each([
    { name: 'that boots: the old one goes on', known: pair(NOW_MS - MINUTE, starting, { listening: false }), plan: [] },
    {
      name: 'that is up: the old one goes',
      known: pair(NOW_MS - MINUTE, starting),
      plan: ['note web.1 up', 'note web.1 stopping'],
    },
    {
      name: 'that is not up after 15 minutes: the old one goes all the same, being too old',
      known: pair(NOW_MS - 15 * MINUTE, starting, { listening: false }),
      plan: ['note web.1 stopping'],
    },
  ])('$name', ({ known, plan }) => {
    expect(planned({ app: app({ web: 1 }), known })).toEqual(plan);
  });

  test('is kept when the reason is gone', () => {
    const known = pair(NOW_MS, starting, { listening: false }).map((each, index) => (index === 0 ? up('web.1') : each));
    expect(show(reconcile(snapshot({ app: app({ web: 1 }), known })))).toEqual([]);
  });
});

test('no dyno of a busy app is older than 24 h and 216 min, and the app is never without one', async () => {
  let seed = 7;
  const world = new World(() => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  });
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale({ web: 3, worker: 2 });
  await world.change((before) => ({ ...before, dynoManager: settings({ cycleWindow: night }) }));
  await world.time.advance(SECOND);
  let fewest = 3;
  const { publish } = world.platform.routes;
  world.platform.routes.publish = (routes) => {
    publish(routes);
    fewest = Math.min(fewest, routes.dynos.length);
  };
  for (let hour = 0; hour < 24 * 7; hour += 1) {
    await world.time.advance(HOUR);
    const oldest = Math.min(...(await world.dynos()).map(({ intentAtMs = 0 }) => intentAtMs));
    expect(world.time.nowMs() - oldest).toBeLessThanOrEqual(27.7 * HOUR);
  }
  expect(fewest).toBe(3);
  expect(world.log('web.1').filter((message) => message === 'Cycling').length).toBeGreaterThanOrEqual(6);
  expect(world.violations).toEqual([]);
  world.close();
});

describe('an app’s own memory threshold', () => {
  let world: World;
  const sample = async (usedMiB: number) => {
    const { dynoId } = world.runtime.named('web.1');
    world.runtime.emit({ kind: 'memory', appId: APP_ID, dynoId, usedMiB });
    // The sample is processed outside of virtual time.
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    await world.time.advance(20 * SECOND);
  };
  beforeEach(async () => {
    world = new World();
    await world.createApp();
    await world.deploy({ web: 'web' });
    await world.scale({ web: 1 });
    await world.change((before) => ({ ...before, dynoManager: settings({ memoryThresholdPercent: 90 }) }));
    await world.time.advance(SECOND);
  });
  afterEach(() => world.close());

  test('cycles a dyno that stays above it for five minutes, and says why', async () => {
    const before = world.log('web.1').length;
    for (let time = 0; time < 15; time += 1) await sample(480);
    expect(world.log('web.1')).toHaveLength(before);
    await sample(480);
    await world.time.advance(SECOND);
    expect(world.log('web.1').slice(before)).toEqual([
      'Memory stayed above 90% of the quota, as set for this app',
      'Cycling',
      'State changed from up to starting',
      'Starting process with command `web`',
      'State changed from starting to up',
      'Stopping all processes with SIGTERM',
      'Process exited with status 143',
    ]);
    expect(await world.dynos()).toMatchObject([{ state: 'up', startedBecause: 'memory-threshold' }]);
  });

  test('leaves one alone that falls below it in between', async () => {
    const before = world.log('web.1').length;
    for (let time = 0; time < 40; time += 1) await sample(time % 10 === 9 ? 400 : 480);
    expect(world.log('web.1')).toHaveLength(before);
  });
});
