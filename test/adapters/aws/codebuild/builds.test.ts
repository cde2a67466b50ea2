import { createHash } from 'node:crypto';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SQSClient } from '@aws-sdk/client-sqs';
import { buildChanged } from '../../../../adapters/aws/codebuild/build-event.ts';
import { type BuildsParts, configKey, resultKey } from '../../../../adapters/aws/codebuild/builds-parts.ts';
import { startWaiting } from '../../../../adapters/aws/codebuild/start-waiting.ts';
import { QueuedBuilder } from '../../../../adapters/aws/queued-builder.ts';
import { HmacSigner } from '../../../../adapters/hmac-signer.ts';
import { openSqliteStore } from '../../../../adapters/local/sqlite-store.ts';
import { systemIds } from '../../../../adapters/system.ts';
import type { Blobs, BuildOrder, BuildOutcome, Store } from '../../../../core/ports.ts';
import { MINUTE_MS } from '../../../../core/time.ts';
import { AwsError, AwsServer } from '../aws-server.ts';

const order = (n: number, changes: Partial<BuildOrder> = {}): BuildOrder => ({
  appId: `11111111-0000-4000-8000-00000000000${n}`,
  appName: `app-${n}`,
  buildId: `33333333-0000-4000-8000-00000000000${n}`,
  stack: 'heroku-24',
  source: { blobKey: 'sources/a' },
  checksum: `SHA256:${'A'.repeat(64)}`,
  buildpacks: [],
  config: { SECRET: 'p4ssword' },
  outputStreamId: `stream-${n}`,
  deadlineMs: 15 * MINUTE_MS,
  ...changes,
});

const RESULT = JSON.stringify({
  digest: `sha256:${'d'.repeat(64)}`,
  manifest: { config: { size: 1 }, layers: [{ size: 99 }] },
  imageConfig: {
    config: {
      Labels: {
        'io.buildpacks.build.metadata': JSON.stringify({
          buildpacks: [{ id: 'heroku/python' }],
          processes: [{ type: 'web', command: ['gunicorn'], args: ['app:x y'] }],
        }),
      },
    },
  },
});

let aws: AwsServer;
let store: Store & { close(): void };
let nowMs: number;
let kept: Map<string, Buffer>;
let outcomes: { readonly buildId: string; readonly outcome: BuildOutcome }[];
let output: string;
let builder: QueuedBuilder;
let parts: BuildsParts;

beforeEach(async () => {
  aws = await AwsServer.open();
  let builds = 0;
  aws.answers = {
    StartBuild: ({ projectName }) => ({ build: { id: `${projectName}:${++builds}` } }),
    RegisterTaskDefinition: () => ({ taskDefinition: { taskDefinitionArn: 'arn:definition:1' } }),
    SendMessage: ({ MessageBody }) => ({ MessageId: 'm', MD5OfMessageBody: md5(MessageBody) }),
  };
  store = openSqliteStore(':memory:');
  nowMs = 0;
  kept = new Map();
  outcomes = [];
  output = '';
  const clock = { nowMs: () => nowMs };
  const vault = {
    seal: async (plain: object, context: string) =>
      `${context} ${Buffer.from(JSON.stringify(plain)).toString('base64')}`,
    open: async (sealed: string, context: string) => {
      if (!sealed.startsWith(`${context} `)) throw new Error('another place');
      return JSON.parse(Buffer.from(sealed.slice(context.length + 1), 'base64').toString());
    },
  };
  const blobs: Blobs = {
    put: async (key, content) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      kept.set(key, Buffer.concat(chunks));
      return { sizeBytes: 0, sha256: '' };
    },
    get: async (key) => {
      const found = kept.get(key);
      return (
        found &&
        (async function* () {
          yield found;
        })()
      );
    },
    size: async (key) => kept.get(key)?.length,
    remove: async (key) => void kept.delete(key),
    keyOfUrl: async () => undefined,
    signedUrl: async (method, key) => `https://blobs.test/${method}/${key}`,
  };
  builder = new QueuedBuilder({
    store,
    vault,
    clock,
    sqs: new SQSClient(aws.client),
    buildQueueUrl: `${aws.client.endpoint}/1/builds`,
  });
  parts = {
    codeBuild: new CodeBuildClient(aws.client),
    store,
    vault,
    blobs,
    clock,
    outputs: {
      append: (_, text) => {
        output += text;
      },
      end: async () => undefined,
      read: () => undefined,
      remove: async () => undefined,
    },
    signer: new HmacSigner(Buffer.alloc(32)),
    settings: {
      projects: { amd64: { buildpacks: 'cnb-amd64', dockerfile: 'docker-amd64' } },
      repositoryUri: 'registry/slugs',
      cacheRepositoryUri: 'registry/caches',
      servicesUrl: 'https://services.test',
    },
    taskDefinitions: {
      ecs: new ECSClient(aws.client),
      store,
      ids: systemIds,
      settings: {
        stage: 'test',
        cluster: 'dynos',
        configBucket: 'c',
        keyArn: 'k',
        executionRoleArn: 'e',
        repositoryUri: 'registry/slugs',
        capacity: { providers: { amd64: 'x86' } },
        logAddress: 'l:1',
        attachAddress: 'a:1',
      },
    },
    outcome: async (_, buildId, outcome) => void outcomes.push({ buildId, outcome }),
    problem: () => undefined,
  };
});
afterEach(() => {
  aws.close();
  store.close();
});

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const look = () => startWaiting(parts, Number.MAX_SAFE_INTEGER);
const started = () => aws.inputs('StartBuild').map(({ idempotencyToken }) => idempotencyToken);
const ended = (n: number, status: string, id = `cnb-amd64:${n}`, project = 'cnb-amd64') =>
  buildChanged(parts, {
    'build-status': status,
    'build-id': `arn:aws:codebuild:eu-central-1:111122223333:build/${id}`,
    'project-name': project,
    'additional-information': {
      environment: { 'environment-variables': [{ name: 'DYNOFORM_BUILD_ID', value: order(n).buildId }] },
    },
  });
const waiting = () => store.list({ partition: 'builds', prefix: '' });

test('an order is written down sealed, told of, and started with nothing secret in it', async () => {
  await builder.start(order(1));
  expect(JSON.stringify(await waiting())).not.toContain('p4ssword');
  expect(aws.inputs('SendMessage')).toHaveLength(1);
  await look();
  const [start] = aws.inputs('StartBuild');
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
  expect(kept.has(configKey(order(1).buildId))).toBe(true);
  await look();
  expect(started()).toHaveLength(1);
});

test('orders wait for room, the oldest first, and an app’s builds for each other', async () => {
  let room = 1;
  aws.answers.StartBuild = ({ projectName, idempotencyToken }) => {
    if (room === 0) throw new AwsError('AccountLimitExceededException', 'Cannot have more than 1 builds in queue');
    room -= 1;
    return { build: { id: `${projectName}:${idempotencyToken.slice(-1)}` } };
  };
  for (const n of [3, 1, 2]) {
    nowMs += 1_000;
    await builder.start(order(n, n === 2 ? { appId: order(3).appId } : {}));
  }
  await look();
  await look();
  expect(await waiting()).toHaveLength(3);
  room = 5;
  aws.calls.length = 0;
  await look();
  expect(started()).toEqual([order(1).buildId]);
  kept.set(resultKey(order(3).buildId), Buffer.from(RESULT));
  await ended(3, 'SUCCEEDED');
  await look();
  expect(started()).toEqual([order(1).buildId, order(2).buildId]);
});

test('an image becomes a slug whose task definition is registered ahead', async () => {
  await builder.start(order(1));
  await look();
  kept.set(resultKey(order(1).buildId), Buffer.from(RESULT));
  await ended(1, 'IN_PROGRESS');
  await ended(1, 'SUCCEEDED');
  await ended(1, 'SUCCEEDED');
  const blobKey = `images/amd64/buildpacks/${order(1).buildId}.json`;
  expect(outcomes).toEqual([
    {
      buildId: order(1).buildId,
      outcome: {
        status: 'succeeded',
        slug: {
          blobKey,
          sizeBytes: 100,
          checksum: `SHA256:${'d'.repeat(64)}`,
          processTypes: { web: "gunicorn 'app:x y'" },
          buildpackDescription: 'heroku/python',
          buildpacks: [],
        },
      },
    },
  ]);
  expect(aws.inputs('RegisterTaskDefinition')).toMatchObject([
    { containerDefinitions: [{ image: `registry/slugs@sha256:${'d'.repeat(64)}` }] },
  ]);
  expect([...kept.keys()]).toEqual([blobKey]);
  expect(await waiting()).toEqual([]);
});

test.each([
  { name: 'no result', result: undefined, message: 'The build failed.' },
  { name: 'no JSON', result: '{', message: 'The build did not say what it made.' },
  {
    name: 'a digest that is none',
    result: RESULT.replace('sha256:ddd', 'latest#'),
    message: 'What the build says of its image cannot be read.',
  },
  { name: 'too much', result: ' '.repeat(5 * 1_024 * 1_024), message: 'What the build says of its image is too long.' },
])('a build that succeeds with $name has failed', async ({ result, message }) => {
  await builder.start(order(1));
  await look();
  if (result !== undefined) kept.set(resultKey(order(1).buildId), Buffer.from(result));
  await ended(1, 'SUCCEEDED');
  expect(outcomes).toEqual([{ buildId: order(1).buildId, outcome: { status: 'failed', message } }]);
  expect(output).toContain(message);
});

test.each([
  { status: 'FAILED', result: '{"failure":"No default language."}', message: 'No default language.', told: '' },
  {
    status: 'FAULT',
    result: undefined,
    message: 'The build was ended by a fault of CodeBuild.',
    told: 'a fault of CodeBuild',
  },
  { status: 'TIMED_OUT', result: undefined, message: 'The build took too long.', told: 'took too long' },
])('$status is a failed build, of which the user is told once', async ({ status, result, message, told }) => {
  await builder.start(order(1));
  await look();
  if (result !== undefined) kept.set(resultKey(order(1).buildId), Buffer.from(result));
  await ended(1, status);
  expect(outcomes).toMatchObject([{ outcome: { status: 'failed', message } }]);
  expect(output).toContain(told);
  expect(output === '').toBe(told === '');
});

test.each([
  { name: 'another project', end: () => ended(1, 'FAILED', 'cnb-amd64:1', 'somebody-elses') },
  { name: 'another build of CodeBuild', end: () => ended(1, 'FAILED', 'cnb-amd64:77') },
  { name: 'an order that is over', end: () => ended(9, 'FAILED') },
  { name: 'no build at all', end: () => buildChanged(parts, { 'build-status': 'FAILED' }) },
])('an event of $name is ignored', async ({ end }) => {
  await builder.start(order(1));
  await look();
  await end();
  expect(outcomes).toEqual([]);
});

test('a cancelled build is stopped, or never started', async () => {
  await builder.start(order(1));
  await look();
  await builder.start(order(2));
  await builder.cancel(order(1).buildId);
  await builder.cancel(order(2).buildId);
  await builder.cancel(order(2).buildId);
  await look();
  expect(aws.inputs('StopBuild')).toEqual([{ id: 'cnb-amd64:1' }]);
  expect(started()).toHaveLength(1);
  expect(outcomes).toMatchObject([{ outcome: { status: 'failed' } }, { outcome: { status: 'failed' } }]);
  expect(await waiting()).toEqual([]);
});

test('a build that is lost, and one that waits for ever, end as failed', async () => {
  await builder.start(order(1));
  await look();
  aws.answers.StartBuild = () => {
    throw new AwsError('AccountLimitExceededException', 'full');
  };
  await builder.start(order(2));
  nowMs = 21 * MINUTE_MS;
  await look();
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    { status: 'failed', message: 'The build took too long.' },
    { status: 'failed', message: 'The build waited too long for its turn.' },
  ]);
});

test('a start whose answer was lost is found by its event, or asked for again', async () => {
  const answer = aws.answers.StartBuild;
  aws.answers.StartBuild = () => {
    throw new AwsError('InternalFailure', 'gone', {}, 500);
  };
  await builder.start(order(1));
  await expect(look()).rejects.toThrow();
  await look();
  expect(started()).toHaveLength(1);
  nowMs = 7 * MINUTE_MS;
  if (answer !== undefined) aws.answers.StartBuild = answer;
  await look();
  await look();
  expect(started()).toHaveLength(2);
});

test.each([
  { name: 'a buildpack by URL', changes: { buildpacks: ['https://github.com/some/buildpack'] } },
  {
    name: 'an installation without Dockerfiles',
    changes: { stack: 'container' },
    projects: { amd64: { buildpacks: 'cnb' } },
  },
])('$name cannot be built, and the user learns it at once', async ({ changes, projects }) => {
  await builder.start(order(1, changes));
  await startWaiting(
    projects === undefined ? parts : { ...parts, settings: { ...parts.settings, projects } },
    Number.MAX_SAFE_INTEGER,
  );
  expect(started()).toEqual([]);
  expect(outcomes).toMatchObject([{ outcome: { status: 'failed' } }]);
  expect(output).toContain('Push failed');
});
