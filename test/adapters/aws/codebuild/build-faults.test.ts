import type { BuildsParts } from '../../../../adapters/aws/codebuild/builds-parts.ts';
import { queuedBuildKey } from '../../../../adapters/aws/codebuild/queued-build.ts';
import { MINUTE_MS } from '../../../../core/time.ts';
import { AwsError } from '../aws-server.ts';
import { BuildsBench, order } from './builds-bench.ts';

let bench: BuildsBench;
beforeEach(async () => {
  bench = await BuildsBench.open();
});
afterEach(() => bench.close());

const throttle = () => {
  throw new AwsError('ThrottlingException', 'Rate exceeded');
};
const states = async () => (await bench.waiting()).map(({ value }) => value.state);
/** Orders one build for each of two apps; the first app's order is older. */
async function orderTwo(): Promise<void> {
  await bench.builder.start(order(1));
  bench.nowMs += 1_000;
  await bench.builder.start(order(2));
}

test.each(['AccountLimitExceededException', 'ThrottlingException', 'TooManyRequestsException'])(
  'StartBuild answers %s: all wait, nothing has failed, and the oldest is the first when there is room',
  async (name) => {
    await orderTwo();
    const { StartBuild } = bench.aws.answers;
    bench.aws.answers.StartBuild = () => {
      throw new AwsError(name, 'Cannot have more than 1 builds in queue for the account');
    };
    await bench.look();
    await bench.look();
    expect(await states()).toEqual(['waiting', 'waiting']);
    expect(bench.outcomes).toEqual([]);
    if (StartBuild !== undefined) bench.aws.answers.StartBuild = StartBuild;
    bench.aws.calls.length = 0;
    await bench.look();
    expect(bench.started()).toEqual([order(1).buildId, order(2).buildId]);
  },
);

const failing = (message: string) => async () => {
  throw new Error(message);
};
test.each<{ name: string; broken: (parts: BuildsParts) => Partial<BuildsParts> }>([
  {
    name: 'KMS does not open its config vars',
    broken: ({ vault }) => ({
      vault: {
        ...vault,
        open: (sealed, context) =>
          context.includes(order(1).buildId) ? failing('Rate exceeded')() : vault.open(sealed, context),
      },
    }),
  },
  {
    name: 'S3 does not take them',
    broken: ({ blobs }) => ({
      blobs: {
        ...blobs,
        put: (key, content, limit) =>
          key.includes(order(1).buildId) ? failing('Rate exceeded')() : blobs.put(key, content, limit),
      },
    }),
  },
])('$name: the order waits on, is told of, and holds up no other app’s', async ({ broken }) => {
  await orderTwo();
  await expect(bench.look(broken(bench.parts))).rejects.toThrow('Rate exceeded');
  expect(bench.started()).toEqual([order(2).buildId]);
  await bench.look();
  expect(bench.started()).toEqual([order(2).buildId, order(1).buildId]);
});

test.each([
  { name: 'damaged', damage: { buildpacks: 'node' } },
  { name: 'of a newer platform', damage: { schemaVersion: 2 } },
])('an order that is $name is told of, stays as it is, and holds up no other app’s', async ({ damage }) => {
  await orderTwo();
  const [first] = await bench.waiting();
  const value = { ...first?.value, ...damage };
  await bench.store.transact([{ kind: 'put', key: queuedBuildKey(order(1).buildId), value, expect: 'any' }]);
  await expect(bench.look()).rejects.toThrow('a build order cannot be read');
  expect(bench.started()).toEqual([order(2).buildId]);
  expect((await bench.waiting())[0]?.value).toEqual(value);
});

test('an order that can never be started ends when its time is over, and the others are not late', async () => {
  await orderTwo();
  const { vault } = bench.parts;
  const poisoned: Partial<BuildsParts> = {
    vault: {
      ...vault,
      open: (sealed, context) =>
        context.includes(order(1).buildId) ? failing('damaged')() : vault.open(sealed, context),
    },
  };
  await expect(bench.look(poisoned)).rejects.toThrow('damaged');
  await expect(bench.look(poisoned)).rejects.toThrow('damaged');
  expect(bench.started()).toEqual([order(2).buildId]);
  bench.nowMs = 16 * MINUTE_MS;
  await bench.look(poisoned);
  const message = 'The build waited too long to start.';
  expect(bench.outcomes).toEqual([{ buildId: order(1).buildId, outcome: { status: 'failed', message } }]);
});

test('StopBuild is throttled: others are started, and it is asked for again', async () => {
  await bench.builder.start(order(1));
  await bench.look();
  await bench.builder.cancel(order(1).buildId);
  await bench.builder.start(order(2));
  bench.aws.answers.StopBuild = throttle;
  await expect(bench.look()).rejects.toThrow('Rate exceeded');
  expect(bench.started()).toEqual([order(1).buildId, order(2).buildId]);
  expect(bench.outcomes).toEqual([]);
  delete bench.aws.answers.StopBuild;
  await bench.look();
  expect(bench.outcomes).toMatchObject([{ buildId: order(1).buildId, outcome: { status: 'failed' } }]);
});

test('a build that CodeBuild does not know any more counts as stopped', async () => {
  await bench.builder.start(order(1));
  await bench.look();
  await bench.builder.cancel(order(1).buildId);
  bench.aws.answers.StopBuild = () => {
    throw new AwsError('ResourceNotFoundException', 'Build not found');
  };
  await bench.look();
  expect(bench.outcomes).toMatchObject([{ outcome: { status: 'failed', message: 'The build was canceled.' } }]);
  expect(await bench.waiting()).toEqual([]);
});

test('SendMessage is throttled: the order stands, the operator hears of it, and the minute’s sweep finds it', async () => {
  bench.aws.answers.SendMessage = throttle;
  await bench.builder.start(order(1));
  expect(bench.problems).toEqual(['could not queue a build; the next tick starts it']);
  await bench.look();
  expect(bench.started()).toEqual([order(1).buildId]);
  await bench.builder.cancel(order(1).buildId);
  await bench.look();
  expect(bench.aws.inputs('StopBuild')).toHaveLength(1);
});

test('registering the task definition is throttled: the slug is there all the same, and its first start registers it', async () => {
  await bench.builder.start(order(1));
  await bench.look();
  bench.aws.answers.RegisterTaskDefinition = throttle;
  await bench.succeed(1);
  expect(bench.outcomes).toMatchObject([{ outcome: { status: 'succeeded' } }]);
  expect(bench.problems).toEqual(['could not register task definitions in advance; the first start registers them']);
});

test.each(['InvalidInputException', 'ResourceNotFoundException'])(
  'StartBuild answers %s to one order: that build fails, and the next order starts at once',
  async (name) => {
    await orderTwo();
    const { StartBuild } = bench.aws.answers;
    bench.aws.answers.StartBuild = (input) => {
      if (input.idempotencyToken === order(1).buildId) throw new AwsError(name, 'no such project');
      return StartBuild?.(input) ?? {};
    };
    await bench.look();
    expect(bench.outcomes).toMatchObject([{ buildId: order(1).buildId, outcome: { status: 'failed' } }]);
    expect(await states()).toEqual(['running']);
  },
);
