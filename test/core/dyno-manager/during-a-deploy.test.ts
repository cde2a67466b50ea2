import { World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
});
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

/** Name, release and size of each running dyno. */
const running = async () =>
  (await world.dynos())
    .filter(({ state }) => state === 'up')
    .map(({ name, releaseVersion, size }) => `${name} v${releaseVersion} ${size}`)
    .sort();

interface Deploy {
  readonly name: string;
  readonly size: string;
  readonly larger: string;
  readonly preboot: boolean;
  /** Old web dynos keep running until new ones are proven. */
  readonly serves: boolean;
}

const DEPLOYS: readonly Deploy[] = [
  { name: 'a plain deploy', size: 'Standard-1X', larger: 'Standard-2X', preboot: false, serves: false },
  { name: 'a preboot window', size: 'Standard-1X', larger: 'Performance-M', preboot: true, serves: true },
  { name: 'a rolling deploy', size: 'Private-S', larger: 'Private-M', preboot: false, serves: true },
];

const CASES = DEPLOYS.flatMap((deploy) =>
  [0, 50, 5_000].map((afterMs) => ({ ...deploy, afterMs, title: `${afterMs} ms into ${deploy.name}` })),
);

test.each(CASES)('a size change $title: the new release in the new size, nothing lost', async (deploy) => {
  const { size, larger, preboot, serves, afterMs } = deploy;
  await world.change((app) => ({ ...app, features: { preboot } }));
  await world.scale({ web: 3, worker: 1 }, size);
  await world.time.advance(10 * MINUTE);
  let fewest = 3;
  const { publish } = world.platform.routes;
  world.platform.routes.publish = (routes) => {
    publish(routes);
    fewest = Math.min(fewest, routes.dynos.length);
  };
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  await world.time.advance(afterMs);
  await world.scale({}, larger);
  await world.time.advance(10 * MINUTE);
  expect(await running()).toEqual([
    `web.1 v2 ${larger}`,
    `web.2 v2 ${larger}`,
    `web.3 v2 ${larger}`,
    `worker.1 v2 ${larger}`,
  ]);
  expect(world.runtime.live()).toHaveLength(4);
  expect(world.routes?.dynos).toHaveLength(3);
  if (serves) expect(fewest).toBe(3);
});

test('a resize to a size with another kind of deploy in the middle of one ends as that', async () => {
  await world.change((app) => ({ ...app, features: { preboot: true } }));
  await world.scale({ web: 2 }, 'Standard-1X');
  await world.time.advance(MINUTE);
  await world.deploy({ web: 'slow-exit', worker: 'worker' });
  await world.time.advance(MINUTE);
  await world.change((app) => ({
    ...app,
    formation: app.formation.map((entry) => ({ ...entry, size: 'Basic', quantity: entry.type === 'web' ? 1 : 0 })),
  }));
  await world.time.advance(10 * MINUTE);
  expect(await running()).toEqual(['web.1 v2 Basic']);
  expect(world.runtime.live()).toHaveLength(1);
});

const SIZES = ['Standard-1X', 'Standard-2X', 'Performance-M'];

test.each(SIZES.flatMap((web) => SIZES.map((worker) => ({ web, worker }))))(
  'each type runs in its own size: web in $web, worker in $worker, also after a deploy',
  async (sizes: Readonly<Record<string, string>>) => {
    await world.change((app) => ({
      ...app,
      formation: app.formation.map((entry) => ({ ...entry, quantity: 2, size: sizes[entry.type] ?? entry.size })),
    }));
    for (const version of ['v1', 'v2']) {
      await world.time.advance(MINUTE);
      expect(await running()).toEqual(
        ['web.1', 'web.2', 'worker.1', 'worker.2'].map(
          (name) => `${name} ${version} ${sizes[name.split('.')[0] ?? '']}`,
        ),
      );
      await world.deploy({ web: 'web', worker: 'worker' });
    }
  },
);
