import { usedMs } from '../../../core/account/eco-pool.ts';
import { type EcoPool, ecoPoolKey } from '../../../core/records/eco-pool.ts';
import { stored } from '../../stored.ts';
import { APP_ID, World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let world: World;
const running = () =>
  world.runtime
    .live()
    .map(({ spec }) => spec.name)
    .sort();
const used = async () => {
  const pool = (await stored<EcoPool>(world.store, ecoPoolKey('owner')))?.value;
  return Math.round(usedMs(pool, world.time.nowMs()) / MINUTE);
};

async function start(quantities: Readonly<Record<string, number>>, ecoHoursPerMonth?: number): Promise<void> {
  world = new World();
  if (ecoHoursPerMonth !== undefined) Object.assign(world.platform, { ecoHoursPerMonth });
  world.newManager();
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale(quantities, 'Eco');
  await world.time.advance(SECOND);
}
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

/** Requests arrive all the time. */
async function busy(ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 20 * MINUTE) {
    await world.manager.noteRequests([APP_ID]);
    await world.time.advance(Math.min(leftMs, 20 * MINUTE));
  }
}

test('without a limit nothing is counted', async () => {
  await start({ web: 1, worker: 1 });
  await busy(10 * HOUR);
  expect(running()).toEqual(['web.1', 'worker.1']);
  expect(await world.store.get(ecoPoolKey('owner'))).toBeUndefined();
});

test('hours are used while dynos run, and not while they sleep', async () => {
  await start({ web: 1, worker: 1 }, 1_000);
  await busy(2 * HOUR);
  expect(await used()).toBe(240);
  await world.time.advance(31 * MINUTE);
  expect(running()).toEqual([]);
  const slept = await used();
  await world.time.advance(24 * HOUR);
  expect(await used()).toBe(slept);
});

test('time alone writes nothing', async () => {
  await start({ web: 0, worker: 1 }, 1_000);
  await world.time.advance(MINUTE);
  const before = await world.store.get(ecoPoolKey('owner'));
  await world.time.advance(20 * HOUR);
  expect((await world.store.get(ecoPoolKey('owner')))?.version).toBe(before?.version);
  expect(await used()).toBe(20 * 60 + 1);
});

test.each([
  { name: 'an app with a web dyno', quantities: { web: 1, worker: 1 }, hours: 10, after: 5 },
  {
    name: 'one of workers only, which never sleeps otherwise',
    quantities: { web: 0, worker: 1 },
    hours: 10,
    after: 10,
  },
])('used up: all dynos of $name sleep, whatever is asked of them', async ({ quantities, hours, after }) => {
  await start(quantities, hours);
  const names = running();
  const before = world.log(names[0] ?? '').length;
  await busy(after * HOUR - MINUTE);
  expect(running()).toEqual(names);
  await busy(2 * MINUTE);
  expect(running()).toEqual([]);
  expect((await world.dynos()).every(({ state }) => state === 'idle')).toBe(true);
  expect(world.log(names[0] ?? '').slice(before, before + 4)).toEqual([
    'Idling',
    'State changed from up to down',
    'Stopping all processes with SIGTERM',
    'Process exited with status 143',
  ]);
  expect(world.routes?.situation).toBe(quantities.web === 0 ? 'no-web' : 'exhausted');
  const tasks = world.runtime.tasks.size;
  await world.manager.wake(APP_ID);
  await world.restart('*');
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.time.advance(HOUR);
  expect(running()).toEqual([]);
  expect(world.runtime.tasks.size).toBe(tasks);
  expect(await used()).toBe(hours * 60);
});

test('scaled up when they are used up, new dynos sleep as well; another size is what helps', async () => {
  await start({ web: 1, worker: 0 }, 1);
  await busy(2 * HOUR);
  await world.scale({ worker: 1 });
  await world.time.advance(MINUTE);
  expect(await world.states()).toEqual(['web.1 idle v1', 'worker.1 idle v1']);
  await world.scale({}, 'Basic');
  await world.time.advance(MINUTE);
  expect(running()).toEqual(['web.1', 'worker.1']);
  expect(world.routes?.situation).toBe('serving');
});

test('used up by a one-off of an app that is Eco no more: there is nothing to look at all the time', async () => {
  await start({ web: 1, worker: 0 }, 1);
  await world.run('worker', { size: 'Eco' });
  await world.scale({}, 'Basic');
  await world.time.advance(2 * HOUR);
  const looks = world.time.looks;
  await world.time.advance(HOUR);
  expect(world.time.looks - looks).toBeLessThanOrEqual(10);
  expect(running()).toHaveLength(2);
});

test('with the month they begin anew: workers run, and a web dyno wakes with the next request', async () => {
  await start({ web: 0, worker: 1 }, 10);
  await world.time.advance(11 * HOUR);
  expect(running()).toEqual([]);
  await world.time.advance(Date.UTC(2026, 1, 1) - world.time.nowMs() - MINUTE);
  expect(running()).toEqual([]);
  await world.time.advance(2 * MINUTE);
  expect(running()).toEqual(['worker.1']);
});

test.each([1, 7, 14])(
  'the moment the month begins, whenever looks come otherwise (%i minutes beside)',
  async (minutes) => {
    world = new World();
    Object.assign(world.platform, { ecoHoursPerMonth: 2 });
    world.newManager();
    await world.createApp();
    await world.deploy({ web: 'web', worker: 'worker' });
    await world.scale({ web: 0, worker: 1 }, 'Eco');
    await world.time.advance(3 * HOUR + minutes * MINUTE + 11 * SECOND);
    await world.restart('*');
    const monthMs = Date.UTC(2026, 1, 1);
    await world.time.advance(monthMs - world.time.nowMs() - SECOND);
    expect(running()).toEqual([]);
    await world.time.advance(2 * SECOND);
    expect(running()).toEqual(['worker.1']);
    expect(world.routes?.situation).toBe('no-web');
  },
);

test('a web dyno wakes in the new month with the next request', async () => {
  await start({ web: 1, worker: 0 }, 2);
  await busy(2 * HOUR);
  await world.time.advance(Date.UTC(2026, 1, 1) - world.time.nowMs() + MINUTE);
  expect(running()).toEqual([]);
  expect(world.routes?.situation).toBe('asleep');
  await world.manager.wake(APP_ID);
  await world.time.advance(SECOND);
  expect(running()).toEqual(['web.1']);
});

test("they are the owner's: what other apps used counts", async () => {
  await start({ web: 0, worker: 1 }, 10);
  const key = ecoPoolKey('owner');
  const item = await stored<EcoPool>(world.store, key);
  const value = { ...item?.value, settledMs: { another: 9 * HOUR } };
  await world.store.transact([{ kind: 'put', key, value, expect: 'any' }]);
  await world.time.advance(HOUR + 15 * MINUTE);
  expect(running()).toEqual([]);
});

test('a deleted app leaves nothing that goes on counting', async () => {
  await start({ web: 1, worker: 1 }, 1_000);
  await busy(HOUR);
  await world.remove();
  await world.time.advance(MINUTE);
  const counted = await used();
  expect(counted).toBe(120);
  await world.time.advance(10 * HOUR);
  expect(await used()).toBe(counted);
});
