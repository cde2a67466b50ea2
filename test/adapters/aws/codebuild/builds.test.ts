import { buildChanged } from '../../../../adapters/aws/codebuild/build-event.ts';
import { configKey, resultKey } from '../../../../adapters/aws/codebuild/builds-parts.ts';
import { MINUTE_MS } from '../../../../core/time.ts';
import { APPEND_PURPOSE } from '../../../../services/outputs/append-http.ts';
import { image } from '../../../artifacts.ts';
import { AwsError } from '../aws-server.ts';
import { BuildsBench, order, RESULT } from './builds-bench.ts';

let bench: BuildsBench;
beforeEach(async () => {
  bench = await BuildsBench.open();
});
afterEach(() => bench.close());

test('an order is written down sealed, told of, and started with nothing secret in it', async () => {
  await bench.builder.start(order(1));
  expect(JSON.stringify(await bench.waiting())).not.toContain('p4ssword');
  expect(bench.aws.inputs('SendMessage')).toHaveLength(1);
  await bench.look();
  const [start] = bench.aws.inputs('StartBuild');
  expect(start).toMatchObject({
    projectName: 'cnb-amd64',
    idempotencyToken: order(1).buildId,
    timeoutInMinutesOverride: 15,
  });
  expect(start.imageOverride).toBeUndefined();
  const told = Object.fromEntries(
    start.environmentVariablesOverride.map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
  expect(told).toMatchObject({
    DYNOFORM_SOURCE_URL: 'https://blobs.test/GET/sources/a',
    DYNOFORM_SOURCE_SHA256: 'a'.repeat(64),
    DYNOFORM_RESULT_URL: `https://blobs.test/PUT/${resultKey(order(1).buildId)}`,
    DYNOFORM_IMAGE: `registry/slugs:${order(1).buildId}`,
  });
  expect(told.DYNOFORM_OUTPUT_URL).toMatch(/^https:\/\/services\.test\/streams\/./);
  expect(JSON.stringify(start)).not.toContain('p4ssword');
  expect(bench.kept.has(configKey(order(1).buildId))).toBe(true);
  await bench.look();
  expect(bench.started()).toHaveLength(1);
});

test('no app builds with what another one has left in its cache', async () => {
  for (const number of [1, 2]) await bench.builder.start(order(number));
  await bench.look();
  const caches = bench.aws
    .inputs('StartBuild')
    .map(
      ({ environmentVariablesOverride }) =>
        environmentVariablesOverride.find(({ name }: { name: string }) => name === 'DYNOFORM_CACHE_IMAGE')?.value,
    );
  expect(caches).toEqual([1, 2].map((number) => `registry/caches:buildpacks-amd64-${order(number).appId}`));
});

test('what a build was given to fetch and to tell stays valid when it ends at its deadline', async () => {
  await bench.builder.start(order(1));
  await bench.look();
  const [start] = bench.aws.inputs('StartBuild');
  const { value = '' } = start.environmentVariablesOverride.find(
    ({ name }: { name: string }) => name === 'DYNOFORM_OUTPUT_URL',
  );
  const token = value.replace('https://services.test/streams/', '');
  const endMs = order(1).deadlineMs + 10 * MINUTE_MS;
  expect(bench.parts.signer.verify(APPEND_PURPOSE, token, endMs)).toBe(order(1).outputStreamId);
  expect(bench.urlsExpireAtMs).toHaveLength(3);
  for (const expiresAtMs of bench.urlsExpireAtMs) expect(expiresAtMs).toBeGreaterThan(endMs);
});

test('orders wait for room, the oldest first, and an app’s builds for each other', async () => {
  let room = 1;
  bench.aws.answers.StartBuild = ({ projectName, idempotencyToken }) => {
    if (room === 0) throw new AwsError('AccountLimitExceededException', 'Cannot have more than 1 builds in queue');
    room -= 1;
    return { build: { id: `${projectName}:${idempotencyToken.slice(-1)}` } };
  };
  for (const n of [3, 1, 2]) {
    bench.nowMs += 1_000;
    await bench.builder.start(order(n, n === 2 ? { appId: order(3).appId } : {}));
  }
  await bench.look();
  await bench.look();
  expect(await bench.waiting()).toHaveLength(3);
  room = 5;
  bench.aws.calls.length = 0;
  await bench.look();
  expect(bench.started()).toEqual([order(1).buildId]);
  bench.kept.set(resultKey(order(3).buildId), Buffer.from(RESULT));
  await bench.ended(3, 'SUCCEEDED');
  await bench.look();
  expect(bench.started()).toEqual([order(1).buildId, order(2).buildId]);
});

test('an image becomes a slug whose task definition is registered ahead', async () => {
  await bench.builder.start(order(1));
  await bench.look();
  bench.kept.set(resultKey(order(1).buildId), Buffer.from(RESULT));
  await bench.ended(1, 'IN_PROGRESS');
  await bench.ended(1, 'SUCCEEDED');
  await bench.ended(1, 'SUCCEEDED');
  const blobKey = `images/amd64/buildpacks/${order(1).buildId}.json`;
  expect(bench.outcomes).toEqual([
    {
      buildId: order(1).buildId,
      outcome: {
        status: 'succeeded',
        slug: {
          artifact: image({ digest: `sha256:${'d'.repeat(64)}`, blobKey }),
          sizeBytes: 100,
          checksum: `SHA256:${'d'.repeat(64)}`,
          processTypes: { web: "gunicorn 'app:x y'" },
          buildpackDescription: 'heroku/python',
          buildpacks: [],
        },
      },
    },
  ]);
  expect(bench.aws.inputs('RegisterTaskDefinition')).toMatchObject([
    { containerDefinitions: [{ image: `registry/slugs@sha256:${'d'.repeat(64)}` }] },
  ]);
  expect([...bench.kept.keys()]).toEqual([blobKey]);
  expect(await bench.waiting()).toEqual([]);
});

test.each([
  { name: 'no result', result: undefined, message: 'The build failed.' },
  { name: 'no JSON', result: '{', message: 'The result of the build is not valid JSON.' },
  {
    name: 'a digest that is none',
    result: RESULT.replace('sha256:ddd', 'latest#'),
    message: 'The result of the build cannot be read.',
  },
  { name: 'too much', result: ' '.repeat(5 * 1_024 * 1_024), message: 'The result of the build is too long.' },
])('a build that succeeds with $name has failed', async ({ result, message }) => {
  await bench.builder.start(order(1));
  await bench.look();
  if (result !== undefined) bench.kept.set(resultKey(order(1).buildId), Buffer.from(result));
  await bench.ended(1, 'SUCCEEDED');
  expect(bench.outcomes).toEqual([{ buildId: order(1).buildId, outcome: { status: 'failed', message } }]);
  expect(bench.output).toContain(message);
});

test.each([
  { status: 'FAILED', result: '{"failure":"No default language."}', message: 'No default language.', told: '' },
  {
    status: 'FAULT',
    result: undefined,
    message: 'The build failed because of a CodeBuild fault. Try again.',
    told: 'a CodeBuild fault',
  },
  { status: 'TIMED_OUT', result: undefined, message: 'The build took too long.', told: 'took too long' },
])('$status is a failed build, of which the user is told once', async ({ status, result, message, told }) => {
  await bench.builder.start(order(1));
  await bench.look();
  if (result !== undefined) bench.kept.set(resultKey(order(1).buildId), Buffer.from(result));
  await bench.ended(1, status);
  expect(bench.outcomes).toMatchObject([{ outcome: { status: 'failed', message } }]);
  expect(bench.output).toContain(told);
  expect(bench.output === '').toBe(told === '');
});

test.each([
  { name: 'another project', end: () => bench.ended(1, 'FAILED', 'cnb-amd64:1', 'somebody-elses') },
  { name: 'another build of CodeBuild', end: () => bench.ended(1, 'FAILED', 'cnb-amd64:77') },
  { name: 'an order that is over', end: () => bench.ended(9, 'FAILED') },
  { name: 'no build at all', end: () => buildChanged(bench.parts, { 'build-status': 'FAILED' }) },
])('an event of $name is ignored', async ({ end }) => {
  await bench.builder.start(order(1));
  await bench.look();
  await end();
  expect(bench.outcomes).toEqual([]);
});

test('a cancelled build is stopped, or never started', async () => {
  await bench.builder.start(order(1));
  await bench.look();
  await bench.builder.start(order(2));
  await bench.builder.cancel(order(1).buildId);
  await bench.builder.cancel(order(2).buildId);
  await bench.builder.cancel(order(2).buildId);
  await bench.look();
  expect(bench.aws.inputs('StopBuild')).toEqual([{ id: 'cnb-amd64:1' }]);
  expect(bench.started()).toHaveLength(1);
  expect(bench.outcomes).toMatchObject([{ outcome: { status: 'failed' } }, { outcome: { status: 'failed' } }]);
  expect(await bench.waiting()).toEqual([]);
});

test('a build that is lost, and one that waits for ever, end as failed', async () => {
  await bench.builder.start(order(1));
  await bench.look();
  bench.aws.answers.StartBuild = () => {
    throw new AwsError('AccountLimitExceededException', 'full');
  };
  await bench.builder.start(order(2));
  bench.nowMs = 21 * MINUTE_MS;
  await bench.look();
  expect(bench.outcomes.map(({ outcome }) => outcome)).toEqual([
    { status: 'failed', message: 'The build took too long.' },
    { status: 'failed', message: 'The build waited too long to start.' },
  ]);
});

test('a start whose answer was lost is found by its event, or asked for again', async () => {
  const answer = bench.aws.answers.StartBuild;
  bench.aws.answers.StartBuild = () => {
    throw new AwsError('InternalFailure', 'gone', {}, 500);
  };
  await bench.builder.start(order(1));
  await expect(bench.look()).rejects.toThrow('gone');
  await bench.look();
  expect(bench.started()).toHaveLength(1);
  bench.nowMs = 7 * MINUTE_MS;
  if (answer !== undefined) bench.aws.answers.StartBuild = answer;
  await bench.look();
  await bench.look();
  expect(bench.started()).toHaveLength(2);
});

test.each([
  {
    name: 'a buildpack by URL',
    changes: { buildpacks: ['https://github.com/some/buildpack'] },
    says: 'The buildpack https://github.com/some/buildpack is not in the builder image; on AWS only its buildpacks can be used.',
  },
  {
    name: 'an installation without Dockerfiles',
    changes: { stack: 'container' },
    projects: { amd64: { buildpacks: 'cnb' } },
    says: 'This installation does not build with a Dockerfile.',
  },
])('$name cannot be built, and the user learns it at once', async ({ changes, projects, says }) => {
  await bench.builder.start(order(1, changes));
  await bench.look(projects === undefined ? {} : { settings: { ...bench.parts.settings, projects } });
  expect(bench.started()).toEqual([]);
  expect(bench.outcomes).toMatchObject([{ outcome: { status: 'failed' } }]);
  expect(bench.output).toContain(` !     ${says}\n`);
  expect(bench.output).toContain('Push failed');
});
