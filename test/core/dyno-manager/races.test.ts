import { type App, appKey, type ManagerMark, managerKey } from '../../../core/records/app.ts';
import { type Dyno, dynoKey } from '../../../core/records/dyno.ts';
import { stored } from '../../stored.ts';
import { APP_ID, World } from './world.ts';

const SECOND = 1_000;
let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
});
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

test('two managers that look at the same time do everything once', async () => {
  const other = world.anotherManager();
  world.time.handleByAll([(appId) => world.manager.lookAt(appId), (appId) => other.lookAt(appId)]);
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale({ web: 3, worker: 1 });
  await world.time.advance(SECOND);
  await world.restart('*');
  await world.deploy({ web: 'slow-exit', worker: 'worker', release: 'release-good' });
  await world.time.advance(10 * SECOND);
  await world.scale({ web: 1 });
  await world.time.advance(10 * SECOND);
  expect(await world.states()).toEqual(['web.1 up v2', 'worker.1 up v2']);
  expect(world.completions).toEqual(['v2 succeeded']);
  expect(world.runtime.live()).toHaveLength(2);
  const created = world.lines.filter(({ message }) => message === 'State changed from created to starting');
  expect(created.map(({ process }) => process)).toEqual(['web.1', 'web.2', 'web.3', 'worker.1']);
  expect(world.time.failures).toEqual([]);
});

test('a dyno whose start is under way in one manager is not lost to the other', async () => {
  await world.deploy({ web: 'web' });
  await world.time.advance(SECOND);
  await world.scale({ web: 1 });
  world.time.forgetNudges();
  const other = world.anotherManager();
  const { start, observe } = world.runtime;
  let startIsAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    startIsAsked = resolve;
  });
  let letStart: () => void = () => undefined;
  const allowed = new Promise<void>((resolve) => {
    letStart = resolve;
  });
  world.runtime.start = async (spec) => {
    startIsAsked();
    await allowed;
    return start.call(world.runtime, spec);
  };
  const first = world.manager.lookAt(APP_ID);
  await asked;
  world.runtime.observe = async (appId) => {
    const seen = await observe.call(world.runtime, appId);
    letStart();
    await first;
    return seen;
  };
  await other.lookAt(APP_ID);
  world.runtime.observe = observe;
  await world.time.advance(SECOND);
  expect(world.runtime.tasks.size).toBe(1);
  expect(await world.states()).toEqual(['web.1 up v1']);
});

test('what another manager has told the routers meanwhile, this one takes back when the app is as it was', async () => {
  await world.deploy({ web: 'web' });
  await world.scale({ web: 1 });
  await world.time.advance(SECOND);
  const other = world.anotherManager();
  for (const maintenance of [true, false, true, false]) {
    await world.change((app) => ({ ...app, maintenance }));
    world.time.forgetNudges();
    await (maintenance ? other : world.manager).lookAt(APP_ID);
    expect(world.routes?.maintenance).toBe(maintenance);
  }
});

test('a change during a pass makes that pass stale, and is not missed', async () => {
  await world.deploy({ web: 'web' });
  await world.scale({ web: 5 });
  const { observe } = world.runtime;
  world.runtime.observe = async (appId) => {
    world.runtime.observe = observe;
    const seen = await observe.call(world.runtime, appId);
    await world.scale({ web: 1 });
    return seen;
  };
  await world.time.advance(SECOND);
  expect(await world.states()).toEqual(['web.1 up v1']);
  expect(world.runtime.tasks.size).toBe(1);
});

test('an app that was changed without a mark makes a pass stale as well', async () => {
  await world.deploy({ web: 'web' });
  await world.scale({ web: 5 });
  const { observe } = world.runtime;
  world.runtime.observe = async (appId) => {
    world.runtime.observe = observe;
    const seen = await observe.call(world.runtime, appId);
    const item = await stored<App>(world.store, appKey(APP_ID));
    const value = { ...(await world.app()), formation: [] };
    await world.store.transact([{ kind: 'put', key: appKey(APP_ID), value, expect: item?.version ?? 'any' }]);
    return seen;
  };
  await world.time.advance(SECOND);
  expect(world.runtime.tasks.size).toBe(0);
});

test('a start whose answer lost a race for its record is looked at again at once', async () => {
  await world.deploy({ web: 'web' });
  await world.time.advance(SECOND);
  // The runtime does not report the new task either.
  world.runtime.losesEvents = true;
  const { start } = world.runtime;
  world.runtime.start = async (spec) => {
    const accepted = await start.call(world.runtime, spec);
    const item = await stored<Dyno>(world.store, dynoKey(APP_ID, spec.dynoId));
    if (item === undefined) throw new Error('no record');
    await world.store.transact([{ kind: 'put', key: item, value: item.value, expect: item.version }]);
    return accepted;
  };
  await world.change((app) => ({ ...app, formation: app.formation.map((entry) => ({ ...entry, quantity: 2 })) }));
  world.time.forgetNudges();
  await world.manager.lookAt(APP_ID);
  expect((await world.dynos()).find(({ name }) => name === 'web.2')).not.toHaveProperty('taskRef');
  world.runtime.start = start;
  await world.time.advance(0);
  expect((await world.dynos()).find(({ name }) => name === 'web.2')).toHaveProperty('taskRef');
  expect(world.runtime.live().filter(({ spec }) => spec.name === 'web.2')).toHaveLength(1);
});

test('a change that asks nothing of the dynos leaves no app to look at', async () => {
  await world.time.advance(SECOND);
  await world.restart('nothing');
  await world.time.advance(SECOND);
  expect((await stored<ManagerMark>(world.store, managerKey(APP_ID)))?.value.dirty).toBe(false);
  const overdue = await world.store.due('manager', world.time.nowMs(), 10);
  expect(overdue).toEqual([]);
});

describe('a stop', () => {
  beforeEach(async () => {
    await world.deploy({ worker: 'worker' });
    await world.scale({ worker: 1 });
    await world.time.advance(SECOND);
  });

  test('that failed is sent again at the next look', async () => {
    const { stop } = world.runtime;
    world.runtime.stop = async () => {
      world.runtime.stop = stop;
      throw new Error('throttled');
    };
    await world.scale({ worker: 0 });
    await world.time.advance(SECOND);
    expect(world.runtime.live()).toEqual([]);
    expect(world.log('worker.1').filter((message) => message.startsWith('Stopping'))).toHaveLength(1);
  });

  test('that had no effect is sent again, and kills', async () => {
    const graces: number[] = [];
    const { stop } = world.runtime;
    world.runtime.stop = async (taskRef, graceSeconds) => {
      graces.push(graceSeconds);
      if (graces.length > 1) await stop.call(world.runtime, taskRef, graceSeconds);
    };
    await world.scale({ worker: 0 });
    await world.time.advance(40 * SECOND);
    expect(graces).toEqual([30, 0]);
    expect(world.runtime.live()).toEqual([]);
    expect(await world.dynos()).toEqual([]);
  });

  test('is sent once, however often the app is looked at, and once more by a new platform process', async () => {
    await world.deploy({ worker: 'deaf' });
    await world.time.advance(SECOND);
    const graces: number[] = [];
    const { stop } = world.runtime;
    world.runtime.stop = async (taskRef, graceSeconds) => {
      graces.push(graceSeconds);
      await stop.call(world.runtime, taskRef, graceSeconds);
    };
    await world.scale({ worker: 0 });
    await world.time.advance(5 * SECOND);
    await world.manager.lookAt(APP_ID);
    await world.manager.lookAt(APP_ID);
    world.newManager();
    await world.manager.lookAt(APP_ID);
    expect(graces).toEqual([30, 25]);
  });
});
