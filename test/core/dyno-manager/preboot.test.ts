import { World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
  await world.change((app) => ({ ...app, features: { preboot: true } }));
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale({ web: 2, worker: 1 });
  await world.time.advance(SECOND);
});
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

/** `serving v1 v1`: the releases of the dynos that get requests. */
async function serving(): Promise<string> {
  const dynos = await world.dynos();
  const targets = world.routes?.dynos.map(({ dynoId }) => dynos.find(({ id }) => id === dynoId)?.releaseVersion) ?? [];
  return [world.routes?.situation, ...targets.map((version) => `v${version}`)].join(' ');
}
const running = () =>
  world.runtime
    .live()
    .map(({ spec }) => `${spec.name} ${spec.command}`)
    .sort();
const log = (from: number) => world.log('web.1').slice(from);

test('new dynos start at once, old ones serve until the window is over, then all requests go to the new ones', async () => {
  const before = world.log('web.1').length;
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  await world.time.advance(SECOND);
  expect(await serving()).toBe('serving v1 v1');
  expect(running()).toEqual(['web.1 slow-exit', 'web.1 web', 'web.2 slow-exit', 'web.2 web', 'worker.1 worker']);
  await world.time.advance(178 * SECOND);
  expect(await serving()).toBe('serving v1 v1');
  await world.time.advance(SECOND);
  expect(await serving()).toBe('serving v2 v2');
  await world.time.advance(SECOND);
  expect(running()).toEqual(['web.1 slow-exit', 'web.2 slow-exit', 'worker.1 worker']);
  expect(await world.states()).toEqual(['web.1 up v2', 'web.2 up v2', 'worker.1 up v2']);
  expect(log(before)).toEqual([
    'Restarting',
    'State changed from up to starting',
    'Starting process with command `slow-exit`',
    'State changed from starting to up',
    'Stopping all processes with SIGTERM',
    'Process exited with status 143',
  ]);
});

test('no request is ever without a dyno, nor between two generations', async () => {
  const generations = new Set<string>();
  const { publish } = world.platform.routes;
  world.platform.routes.publish = (routes) => {
    publish(routes);
    const programs = new Set(routes.dynos.map(({ dynoId }) => world.recordNow(dynoId)?.releaseVersion));
    generations.add(`${routes.situation} ${[...programs].join('+')}`);
  };
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  await world.time.advance(10 * MINUTE);
  expect([...generations].filter((generation) => generation !== 'serving 1')).toEqual(['serving 2']);
});

test('a restart of all web dynos has its window as well; workers restart as ever', async () => {
  await world.restart('*');
  await world.time.advance(SECOND);
  expect(running()).toEqual(['web.1 web', 'web.1 web', 'web.2 web', 'web.2 web', 'worker.1 worker']);
  await world.time.advance(3 * MINUTE);
  expect(running()).toEqual(['web.1 web', 'web.2 web', 'worker.1 worker']);
});

test('the newest release wins: the one before it is dropped unseen, and its window starts anew', async () => {
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  await world.time.advance(MINUTE);
  await world.deploy({ web: 'deaf-web', worker: 'worker' });
  await world.time.advance(10 * SECOND);
  expect(running()).toEqual(['web.1 deaf-web', 'web.1 web', 'web.2 deaf-web', 'web.2 web', 'worker.1 worker']);
  await world.time.advance(165 * SECOND);
  expect(await serving()).toBe('serving v1 v1');
  await world.time.advance(10 * SECOND);
  expect(await serving()).toBe('serving v3 v3');
});

test('a rollback in the window', async () => {
  await world.deploy({ web: 'never-binds', worker: 'worker' });
  await world.time.advance(MINUTE);
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.time.advance(4 * MINUTE);
  expect(await serving()).toBe('serving v3 v3');
  expect(running()).toEqual(['web.1 web', 'web.2 web', 'worker.1 worker']);
});

test('scaling in the window: up and down concern the new dynos, to 0 all of them', async () => {
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  await world.time.advance(SECOND);
  await world.scale({ web: 3 });
  await world.time.advance(SECOND);
  expect(await serving()).toBe('serving v1 v1');
  await world.scale({ web: 1 });
  await world.time.advance(10 * SECOND);
  expect(await serving()).toBe('serving v1 v1');
  expect(running()).toEqual(['web.1 slow-exit', 'web.1 web', 'web.2 web', 'worker.1 worker']);
  await world.time.advance(3 * MINUTE);
  expect(await serving()).toBe('serving v2');
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.time.advance(SECOND);
  await world.scale({ web: 0 });
  await world.time.advance(10 * SECOND);
  expect(world.routes?.situation).toBe('no-web');
  expect(running()).toEqual(['worker.1 worker']);
});

test('an old dyno that crashes in the window is not started again; with none left the new ones serve', async () => {
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  await world.time.advance(SECOND);
  for (const task of world.runtime.live().filter(({ spec }) => spec.command === 'web')) {
    world.runtime.exitTask(task.taskRef, 1);
  }
  await world.time.advance(SECOND);
  expect(await serving()).toBe('serving v2 v2');
  expect(await world.states()).toEqual(['web.1 up v2', 'web.2 up v2', 'worker.1 up v2']);
});

test('a release after the switch, before the old dynos could be stopped: requests stay where the switch brought them', async () => {
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  await world.time.advance(170 * SECOND);
  // Some tasks cannot be seen: nothing is stopped because of a missing one.
  world.runtime.complete = false;
  await world.time.advance(20 * SECOND);
  expect(await serving()).toBe('serving v2 v2');
  const stillThere = running();
  await world.deploy({ web: 'deaf-web', worker: 'worker' });
  for (let seconds = 0; seconds < 60; seconds += 10) {
    await world.time.advance(10 * SECOND);
    expect(await serving()).toBe('serving v2 v2');
  }
  expect(stillThere).toContain('web.1 web');
  world.runtime.complete = true;
  await world.time.advance(4 * MINUTE);
  expect(await serving()).toBe('serving v3 v3');
});

describe('a release whose new dynos never come up', () => {
  beforeEach(async () => {
    await world.deploy({ web: 'never-binds', worker: 'worker' });
    await world.time.advance(14 * MINUTE);
    expect(await serving()).toBe('serving v1 v1');
    await world.time.advance(MINUTE + SECOND);
  });

  test('is abandoned after 15 minutes, says so, and the old dynos go on', async () => {
    expect(world.log('web')).toEqual([
      'Release v2 abandoned: not all new web dynos were up within 15 minutes. The dynos of v1 keep running.',
    ]);
    expect(await serving()).toBe('serving v1 v1');
    expect(running()).toEqual(['web.1 web', 'web.2 web', 'worker.1 worker']);
    await world.time.advance(40 * 60 * MINUTE);
    expect(await serving()).toBe('serving v1 v1');
    expect(await world.states()).toEqual(['web.1 up v1', 'web.2 up v1', 'worker.1 up v2']);
  });

  test('still scales, and restarts crashed dynos, with the old release', async () => {
    await world.scale({ web: 3 });
    world.runtime.exit('web.1', 1);
    await world.time.advance(SECOND);
    expect(await serving()).toBe('serving v1 v1 v1');
    await world.scale({ web: 0 });
    await world.time.advance(SECOND);
    expect(running()).toEqual(['worker.1 worker']);
  });

  test.each([
    { name: 'the next release', act: () => world.deploy({ web: 'slow-exit', worker: 'worker' }), after: 'v3 v3' },
    { name: 'a restart, which tries it again', act: () => world.restart('web'), after: 'v1 v1' },
  ])('is over with $name', async ({ act, after }) => {
    await act();
    await world.time.advance(4 * MINUTE);
    expect(await serving()).toBe(`serving ${after}`);
    await world.time.advance(12 * MINUTE);
    expect(world.log('web')).toHaveLength(after === 'v1 v1' ? 2 : 1);
  });
});

test('a restart whose new dynos never come up is abandoned too', async () => {
  const { web } = world.programs;
  world.programs.web = {};
  await world.restart('web');
  await world.time.advance(16 * MINUTE);
  expect(world.log('web')).toEqual([
    'Restart abandoned: not all new web dynos were up within 15 minutes. The old ones keep running.',
  ]);
  expect(running()).toEqual(['web.1 web', 'web.2 web', 'worker.1 worker']);
  expect(await serving()).toBe('serving v1 v1');
  if (web !== undefined) world.programs.web = web;
});

test('the platform may be killed and taken over at any time in the window', async () => {
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  for (let seconds = 0; seconds < 190; seconds += 10) {
    await world.time.advance(10 * SECOND);
    world.newManager();
    await world.manager.publishAll();
    expect(await serving()).toBe(seconds + 10 < 180 ? 'serving v1 v1' : 'serving v2 v2');
    await world.manager.recover();
  }
  await world.time.advance(10 * SECOND);
  expect(running()).toEqual(['web.1 slow-exit', 'web.2 slow-exit', 'worker.1 worker']);
});
