import { deploy, outputOf } from '../../api/deploy.ts';
import type { Program } from '../dyno-manager/virtual-runtime.ts';
import { ReleaseWorld } from './release-world.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

let world: ReleaseWorld;
afterEach(() => world.fixture.close());

/** The name of the dyno that runs the release command. */
const releaseDyno = () => world.runtime.live().find(({ spec }) => spec.type === 'release')?.spec.name ?? 'none';

interface End {
  readonly name: string;
  readonly program?: Program;
  /** What happens while the command runs. */
  readonly act?: () => unknown;
  readonly afterMs?: number;
  readonly succeeds: boolean;
}

const GOOD: Program = { exitsAfterMs: 10 * SECOND, exitStatus: 0 };

test.each<End>([
  { name: 'exits with 0', program: GOOD, succeeds: true },
  { name: 'exits with 1', program: { exitsAfterMs: 10 * SECOND, exitStatus: 1 }, succeeds: false },
  { name: 'exits with 2', program: { exitsAfterMs: 10 * SECOND, exitStatus: 2 }, succeeds: false },
  { name: 'is killed by a signal', act: () => world.runtime.exit(releaseDyno(), 137), succeeds: false },
  {
    name: 'is stopped by its user, although it then exits with 0',
    act: async () => {
      const { name } = world.runtime.named(releaseDyno()).spec;
      await world.call('POST', `/apps/shop/dynos/${name}/actions/stop`);
      await world.time.advance(1);
      world.runtime.exit(name, 0);
    },
    succeeds: false,
  },
  { name: 'runs for an hour', afterMs: HOUR + 60 * SECOND, succeeds: false },
  // The event of its end is lost too: a pass a quarter of an hour later finds it.
  {
    name: 'is lost with its machine',
    act: () => world.runtime.vanish(),
    afterMs: 16 * 60 * SECOND,
    succeeds: false,
  },
  {
    name: 'outlives a restart of the platform',
    program: GOOD,
    act: () => world.restartPlatform(),
    succeeds: true,
  },
  {
    name: 'ends while the platform is down',
    act: async () => {
      world.runtime.forgetListeners();
      world.time.forgetNudges();
      world.runtime.exit(releaseDyno(), 0);
      await world.restartPlatform();
    },
    succeeds: true,
  },
  {
    name: 'succeeds, and the end of its output breaks at first',
    program: GOOD,
    act: () => world.breakNextEnd(),
    succeeds: true,
  },
  {
    name: 'fails, and the end of its output breaks at first',
    program: { exitsAfterMs: 10 * SECOND, exitStatus: 1 },
    act: () => world.breakNextEnd(),
    succeeds: false,
  },
])('a release command that $name: its output ends, its release is final', async (end) => {
  const { program = {}, act, afterMs = 120 * SECOND, succeeds } = end;
  world = await ReleaseWorld.open(program);
  await world.begin();
  expect(await world.releases()).toBe('v3 pending, current v2, pending 3');
  await act?.();
  await world.time.advance(afterMs);
  expect(await outputOf(world.fixture, world.streamId)).toBe('migrating\n');
  const final = succeeds ? 'v3 succeeded, current v3, pending none' : 'v3 failed, current v2, pending none';
  expect(await world.releases()).toBe(final);
  // Nothing comes later: neither another run of the command nor another outcome.
  await world.restartPlatform();
  await world.time.advance(2 * HOUR);
  expect(await world.releases()).toBe(final);
  expect([...world.runtime.tasks.values()].filter(({ spec }) => spec.type === 'release').length).toBeLessThan(2);
  expect(releaseDyno()).toBe('none');
});

test('every release that ends with a release phase is told of: the one that ran it, and those that waited', async () => {
  world = await ReleaseWorld.open({ exitsAfterMs: 10 * SECOND, exitStatus: 1 });
  await world.begin();
  // Code without a release command: its release waits for its turn, and ends with the one before.
  await deploy(world.fixture, world.me, 'shop', { processTypes: { web: 'serve' } });
  world.fixture.events.length = 0;
  await world.time.advance(120 * SECOND);
  const told = world.fixture.events.flatMap(({ entity, action, data }) =>
    entity === 'api:release' ? [`${action} v${data.version} ${data.status}`] : [],
  );
  expect(told).toEqual(['update v3 failed', 'update v4 succeeded']);
});

test('a release command that can never be started: its output ends, its release has failed', async () => {
  world = await ReleaseWorld.open({});
  const { outputs } = world.fixture.platform;
  world.runtime.fault = (call) => {
    if (call !== 'start') return undefined;
    outputs.append(world.streamId, 'no image\n');
    return { ok: false, reason: 'the image is gone', retry: false };
  };
  await world.build();
  await world.time.advance(60 * SECOND);
  expect(await outputOf(world.fixture, world.streamId)).toBe('no image\n');
  expect(await world.releases()).toBe('v3 failed, current v2, pending none');
});

test('an app that is deleted while its release command runs: the command is stopped, and readers are let go', async () => {
  world = await ReleaseWorld.open({});
  await world.begin();
  const reading = outputOf(world.fixture, world.streamId);
  expect((await world.call('DELETE', '/apps/shop')).status).toBe(200);
  await world.time.advance(120 * SECOND);
  await reading;
  expect(world.runtime.live()).toEqual([]);
  expect(await world.fixture.platform.store.list({ partition: `app#${world.appId}`, prefix: '' })).toEqual([]);
  expect(world.fixture.platform.outputs.read(world.streamId, 0, AbortSignal.abort())).toBeUndefined();
});
