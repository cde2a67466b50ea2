import type { SQSEvent } from 'aws-lambda';
import { buildChanged } from '../../adapters/aws/codebuild/build-event.ts';
import type { BuildsParts } from '../../adapters/aws/codebuild/builds-parts.ts';
import { resultKey } from '../../adapters/aws/codebuild/builds-parts.ts';
import { startWaiting } from '../../adapters/aws/codebuild/start-waiting.ts';
import { createHandler } from '../../lambdas/builds/handler.ts';
import { AwsError } from '../adapters/aws/aws-server.ts';
import { BuildsBench, order, RESULT } from '../adapters/aws/codebuild/builds-bench.ts';
import { problemsTo } from '../problems.ts';

let bench: BuildsBench;
let settled: number;
beforeEach(async () => {
  bench = await BuildsBench.open();
  settled = 0;
});
afterEach(() => bench.close());

/** As lambdas/builds/index.ts wires it. */
async function handle(event: unknown, { remainingMs = 60_000, parts = {} as Partial<BuildsParts> } = {}) {
  const all = { ...bench.parts, ...parts };
  const handler = createHandler({
    startWaiting: (deadlineMs) => startWaiting(all, deadlineMs),
    changed: (detail) => buildChanged(all, detail),
    nowMs: () => bench.nowMs,
    problems: problemsTo(bench.problems),
    flush: async () => {
      settled += 1;
    },
  });
  const answer = await handler(event as never, { getRemainingTimeInMillis: () => remainingMs });
  return answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const messages = (...bodies: string[]) =>
  ({ Records: bodies.map((body, index) => ({ messageId: `m${index + 1}`, body })) }) as unknown as SQSEvent;
const told = (n: number) => JSON.stringify({ buildId: order(n).buildId });

/** "CodeBuild Build State Change" with what AWS puts into one. */
const changed = (n: number, status: string, changes: object = {}) => ({
  version: '0',
  id: 'c030038d-8c4d-6141-9545-00ff7b7153EX',
  'detail-type': 'CodeBuild Build State Change',
  source: 'aws.codebuild',
  account: '111122223333',
  time: '2026-11-21T12:00:00Z',
  region: 'eu-central-1',
  resources: ['arn:aws:codebuild:eu-central-1:111122223333:build/cnb-amd64:1'],
  detail: {
    'build-status': status,
    'project-name': 'cnb-amd64',
    'build-id': 'arn:aws:codebuild:eu-central-1:111122223333:build/cnb-amd64:1',
    'additional-information': {
      artifact: { location: '' },
      environment: {
        image: 'aws/codebuild/standard:7.0',
        'privileged-mode': false,
        'compute-type': 'BUILD_GENERAL1_MEDIUM',
        type: 'LINUX_CONTAINER',
        'environment-variables': [
          { name: 'OTHER', value: 'x', type: 'PLAINTEXT' },
          { name: 'DYNOFORM_BUILD_ID', value: order(n).buildId, type: 'PLAINTEXT' },
        ],
      },
      'timeout-in-minutes': 15,
      'build-complete': true,
      initiator: 'builds',
      logs: { 'group-name': 'builds', 'stream-name': 's' },
      phases: [],
    },
    'current-phase': 'COMPLETED',
    version: '1',
    ...changes,
  },
});

describe('messages of the build queue', () => {
  it('have waiting orders started, each once, however many messages tell of it', async () => {
    await bench.builder.start(order(1));
    expect(await handle(messages(told(1), told(1)))).toEqual([]);
    expect(await handle(messages(told(1)))).toEqual([]);
    expect(bench.started()).toEqual([order(1).buildId]);
    expect(settled).toBe(2);
  });

  test.each([
    { name: 'no JSON', body: '{' },
    { name: 'null', body: 'null' },
    { name: 'of an order that is over', body: told(9) },
    { name: 'of a later version', body: '{"kind":"other"}' },
  ])('are only a reason to look: $name', async ({ body }) => {
    await bench.builder.start(order(1));
    expect(await handle(messages(body))).toEqual([]);
    expect(bench.started()).toEqual([order(1).buildId]);
    expect(bench.problems).toEqual([]);
  });

  it('come again, all of them, when CodeBuild cannot be reached; its order still waits', async () => {
    await bench.builder.start(order(1));
    const { StartBuild } = bench.aws.answers;
    bench.aws.answers.StartBuild = () => {
      throw new AwsError('InternalServerError', 'try again', {}, 500);
    };
    expect(await handle(messages(told(1), told(2)))).toEqual(['m1', 'm2']);
    expect(bench.problems).toEqual(['could not start the waiting builds; their message is delivered again']);
    expect(settled).toBe(1);
    bench.aws.answers = { ...bench.aws.answers, ...(StartBuild === undefined ? {} : { StartBuild }) };
    bench.nowMs += 7 * 60_000;
    expect(await handle(messages(told(1), told(2)))).toEqual([]);
    expect(new Set(bench.started())).toEqual(new Set([order(1).buildId]));
  });

  it('begin nothing when there is no time left, and are done: the minute’s tick sends the next', async () => {
    await bench.builder.start(order(1));
    expect(await handle(messages(told(1)), { remainingMs: 0 })).toEqual([]);
    expect(bench.started()).toEqual([]);
  });
});

describe('an event of CodeBuild', () => {
  beforeEach(async () => {
    await bench.builder.start(order(1));
    await handle(messages(told(1)));
    bench.kept.set(resultKey(order(1).buildId), Buffer.from(RESULT));
    settled = 0;
  });

  it('records how the build ended, once, and starts the next that waits', async () => {
    await bench.builder.start(order(2));
    expect(await handle(changed(1, 'SUCCEEDED'))).toBeUndefined();
    await handle(changed(1, 'SUCCEEDED'));
    await handle(changed(1, 'FAILED'));
    expect(bench.outcomes).toMatchObject([{ buildId: order(1).buildId, outcome: { status: 'succeeded' } }]);
    expect(bench.started()).toEqual([order(1).buildId, order(2).buildId]);
    expect([settled, bench.problems]).toEqual([3, []]);
  });

  test.each([
    { name: 'no status', changes: { 'build-status': undefined }, names: 'build-status: ' },
    {
      name: 'no variables',
      changes: { 'additional-information': { environment: {} } },
      names: 'additional-information.environment.environment-variables: ',
    },
    { name: 'an id that is a number', changes: { 'build-id': 7 }, names: 'build-id: ' },
  ])('with $name is told of by the field, and stops no other build', async ({ changes, names }) => {
    await bench.builder.start(order(2));
    const causes: string[] = [];
    const report = (text: string, cause?: unknown) => causes.push(`${text}: ${(cause as Error).message}`);
    expect(await handle(changed(1, 'SUCCEEDED', changes), { parts: { problems: { report } } })).toBeUndefined();
    expect(causes).toHaveLength(1);
    expect(causes[0]).toMatch(/^could not read an event of CodeBuild: /);
    expect(causes[0]).toContain(names);
    expect(bench.outcomes).toEqual([]);
    expect(bench.started()).toEqual([order(1).buildId, order(2).buildId]);
  });

  test.each([{ event: null }, { event: {} }, { event: { detail: null } }])(
    'that is none is told of: $event',
    async ({ event }) => {
      expect(await handle(event)).toBeUndefined();
      expect(bench.problems).toEqual(['could not read an event of CodeBuild']);
      expect(bench.outcomes).toEqual([]);
    },
  );

  it('that could not be recorded fails the function, so that it comes again, and then is', async () => {
    const outcome = async () => {
      throw new Error('the table is out of reach');
    };
    await expect(handle(changed(1, 'SUCCEEDED'), { parts: { outcome } })).rejects.toThrow('the table is out of reach');
    expect(settled).toBe(1);
    await handle(changed(1, 'SUCCEEDED'));
    expect(bench.outcomes).toMatchObject([{ outcome: { status: 'succeeded' } }]);
  });
});
