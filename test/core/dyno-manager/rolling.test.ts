import { World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale({ web: 6, worker: 3 }, 'Private-S');
  await world.time.advance(SECOND);
});
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

const count = (states: readonly string[], pattern: RegExp) => states.filter((state) => pattern.test(state)).length;

test.each(['Private-S', 'Shield-M', 'dyno-1c-0.5gb'])(
  '%s: a quarter, rounded up, at a time, and all keep serving',
  async (size) => {
    await world.scale({}, size);
    await world.time.advance(MINUTE);
    const most = { web: 0, worker: 0 };
    let fewest = 6;
    const { start } = world.runtime;
    world.runtime.start = async (spec) => {
      const started = await start.call(world.runtime, spec);
      const tasks = world.runtime.live().map(({ spec: { type } }) => type);
      most.web = Math.max(most.web, tasks.filter((type) => type === 'web').length - 6);
      most.worker = Math.max(most.worker, tasks.filter((type) => type === 'worker').length - 3);
      return started;
    };
    const { publish } = world.platform.routes;
    world.platform.routes.publish = (routes) => {
      publish(routes);
      fewest = Math.min(fewest, routes.dynos.length);
    };
    await world.deploy({ web: 'web', worker: 'worker' });
    await world.time.advance(MINUTE);
    const states = await world.states();
    expect(count(states, /^web\.\d up v2$/)).toBe(6);
    expect(count(states, /^worker\.\d up v2$/)).toBe(3);
    expect(await world.dynos()).toHaveLength(9);
    expect(most).toEqual({ web: 2, worker: 1 });
    expect(fewest).toBe(6);
  },
);

test('a release whose first quarter never comes up is abandoned, and the rest was never touched', async () => {
  const before = new Set((await world.dynos()).filter(({ type }) => type === 'web').map(({ id }) => id));
  await world.deploy({ web: 'never-binds', worker: 'worker' });
  await world.time.advance(16 * MINUTE);
  const webs = (await world.dynos()).filter(({ type }) => type === 'web');
  expect(webs.map(({ id }) => id).every((id) => before.has(id))).toBe(true);
  expect(webs).toHaveLength(6);
  expect(world.routes?.dynos).toHaveLength(6);
  expect(world.log('web')).toEqual([
    'Release v2 abandoned: not all new web dynos were up within 15 minutes. The dynos of v1 keep running.',
  ]);
  expect(count(await world.states(), /^worker\.\d up v2$/)).toBe(3);
});

test('one that fails half-way rolls back to one generation', async () => {
  world.programs.fragile = { listensAfterMs: 20_000 };
  await world.deploy({ web: 'fragile', worker: 'worker' });
  await world.time.advance(25 * SECOND);
  expect(count(await world.states(), /^web\.\d up v2$/)).toBe(2);
  world.programs.fragile = {};
  await world.time.advance(30 * MINUTE);
  expect(count(await world.states(), /^web\.\d up v1$/)).toBe(6);
  expect(world.routes?.dynos).toHaveLength(6);
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.time.advance(MINUTE);
  expect(count(await world.states(), /^web\.\d up v3$/)).toBe(6);
});

test('where there is no room for a second dyno the old one makes some', async () => {
  const { start } = world.runtime;
  world.runtime.start = async (spec) => {
    const full = world.runtime.live().filter(({ spec: { type } }) => type === 'web').length >= 6 && spec.type === 'web';
    return full ? { ok: false, reason: 'no room', retry: true } : start.call(world.runtime, spec);
  };
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.time.advance(5 * MINUTE);
  expect(count(await world.states(), /^web\.\d up v2$/)).toBe(6);
});

test('a deploy during a deploy', async () => {
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  await world.time.advance(150);
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.time.advance(MINUTE);
  expect(count(await world.states(), /up v3$/)).toBe(9);
  expect(world.runtime.live()).toHaveLength(9);
});

test('one that overtakes another half-way: what either of them left serving goes on until its place is taken', async () => {
  world.programs.steady = { listensAfterMs: 20_000 };
  await world.deploy({ web: 'steady', worker: 'worker' });
  // They restart with the new release, and the oldest have the lowest numbers.
  for (const name of ['web.5', 'web.6']) world.runtime.exit(name, 1);
  await world.time.advance(25 * SECOND);
  const half = await world.states();
  expect(half).toEqual(expect.arrayContaining(['web.3 up v1', 'web.5 up v2', 'web.6 up v2']));
  let fewest = 6;
  const { publish } = world.platform.routes;
  world.platform.routes.publish = (routes) => {
    publish(routes);
    fewest = Math.min(fewest, routes.dynos.length);
  };
  await world.deploy({ web: 'steady', worker: 'worker' });
  await world.time.advance(5 * MINUTE);
  expect(count(await world.states(), /^web\.\d up v3$/)).toBe(6);
  expect(fewest).toBe(6);
});
