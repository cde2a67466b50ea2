import { AwsError } from '../../adapters/aws/aws-server.ts';
import { SETTINGS } from '../../adapters/aws/ecs-runtime/runtime-bench.ts';
import { stored } from '../../stored.ts';
import { FaultWorld } from './fault-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let world: FaultWorld;
let appId: string;
beforeEach(async () => {
  world = await FaultWorld.open();
  appId = await world.createApp('shop');
  await world.advance(SECOND);
});
afterEach(() => world.close());

const dynosOf = (tasks: FaultWorld['tasks']) => new Set(tasks.map(({ clientToken }) => clientToken));
const isDue = async () =>
  (await world.fixture.platform.store.due('manager', world.fixture.clock.nowMs(), 10)).length > 0;

describe('a function whose time is over in the middle of a pass', () => {
  test('begins nothing more, leaves the app due, has it looked at again, and another instance does the rest', async () => {
    await world.scale('shop', 80);
    world.loseMessages();
    world.onRun = () => world.fixture.clock.advance(SECOND);
    expect(await world.deliver([appId], 10_000)).toEqual({ batchItemFailures: [] });
    expect(world.tasks).toHaveLength(50);
    expect(await isDue()).toBe(true);
    expect(world.waiting).toContainEqual({ appId, atMs: world.fixture.clock.nowMs() });
    world.onRun = () => undefined;
    world.newFunction();
    await world.advance(MINUTE);
    expect(await world.dynos(appId)).toHaveLength(80);
    expect(world.tasks).toHaveLength(80);
    expect(dynosOf(world.tasks).size).toBe(80);
  });

  test('does nothing at all when there is none left', async () => {
    await world.scale('shop', 3);
    world.loseMessages();
    await world.deliver([appId], 0);
    expect(world.tasks).toEqual([]);
    expect(await isDue()).toBe(true);
    expect(world.waiting).toHaveLength(1);
    await world.advance(MINUTE);
    expect(world.tasks).toHaveLength(3);
  });

  test('and that is killed before ECS has answered starts nothing twice when its message comes again', async () => {
    await world.scale('shop', 5);
    world.loseMessages();
    let answers = 0;
    world.onRun = () => {
      answers += 1;
      if (answers <= 3) throw new AwsError('ServerException', 'the answer is lost', {}, 500);
    };
    const { batchItemFailures } = await world.deliver([appId]);
    expect(batchItemFailures).toHaveLength(1);
    expect(world.tasks).toHaveLength(5);
    world.newFunction();
    await world.advance(MINUTE);
    expect(world.tasks).toHaveLength(5);
    const dynos = await world.dynos(appId);
    expect(dynos.map(({ state, attempt }) => ({ state, attempt }))).toEqual(
      Array.from({ length: 5 }, () => ({ state: 'up', attempt: 1 })),
    );
  });
});

test.each(['ThrottlingException', 'ClientException', 'AccessDeniedException'])(
  'a start whose answer was lost, and whose repeats meet %s, is not made a second one',
  async (name) => {
    await world.scale('shop', 1);
    world.onRun = () => {
      world.onRun = () => undefined;
      world.fault = (operation) =>
        operation === 'RunTask' ? new AwsError(name, 'Rate exceeded: Tasks provisioning') : undefined;
      throw new AwsError('ServerException', 'the answer is lost', {}, 500);
    };
    await world.advance(5 * MINUTE);
    world.fault = () => undefined;
    await world.advance(5 * MINUTE);
    expect(world.tasks).toHaveLength(1);
    expect(await world.dynos(appId)).toMatchObject([{ state: 'up', attempt: 1 }]);
  },
);

describe('messages out of a dead-letter queue, hours later', () => {
  test('change nothing of an app that has gone on', async () => {
    await world.scale('shop', 2);
    await world.advance(MINUTE);
    await world.scale('shop', 3);
    await world.advance(6 * HOUR);
    const before = await world.dynos(appId);
    world.aws.calls.length = 0;
    world.newFunction();
    expect(await world.deliver([appId, appId, appId])).toEqual({ batchItemFailures: [] });
    await world.advance(MINUTE);
    expect(world.aws.inputs('RunTask')).toEqual([]);
    expect(world.aws.inputs('StopTask')).toEqual([]);
    expect(await world.dynos(appId)).toEqual(before);
  });

  test('of an app that is gone do nothing', async () => {
    const gone = '99999999-0000-4000-8000-000000000001';
    expect(await world.deliver([gone])).toEqual({ batchItemFailures: [] });
    expect(world.aws.calls).toEqual([]);
    expect(world.problems).toEqual([]);
  });
});

test('while ECS throttles every call for minutes nothing is lost, started twice or counted as a crash', async () => {
  await world.scale('shop', 3);
  await world.advance(MINUTE);
  const ECS = ['RunTask', 'StopTask', 'DescribeTasks', 'RegisterTaskDefinition', 'DescribeContainerInstances'];
  world.fault = (operation) =>
    ECS.includes(operation) ? new AwsError('ThrottlingException', 'Rate exceeded') : undefined;
  await world.scale('shop', 5);
  await world.advance(5 * MINUTE);
  expect(world.tasks).toHaveLength(3);
  expect((await world.dynos(appId)).filter(({ state }) => state === 'up')).toHaveLength(3);
  world.fault = () => undefined;
  await world.advance(6 * MINUTE);
  expect(world.tasks).toHaveLength(5);
  expect((await world.dynos(appId)).map(({ state, crashCount }) => `${state} ${crashCount}`)).toEqual(
    Array.from({ length: 5 }, () => 'up 0'),
  );
});

test('an app whose record is garbage holds up no other, not even of the same batch', async () => {
  const other = await world.createApp('other');
  await world.scale('other', 2);
  await world.scale('shop', 2);
  world.loseMessages();
  const key = { partition: `app#${appId}`, sort: 'app' };
  const item = await stored<object>(world.fixture.platform.store, key);
  const spoilt = { ...item?.value, formation: 'garbage' };
  await world.fixture.platform.store.transact([{ kind: 'put', key, value: spoilt, expect: 'any' }]);
  await world.deliver([appId, other]);
  await world.advance(MINUTE);
  expect((await world.dynos(other)).map(({ state }) => state)).toEqual(['up', 'up']);
  expect(await world.dynos(appId)).toEqual([]);
  expect(world.problems[0]).toMatch(/^in quarantine for 30 s: its passes fail: its app record is corrupt: formation/);
  await world.fixture.platform.store.transact([{ kind: 'put', key, value: item?.value, expect: 'any' }]);
  await world.advance(10 * MINUTE);
  expect((await world.dynos(appId)).map(({ state }) => state)).toEqual(['up', 'up']);
});

test('events that repeat and overtake each other change nothing that a newer one has told', async () => {
  await world.scale('shop', 1);
  await world.advance(MINUTE);
  const [first] = world.tasks;
  if (first === undefined) throw new Error('nothing was started');
  const ended = { stopCode: 'EssentialContainerExited', containers: [{ name: 'dyno', exitCode: 1 }] };
  const states = [
    { version: 1, lastStatus: 'PROVISIONING' },
    { version: 2, lastStatus: 'RUNNING', startedAt: '2026-01-01T00:00:01Z' },
    { version: 4, lastStatus: 'DEPROVISIONING', ...ended },
    { version: 5, lastStatus: 'STOPPED', stoppedAt: '2026-01-01T00:01:00Z', ...ended },
  ].map((state) => JSON.parse(JSON.stringify(world.described(first, state))));
  first.version = 5;
  first.lastStatus = 'STOPPED';
  first.more = { ...ended, stoppedAt: world.fixture.clock.nowMs() / SECOND };
  for (const order of [3, 0, 3, 2, 1, 3, 0]) {
    await world.tell(states[order]);
    await world.advance(0);
  }
  await world.advance(MINUTE);
  expect(world.tasks).toHaveLength(2);
  expect(await world.dynos(appId)).toMatchObject([{ state: 'up', crashCount: 1 }]);
  expect(world.log('worker.1').filter((line) => line === 'State changed from up to crashed')).toHaveLength(1);
});

test('another version of the platform restarts no dyno, and starts the next ones in its own way', async () => {
  await world.scale('shop', 2);
  await world.advance(MINUTE);
  world.aws.calls.length = 0;
  world.newFunction({ ...SETTINGS, logAddress: 'other.internal:24224' });
  await world.deliver([appId]);
  await world.advance(HOUR);
  expect(world.aws.inputs('RunTask')).toEqual([]);
  expect(world.aws.inputs('StopTask')).toEqual([]);
  await world.scale('shop', 3);
  await world.advance(MINUTE);
  expect(world.tasks).toHaveLength(3);
  expect(JSON.stringify(world.aws.inputs('RegisterTaskDefinition'))).toContain('other.internal');
  expect(world.aws.inputs('StopTask')).toEqual([]);
});
