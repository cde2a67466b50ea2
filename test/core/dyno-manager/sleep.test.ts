import { app, dyno, NOW_MS, planned } from './records.ts';
import { APP_ID, World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let world: World;
const running = () =>
  world.runtime
    .live()
    .map(({ spec }) => spec.name)
    .sort();
const start = async (quantities: Readonly<Record<string, number>>) => {
  world = new World();
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale(quantities, 'Eco');
  await world.time.advance(SECOND);
};
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

test('an Eco app sleeps after 30 minutes without a request, its worker too', async () => {
  await start({ web: 1, worker: 1 });
  const before = world.log('web.1').length;
  await world.time.advance(29 * MINUTE + 58 * SECOND);
  expect(running()).toEqual(['web.1', 'worker.1']);
  expect(world.routes).toMatchObject({ situation: 'serving', sleeps: true });
  await world.time.advance(MINUTE);
  expect(running()).toEqual([]);
  expect(await world.states()).toEqual(['web.1 idle v1', 'worker.1 idle v1']);
  expect(world.routes?.situation).toBe('asleep');
  expect(world.log('web.1').slice(before)).toEqual([
    'Idling',
    'State changed from up to down',
    'Stopping all processes with SIGTERM',
    'Process exited with status 143',
  ]);
  await world.time.advance(48 * 60 * MINUTE);
  expect(running()).toEqual([]);
});

test('a request wakes it, with all its dynos', async () => {
  await start({ web: 1, worker: 1 });
  await world.time.advance(31 * MINUTE);
  const before = world.log('web.1').length;
  await world.manager.wake(APP_ID);
  await world.time.advance(SECOND);
  expect(world.routes?.situation).toBe('serving');
  expect(running()).toEqual(['web.1', 'worker.1']);
  expect(world.log('web.1').slice(before)).toEqual([
    'Unidling',
    'State changed from down to starting',
    'Starting process with command `web`',
    'State changed from starting to up',
  ]);
  expect(await world.dynos()).toMatchObject([{ startedBecause: 'wake' }, { startedBecause: 'wake' }]);
  await world.time.advance(31 * MINUTE);
  expect(running()).toEqual([]);
});

test('requests keep it awake, also over a restart of the platform', async () => {
  await start({ web: 1, worker: 0 });
  for (let minutes = 0; minutes < 120; minutes += 20) {
    await world.time.advance(20 * MINUTE);
    await world.manager.noteRequests([APP_ID]);
    world.newManager();
    await world.manager.recover();
  }
  expect(running()).toEqual(['web.1']);
});

test('a request that came just before it fell asleep and is told just after wakes it', async () => {
  await start({ web: 1, worker: 0 });
  await world.time.advance(30 * MINUTE + SECOND);
  expect(world.routes?.situation).toBe('asleep');
  await world.manager.noteRequests([APP_ID]);
  await world.manager.lookAt(APP_ID);
  await world.time.advance(SECOND);
  expect(world.routes?.situation).toBe('serving');
});

test.each([
  {
    name: 'a release',
    act: () => world.deploy({ web: 'web', worker: 'worker' }),
    states: ['web.1 up v2', 'worker.1 up v2'],
  },
  { name: 'a restart', act: () => world.restart('*'), states: ['web.1 up v1', 'worker.1 up v1'] },
  { name: 'a restart of its web dyno', act: () => world.restart('web'), states: ['web.1 up v1', 'worker.1 up v1'] },
  { name: 'a resize', act: () => world.scale({}, 'Basic'), states: ['web.1 up v1', 'worker.1 up v1'] },
])('$name wakes it as well', async ({ act, states }) => {
  await start({ web: 1, worker: 1 });
  await world.time.advance(31 * MINUTE);
  await act();
  await world.time.advance(SECOND);
  expect(await world.states()).toEqual(states);
});

test('scaled to 0 while it sleeps it is gone; scaled up it goes on sleeping', async () => {
  await start({ web: 1, worker: 0 });
  await world.time.advance(31 * MINUTE);
  await world.scale({ worker: 1 });
  await world.time.advance(SECOND);
  expect(await world.states()).toEqual(['web.1 idle v1', 'worker.1 idle v1']);
  await world.scale({ web: 0, worker: 0 });
  await world.time.advance(SECOND);
  expect(await world.dynos()).toEqual([]);
  expect(world.routes?.situation).toBe('no-web');
});

test.each([
  { name: 'before its worker was added to what sleeps: none of them wakes', minutesAgo: 20, plan: [] },
  {
    name: 'since then: all of them wake',
    minutesAgo: 2,
    plan: [
      'remove web.1',
      'new web.1 starting',
      'remove worker.1',
      'new worker.1 starting',
      'start web.1',
      'start worker.1',
    ],
  },
])('the last request came $name', ({ minutesAgo, plan }) => {
  const eco = app({ web: 1, worker: 1 });
  const formation = eco.formation.map((entry) => ({ ...entry, size: 'Eco' }));
  const asleep = (name: string, minutes: number) => ({
    dyno: dyno(name, { size: 'Eco', state: 'idle', stateChangedAtMs: NOW_MS - minutes * MINUTE }),
  });
  const known = [asleep('web.1', 60), asleep('worker.1', 10)];
  const lastRequestAtMs = NOW_MS - minutesAgo * MINUTE;
  expect(planned({ app: { ...eco, formation }, known, lastRequestAtMs })).toEqual(plan);
});

test.each([
  { name: 'of workers only', quantities: { web: 0, worker: 1 }, size: 'Eco' },
  { name: 'of another size', quantities: { web: 1, worker: 0 }, size: 'Basic' },
])('an app $name never sleeps', async ({ quantities, size }) => {
  await start(quantities);
  await world.scale({}, size);
  await world.time.advance(5 * 60 * MINUTE);
  expect(running()).toHaveLength(1);
});

test('a crashed worker sleeps too, and is started when it wakes', async () => {
  await start({ web: 1, worker: 1 });
  world.programs.worker = { exitsAfterMs: 1_000, exitStatus: 1 };
  world.runtime.exit('worker.1', 1);
  await world.time.advance(31 * MINUTE);
  expect(await world.states()).toEqual(['web.1 idle v1', 'worker.1 idle v1']);
  world.programs.worker = {};
  await world.manager.wake(APP_ID);
  await world.time.advance(SECOND);
  expect(await world.states()).toEqual(['web.1 up v1', 'worker.1 up v1']);
});
