import { ActionBudget, type Priority, startPriority } from '../../../core/dyno-manager/execute/action-budget.ts';
import { freshOnly } from '../../../core/dyno-manager/observe/read-snapshot.ts';
import { TRANSACTION_WRITES_MAX } from '../../../core/ports/store.ts';
import { type App, appKey } from '../../../core/records/app.ts';
import { type Dyno, dynoKey } from '../../../core/records/dyno.ts';
import { stored } from '../../stored.ts';
import type { DrivenManager } from './driven-manager.ts';
import { dyno } from './records.ts';
import { APP_ID, World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.time.advance(SECOND);
});
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

const use = (manager: DrivenManager) => world.time.handle((appId) => manager.lookAt(appId));
const liveNames = () =>
  world.runtime
    .live()
    .map(({ spec }) => spec.name)
    .sort();

describe('the action budget', () => {
  test.each<{ readonly name: string; readonly of: Partial<Dyno>; readonly priority: Priority }>([
    { name: 'a crashed web dyno', of: { startedBecause: 'crash' }, priority: 0 },
    { name: 'a web dyno that a request waits for', of: { startedBecause: 'wake' }, priority: 0 },
    { name: 'a crashed worker', of: { type: 'worker', startedBecause: 'crash' }, priority: 1 },
    { name: 'a release', of: { startedBecause: 'release' }, priority: 2 },
    { name: 'a one-off', of: { kind: 'one-off' }, priority: 2 },
    { name: 'a scale', of: { startedBecause: 'new' }, priority: 3 },
    { name: 'a move', of: { startedBecause: 'host-fault' }, priority: 4 },
    { name: 'a cycle', of: { startedBecause: 'cycle' }, priority: 5 },
  ])('$name has priority $priority', ({ of, priority }) => {
    expect(startPriority(dyno('web.1', of))).toBe(priority);
  });

  test('the last tokens are for the most urgent; they come back with time, and never more than the burst', () => {
    let nowMs = 0;
    const budget = new ActionBudget({ perSecond: 10, burst: 20 }, { nowMs: () => nowMs });
    const takeAll = (priority: Priority) => {
      let taken = 0;
      while (budget.take(priority)) taken += 1;
      return taken;
    };
    expect([takeAll(5), takeAll(3), takeAll(0)]).toEqual([10, 4, 6]);
    expect(budget.waitMs(0)).toBe(100);
    expect(budget.waitMs(5)).toBe(1_100);
    nowMs = 100;
    expect(budget.take(0)).toBe(true);
    nowMs = 60_000;
    expect(takeAll(0)).toBe(20);
    nowMs = 0;
    expect(budget.take(0)).toBe(false);
  });

  test('what exceeds it comes later, whatever its app, and nothing is lost or done twice', async () => {
    use(world.anotherManager({ actionRate: { perSecond: 2, burst: 5 } }));
    await world.scale({ web: 12 });
    await world.time.advance(0);
    expect(world.runtime.tasks.size).toBeLessThanOrEqual(5);
    await world.time.advance(10 * SECOND);
    expect(world.runtime.live()).toHaveLength(12);
    await world.scale({ web: 0 });
    await world.time.advance(20 * SECOND);
    expect(world.runtime.live()).toEqual([]);
    expect(world.runtime.tasks.size).toBe(12);
  });
});

describe('an app whose passes fail', () => {
  test('is tried again at once, then left alone for longer and longer, and comes back by itself', async () => {
    const { observe } = world.runtime;
    let failed = 0;
    world.runtime.observe = async () => {
      failed += 1;
      throw new Error('broken');
    };
    await world.scale({ web: 1 });
    await world.time.advance(20 * SECOND);
    expect(failed).toBe(5);
    expect(world.reports).toEqual(['in quarantine for 30 s: its passes fail: broken']);
    await world.time.advance(10 * MINUTE);
    expect(failed).toBeLessThan(12);
    world.runtime.observe = observe;
    await world.time.advance(15 * MINUTE);
    expect(liveNames()).toEqual(['web.1']);
  });

  test.each([
    { name: 'a corrupt app', of: 'app', change: { formation: 'web=1' }, says: 'app record is corrupt: formation' },
    { name: 'a corrupt dyno', of: 'dyno', change: { state: 'flying' }, says: 'dyno record is corrupt: state' },
    {
      name: 'a dyno of a later release of the platform',
      of: 'dyno',
      change: { schemaVersion: 2 },
      says: 'dyno record has schema version 2, and this platform knows 1',
    },
  ])(
    '$name: nothing of it is touched, the operator is told, and mending it ends that',
    async ({ of, change, says }) => {
      await world.scale({ web: 2 });
      await world.time.advance(SECOND);
      const [first] = await world.dynos();
      const key = of === 'app' ? appKey(APP_ID) : dynoKey(APP_ID, first?.id ?? '');
      const item = await stored<App | Dyno>(world.store, key);
      const put = (value: unknown) => world.store.transact([{ kind: 'put', key, value, expect: 'any' }]);
      await put({ ...item?.value, ...change });
      world.runtime.exit('web.2', 1);
      await world.time.advance(SECOND);
      expect(world.reports).toEqual([`in quarantine for 30 s: its passes fail: its ${says}`]);
      expect(liveNames()).toEqual(['web.1']);
      expect(world.routes?.dynos).toHaveLength(2);
      await put(item?.value);
      await world.time.advance(30 * SECOND);
      expect(liveNames()).toEqual(['web.1', 'web.2']);
      expect(world.reports).toHaveLength(1);
    },
  );
});

describe('a deadline', () => {
  test('that has passed lets nothing begin, and the next pass does it all', async () => {
    await world.scale({ web: 3 });
    world.time.forgetNudges();
    await world.manager.lookAt(APP_ID, world.time.nowMs());
    expect(world.runtime.tasks.size).toBe(0);
    expect(await world.dynos()).toEqual([]);
    await world.time.advance(SECOND);
    expect(liveNames()).toEqual(['web.1', 'web.2', 'web.3']);
  });

  test('in the middle of many starts leaves the rest to the next pass', async () => {
    await world.scale({ web: 80 });
    world.time.forgetNudges();
    const { start } = world.runtime;
    world.runtime.start = async (spec) => {
      const started = await start.call(world.runtime, spec);
      // Each start takes time; the clock moves while the pass runs.
      world.time.skip(10);
      return started;
    };
    await world.manager.lookAt(APP_ID, world.time.nowMs() + 100);
    expect(world.runtime.tasks.size).toBe(50);
    await world.time.advance(5 * SECOND);
    expect(world.runtime.live()).toHaveLength(80);
  });
});

test('two hundred starts that an outage held up are all noted, though one is refused then', async () => {
  const { start } = world.runtime;
  world.runtime.start = async () => ({ ok: false, reason: 'no answer', retry: true, unanswered: true });
  await world.scale({ web: 100, worker: 100 }, 'Standard-1X');
  await world.time.advance(10 * SECOND);
  expect(world.runtime.tasks.size).toBe(0);
  const { transact } = world.store;
  const sizes: number[] = [];
  world.store.transact = (writes) => {
    sizes.push(writes.length);
    return transact.call(world.store, writes);
  };
  world.runtime.start = async (spec) =>
    spec.name === 'web.7' ? { ok: false, reason: 'no room', retry: true } : start.call(world.runtime, spec);
  await world.time.advance(MINUTE);
  world.runtime.start = start;
  expect(Math.max(...sizes)).toBeLessThanOrEqual(TRANSACTION_WRITES_MAX);
  const without = (await world.dynos()).filter(({ taskRef }) => taskRef === undefined);
  expect(without.map(({ name }) => name)).toEqual(['web.7']);
});

test('observations of long ago prove no absence', async () => {
  const seen = { complete: true, tasks: [], takenAtMs: 1_000 };
  expect(freshOnly(seen, 61_000).complete).toBe(true);
  expect(freshOnly(seen, 61_001).complete).toBe(false);
  await world.scale({ web: 2 });
  await world.time.advance(SECOND);
  const { observe } = world.runtime;
  world.runtime.observe = async (appId) => ({ ...(await observe.call(world.runtime, appId)), takenAtMs: 0 });
  await world.scale({ web: 3 });
  await world.restart('*');
  await world.time.advance(SECOND);
  expect(liveNames()).toEqual(['web.1', 'web.2', 'web.3']);
  expect(world.routes?.dynos).toHaveLength(3);
  world.runtime.observe = observe;
  await world.scale({ web: 0 });
  await world.time.advance(10 * SECOND);
  expect(liveNames()).toEqual([]);
});
