import { createHash } from 'node:crypto';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SQSClient } from '@aws-sdk/client-sqs';
import { putQueuedBuild, type QueuedBuild } from '../../adapters/aws/codebuild/queued-build.ts';
import { stopOrphans } from '../../adapters/aws/ecs-runtime/list-orphans.ts';
import { addDomain } from '../../core/domain/add-domain.ts';
import type { Platform } from '../../core/platform.ts';
import { createHandler } from '../../lambdas/tick/handler.ts';
import { tickParts } from '../../lambdas/tick/parts.ts';
import { AwsError, AwsServer } from '../adapters/aws/aws-server.ts';
import { order } from '../adapters/aws/codebuild/builds-bench.ts';
import { SchedulerFixture } from '../core/scheduler/scheduler-fixture.ts';
import { problemsTo } from '../problems.ts';

const MINUTE = 60_000;
const APP = '11111111-0000-4000-8000-000000000001';
const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:cluster/dynos';

let aws: AwsServer;
let world: SchedulerFixture;
let problems: string[];
beforeEach(async () => {
  aws = await AwsServer.open();
  aws.answers = {
    SendMessage: ({ MessageBody }) => ({
      MessageId: 'm',
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }),
    ListTasks: () => ({ taskArns: [] }),
  };
  world = await SchedulerFixture.open();
  problems = [];
});
afterEach(() => {
  aws.close();
  world.close();
});

/** As lambdas/tick/index.ts wires it. */
async function tick(remainingMs = 55_000): Promise<string | undefined> {
  const platform: Platform = {
    ...world.fixture.platform,
    problems: { report: (problem, _cause, about) => problems.push(`${about?.appId}: ${problem}`) },
  };
  const handler = createHandler({
    parts: tickParts({
      platform,
      sqs: new SQSClient(aws.client),
      buildQueueUrl: `${aws.client.endpoint}/1/builds`,
      certificateQueueUrl: `${aws.client.endpoint}/1/certificates`,
      stopOrphans: () =>
        stopOrphans({ ecs: new ECSClient(aws.client), store: platform.store, clock: platform.clock, cluster: CLUSTER }),
    }),
    nowMs: platform.clock.nowMs,
    problems: problemsTo(problems),
    flush: async () => {},
  });
  return handler({}, { getRemainingTimeInMillis: () => remainingMs }).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

const sent = () =>
  aws.inputs('SendMessage').map(({ QueueUrl, MessageBody }) => [QueueUrl.split('/').at(-1), JSON.parse(MessageBody)]);

async function orderBuild(n: number, changes: Partial<QueuedBuild> = {}): Promise<void> {
  const { config: _, ...plain } = order(n);
  const build: QueuedBuild = { ...plain, sealedConfig: '', orderedAtMs: n, state: 'waiting', stateAtMs: n, ...changes };
  await world.fixture.platform.store.transact([putQueuedBuild(build, 'absent')]);
}

test('an idle platform costs no message', async () => {
  world.fixture.nudged.length = 0;
  expect(await tick()).toBeUndefined();
  expect([sent(), problems]).toEqual([[], []]);
});

test('events that nobody has published are requested again, and none is published here', async () => {
  await world.deploy([]);
  world.fixture.toPublish.length = 0;
  expect(await tick()).toBeUndefined();
  expect(world.fixture.toPublish).toEqual([world.appId]);
});

test('apps whose look is overdue are nudged, and none is looked at here', async () => {
  await world.deploy([]);
  world.fixture.nudged.length = 0;
  expect(await tick()).toBeUndefined();
  expect(world.fixture.nudged).toContain(world.appId);
  expect(problems).toEqual([]);
});

test('recurring jobs that are due run, once for two ticks of a minute', async () => {
  await world.deploy([{ name: 'ten', schedule: '*/10 * * * *', command: 'bin/run' }]);
  await tick();
  world.fixture.clock.advance(10 * MINUTE);
  await Promise.all([tick(), tick()]);
  await tick();
  expect(await world.dynos()).toHaveLength(1);
  expect(await world.ledger('ten')).toEqual(['10 started']);
});

test('orders that wait are told of by one message, which has all of them looked at', async () => {
  await orderBuild(2);
  await orderBuild(1);
  expect(await tick()).toBeUndefined();
  expect(sent()).toEqual([['builds', { buildId: order(1).buildId }]]);
});

test('an order that runs is told of as well: whoever looks there ends what was lost', async () => {
  await orderBuild(1, { state: 'starting' });
  await tick();
  expect(sent()).toHaveLength(1);
});

test('certificates that are due are told of, app by app; what there is no time for stays due', async () => {
  await addDomain(world.fixture.platform, world.appId, 'www.example.com');
  await tick(0);
  expect(sent()).toEqual([]);
  await tick();
  expect(sent()).toEqual([['certificates', { appId: world.appId }]]);
});

test('a task that no dyno has is stopped', async () => {
  const taskArn = `${CLUSTER.replace(':cluster/', ':task/')}/1`;
  const createdAt = (world.fixture.clock.nowMs() - 11 * MINUTE) / 1_000;
  const startedBy = '22222222-0000-4000-8000-000000000001/1';
  aws.answers.ListTasks = () => ({ taskArns: [taskArn] });
  aws.answers.DescribeTasks = () => ({
    tasks: [
      {
        taskArn,
        clusterArn: CLUSTER,
        group: `app/${APP}/web`,
        startedBy,
        version: 1,
        lastStatus: 'RUNNING',
        createdAt,
      },
    ],
    failures: [],
  });
  expect(await tick()).toBeUndefined();
  expect(aws.inputs('StopTask')).toMatchObject([{ task: taskArn }]);
});

test('a queue that refuses, or ECS out of reach, fails its own part and no other', async () => {
  await orderBuild(1);
  await addDomain(world.fixture.platform, world.appId, 'www.example.com');
  await world.deploy([{ name: 'every', schedule: '* * * * *', command: 'bin/run' }]);
  await tick();
  aws.calls.length = 0;
  problems.length = 0;
  world.fixture.clock.advance(MINUTE);
  const { SendMessage } = aws.answers;
  aws.answers.SendMessage = (input) => {
    if (input.QueueUrl.endsWith('/builds')) throw new AwsError('AccessDenied', 'no');
    return SendMessage?.(input);
  };
  aws.answers.ListTasks = () => {
    throw new AwsError('ServerException', 'no', {}, 500);
  };
  const failure = await tick();
  expect(failure).toMatch(/^parts of the tick failed: /);
  expect(problems.sort()).toEqual(['orphaned tasks failed', 'waiting builds failed']);
  expect(sent()).toContainEqual(['certificates', { appId: world.appId }]);
  expect(await world.dynos()).toHaveLength(1);
});
