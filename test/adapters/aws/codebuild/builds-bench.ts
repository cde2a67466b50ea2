import { createHash } from 'node:crypto';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SQSClient } from '@aws-sdk/client-sqs';
import { buildChanged } from '../../../../adapters/aws/codebuild/build-event.ts';
import { type BuildsParts, resultKey } from '../../../../adapters/aws/codebuild/builds-parts.ts';
import type { QueuedBuild } from '../../../../adapters/aws/codebuild/queued-build.ts';
import { startWaiting } from '../../../../adapters/aws/codebuild/start-waiting.ts';
import { QueuedBuilder } from '../../../../adapters/aws/queued-builder.ts';
import { HmacSigner } from '../../../../adapters/hmac-signer.ts';
import { openSqliteStore, type SqliteStore } from '../../../../adapters/local/sqlite-store.ts';
import { systemIds } from '../../../../adapters/system.ts';
import type { Blobs } from '../../../../core/ports/blobs.ts';
import type { BuildOrder, BuildOutcome } from '../../../../core/ports/builder.ts';
import { MINUTE_MS } from '../../../../core/time.ts';
import { problemsTo } from '../../../problems.ts';
import { storedList } from '../../../stored.ts';
import { AwsServer } from '../aws-server.ts';

export const order = (n: number, changes: Partial<BuildOrder> = {}): BuildOrder => ({
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

export const RESULT = JSON.stringify({
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

/** Both sides of the build queue with a server that answers like CodeBuild, and a vault and blobs in memory. */
export class BuildsBench {
  readonly aws: AwsServer;
  readonly store: SqliteStore = openSqliteStore(':memory:');
  readonly kept = new Map<string, Buffer>();
  readonly outcomes: { readonly buildId: string; readonly outcome: BuildOutcome }[] = [];
  readonly problems: string[] = [];
  readonly builder: QueuedBuilder;
  readonly parts: BuildsParts;
  readonly urlsExpireAtMs: number[] = [];
  nowMs = 0;
  output = '';

  private constructor(aws: AwsServer) {
    this.aws = aws;
    let builds = 0;
    aws.answers = {
      StartBuild: ({ projectName }) => ({ build: { id: `${projectName}:${++builds}` } }),
      RegisterTaskDefinition: () => ({ taskDefinition: { taskDefinitionArn: 'arn:definition:1' } }),
      SendMessage: ({ MessageBody }) => ({ MessageId: 'm', MD5OfMessageBody: md5(MessageBody) }),
    };
    const clock = { nowMs: () => this.nowMs };
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
        this.kept.set(key, Buffer.concat(chunks));
        return { sizeBytes: 0, sha256: '' };
      },
      get: async (key) => {
        const found = this.kept.get(key);
        return (
          found &&
          (async function* () {
            yield found;
          })()
        );
      },
      size: async (key) => this.kept.get(key)?.length,
      remove: async (key) => void this.kept.delete(key),
      keyOfUrl: async () => undefined,
      signedUrl: async (method, key, expiresAtMs) => {
        this.urlsExpireAtMs.push(expiresAtMs);
        return `https://blobs.test/${method}/${key}`;
      },
    };
    this.builder = new QueuedBuilder({
      store: this.store,
      vault,
      clock,
      sqs: new SQSClient(aws.client),
      buildQueueUrl: `${aws.client.endpoint}/1/builds`,
      problems: problemsTo(this.problems),
    });
    this.parts = {
      codeBuild: new CodeBuildClient(aws.client),
      store: this.store,
      vault,
      blobs,
      clock,
      outputs: {
        append: (_, text) => {
          this.output += text;
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
        store: this.store,
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
      outcome: async (_, buildId, outcome) => void this.outcomes.push({ buildId, outcome }),
      problems: problemsTo(this.problems),
    };
  }

  static async open(): Promise<BuildsBench> {
    return new BuildsBench(await AwsServer.open());
  }

  /** Starts what can start, as the builds function does. */
  look(changes: Partial<BuildsParts> = {}): Promise<void> {
    return startWaiting({ ...this.parts, ...changes }, Number.MAX_SAFE_INTEGER);
  }

  /** The orders for which CodeBuild was asked. */
  started(): readonly string[] {
    return this.aws.inputs('StartBuild').map(({ idempotencyToken }) => idempotencyToken);
  }

  waiting() {
    return storedList<QueuedBuild>(this.store, { partition: 'builds', prefix: '' });
  }

  /** "Build State Change" of CodeBuild. */
  ended(n: number, status: string, id = `cnb-amd64:${n}`, project = 'cnb-amd64'): Promise<void> {
    return buildChanged(this.parts, {
      'build-status': status,
      'build-id': `arn:aws:codebuild:eu-central-1:111122223333:build/${id}`,
      'project-name': project,
      'additional-information': {
        environment: { 'environment-variables': [{ name: 'DYNOFORM_BUILD_ID', value: order(n).buildId }] },
      },
    });
  }

  /** Leaves a result as a build does, and sends CodeBuild's event of its end. */
  async succeed(n: number): Promise<void> {
    this.kept.set(resultKey(order(n).buildId), Buffer.from(RESULT));
    await this.ended(n, 'SUCCEEDED');
  }

  close(): void {
    this.aws.close();
    this.store.close();
  }
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
