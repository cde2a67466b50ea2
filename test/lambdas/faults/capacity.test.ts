import { AwsError } from '../../adapters/aws/aws-server.ts';
import { FaultWorld } from './fault-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const REFUSALS = 7;

let world: FaultWorld;
let appId: string;
beforeEach(async () => {
  world = await FaultWorld.open();
  appId = await world.createApp('shop');
});
afterEach(() => world.close());

const refused = (reason: string) => ({ tasks: [], failures: [{ arn: 'machine', reason }] });
const tokens = () => world.aws.inputs('RunTask').map(({ clientToken }) => clientToken);
const gapsMs = () => world.runsAtMs.slice(1).map((atMs, index) => atMs - (world.runsAtMs[index] ?? 0));

test.each([
  { answer: refused('RESOURCE:MEMORY'), says: 'no machine has room for it (RESOURCE:MEMORY)' },
  { answer: refused('RESOURCE:CPU'), says: 'no machine has room for it (RESOURCE:CPU)' },
  { answer: refused('AGENT'), says: 'no machine has room for it (AGENT)' },
  {
    answer: new AwsError('ClientException', 'Capacity is unavailable at this time. Please try again later'),
    says: 'no machine has room for it',
  },
  {
    answer: new AwsError('ClientException', 'Tasks provisioning capacity limit exceeded.'),
    says: 'too many dynos wait for a machine',
  },
  {
    answer: new AwsError('LimitExceededException', 'You’ve reached the limit on the number of vCPUs'),
    says: 'a quota of the AWS account is used up',
  },
  { answer: new AwsError('ThrottlingException', 'Rate exceeded'), says: 'AWS is throttling starts' },
])('refused with “$says”: the dyno waits, ever longer, and has not crashed', async ({ answer, says }) => {
  let left = REFUSALS;
  world.fault = (operation) => {
    if (operation !== 'RunTask' || left === 0) return undefined;
    left -= 1;
    return answer;
  };
  await world.scale('shop', 1);
  await world.advance(10 * MINUTE);
  expect(await world.dynos(appId)).toMatchObject([{ state: 'up', crashCount: 0, attempt: REFUSALS + 1 }]);
  // ECS repeats its answer to a token, so each retry has another one.
  expect(new Set(tokens()).size).toBe(REFUSALS + 1);
  for (const [index, gapMs] of gapsMs().entries()) {
    const ceilingMs = Math.min(MINUTE, SECOND * 2 ** index);
    expect(gapMs).toBeGreaterThanOrEqual(ceilingMs / 2);
    expect(gapMs).toBeLessThanOrEqual(ceilingMs + SECOND);
  }
  expect(world.log('worker.1')).toContain(`Error R99 (Platform error) -> Failed to start process: ${says}`);
  expect(world.log('worker.1').join('\n')).not.toContain('crashed');
});

const stopped = (task: (typeof world.tasks)[number], stoppedReason: string) => {
  task.version = 9;
  task.lastStatus = 'STOPPED';
  task.more = { stopCode: 'TaskFailedToStart', stoppedReason, stoppedAt: new Date(world.fixture.clock.nowMs()) };
  return world.tell(JSON.parse(JSON.stringify(world.described(task, { containers: [{ name: 'dyno' }] }))));
};

test('a task that found no machine in the end is no crash, however often', async () => {
  await world.scale('shop', 1);
  for (const _ of [1, 2, 3]) {
    await world.advance(0);
    const task = world.tasks.at(-1);
    if (task === undefined) throw new Error('nothing was started');
    task.lastStatus = 'PROVISIONING';
    task.more = {};
    await world.advance(9 * MINUTE);
    await stopped(task, 'TaskFailedToStart: RESOURCE:MEMORY');
  }
  await world.advance(MINUTE);
  expect(await world.dynos(appId)).toMatchObject([{ state: 'up', crashCount: 0 }]);
  expect(world.tasks).toHaveLength(4);
  expect(world.log('worker.1').filter((line) => line.includes('no machine has room for it'))).toHaveLength(3);
});

test('an image that cannot be pulled crashes the dyno, in words that its owner understands, with back-off', async () => {
  await world.scale('shop', 1);
  for (const _ of [1, 2]) {
    await world.advance(0);
    const task = world.tasks.at(-1);
    if (task === undefined) throw new Error('nothing was started');
    task.more = {};
    await stopped(
      task,
      'CannotPullContainerError: manifest for 111122223333.dkr.ecr.us-east-1.amazonaws.com/slugs@sha256:1 not found',
    );
  }
  await world.advance(5 * MINUTE);
  expect(world.tasks).toHaveLength(2);
  expect(await world.dynos(appId)).toMatchObject([{ state: 'crashed', crashCount: 2 }]);
  const [line] = world.log('worker.1').filter((message) => message.includes('Failed to start'));
  expect(line).toMatch(
    /^Error R99 \(Platform error\) -> Failed to start process: the image of its slug is no longer in the registry: deploy again \(/,
  );
  expect(line).not.toContain('111122223333');
  await world.advance(30 * MINUTE);
  expect(await world.dynos(appId)).toMatchObject([{ state: 'up' }]);
});
