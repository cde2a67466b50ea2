import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { EcsRuntime } from '../../../adapters/aws/ecs-runtime/ecs-runtime.ts';
import type { EcsRuntimeSettings } from '../../../adapters/aws/ecs-runtime/settings.ts';
import { recordTaskEvent } from '../../../adapters/aws/ecs-runtime/task-event.ts';
import { systemIds } from '../../../adapters/system.ts';
import { completeBuild } from '../../../core/build/complete-build.ts';
import { readDynos } from '../../../core/dyno/find-dyno.ts';
import { createDynoManager } from '../../../core/dyno-manager/dyno-manager.ts';
import { managerMessage } from '../../../core/dyno-manager/manager-message.ts';
import type { Platform } from '../../../core/platform.ts';
import { Driver } from '../../../core/reconcile/driver.ts';
import { StoredFailures } from '../../../core/reconcile/failure-log.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { createHandler } from '../../../lambdas/reconcile/handler.ts';
import { createHandler as createTaskEventsHandler } from '../../../lambdas/task-events/handler.ts';
import { AwsServer } from '../../adapters/aws/aws-server.ts';
import { CLUSTER, ecsAnswers, MACHINE, SETTINGS } from '../../adapters/aws/ecs-runtime/runtime-bench.ts';
import { type ApiFixture, openApiFixture, type Principal } from '../../api/api-fixture.ts';
import { startBuild } from '../../api/deploy.ts';
import { image } from '../../artifacts.ts';

const SECOND_MS = 1_000;

export interface EcsTaskState {
  readonly taskArn: string;
  readonly clientToken: string;
  readonly group: string;
  readonly startedBy: string;
  readonly atMs: number;
  version: number;
  lastStatus: string;
  more: object;
}

interface Message {
  readonly appId: string;
  readonly atMs: number;
}

/**
 * The API, the reconcile function and the task-events function as deployed, with a server that answers like ECS: the answer to
 * a token never changes. Queues and clock stand still until a test moves them.
 */
export class FaultWorld {
  readonly fixture: ApiFixture;
  readonly aws: AwsServer;
  readonly tasks: EcsTaskState[] = [];
  readonly problems: string[] = [];
  /** When RunTask was called. */
  readonly runsAtMs: number[] = [];
  /** Checks each call first: returns an error or another answer, or undefined. */
  fault: (operation: string, input: AwsServer['calls'][number]['input']) => unknown = () => undefined;
  /** Called in addition by RunTask. */
  onRun: () => void = () => undefined;
  #me: Principal;
  #messages: Message[] = [];
  #reconcile: ReturnType<typeof createHandler>;
  readonly #platform: Platform;

  static async open(): Promise<FaultWorld> {
    const fixture = await openApiFixture();
    return new FaultWorld(fixture, await AwsServer.open(), await fixture.principal('me@example.com'));
  }

  private constructor(fixture: ApiFixture, aws: AwsServer, me: Principal) {
    this.fixture = fixture;
    this.aws = aws;
    this.#me = me;
    const enqueue = (appId: string, delayMs = 0) =>
      void this.#messages.push({ appId, atMs: fixture.clock.nowMs() + delayMs });
    const report = (problem: string, cause?: unknown) => this.problems.push(`${problem}: ${(cause as Error)?.message}`);
    this.#platform = { ...fixture.platform, passRequests: { enqueue }, problems: { report } };
    this.#answerAsEcs();
    this.#reconcile = this.newFunction();
  }

  /** As after a cold start: nothing is left of another instance's memory; perhaps of another version. */
  newFunction(settings: EcsRuntimeSettings = SETTINGS): ReturnType<typeof createHandler> {
    const { client } = this.aws;
    const platform = this.#platform;
    const { store, signer, clock, problems } = platform;
    const runtime = new EcsRuntime({
      ecs: new ECSClient(client),
      ec2: new EC2Client(client),
      s3: new S3Client(client),
      ids: systemIds,
      settings,
      ...{ store, signer, clock, problems },
    });
    const refuse = async () => {
      throw new Error('no release phase, no removal and no events here');
    };
    const manager = createDynoManager({
      ...{ platform, runtime },
      completeReleasePhase: refuse,
      purgeApp: refuse,
      certificateRequests: { enqueue: () => undefined },
    });
    const driver = new Driver(manager.reconciler, {
      ...platform,
      requests: platform.passRequests,
      failures: new StoredFailures({ store, clock }),
    });
    const drivers = { nudge: driver, events: { run: refuse } };
    this.#reconcile = createHandler({ drivers, manager, nowMs: clock.nowMs, problems, flush: async () => undefined });
    return this.#reconcile;
  }

  async call(method: string, path: string, body?: unknown): Promise<void> {
    const answer = await this.fixture.request(method, path, {
      token: this.#me.token,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  }

  /** An app whose slug is an image, with nothing running yet. */
  async createApp(name: string): Promise<string> {
    await this.call('POST', '/apps', { name });
    const build = await startBuild(this.fixture, this.#me.token, name);
    const order = this.fixture.buildOrders.find(({ buildId }) => buildId === build.id);
    if (order === undefined) throw new Error('the builder got no order');
    await completeBuild(this.fixture.platform, order.appId, order.buildId, {
      status: 'succeeded',
      slug: {
        artifact: image({ blobKey: `images/amd64/buildpacks/${build.id}.json` }),
        sizeBytes: 1,
        checksum: `SHA256:${'a'.repeat(64)}`,
        processTypes: { worker: 'work' },
        buildpackDescription: 'Node.js',
        buildpacks: ['heroku/nodejs'],
      },
    });
    return order.appId;
  }

  scale(name: string, quantity: number): Promise<void> {
    return this.call('PATCH', `/apps/${name}/formation/worker`, { quantity, size: 'standard-1x' });
  }

  async dynos(appId: string): Promise<readonly Dyno[]> {
    return (await readDynos(this.#platform, appId)).map(({ value }) => value);
  }

  log(process: string): readonly string[] {
    return this.fixture.logLines.filter((line) => line.process === process).map(({ message }) => message);
  }

  /** The messages in the queues. */
  get waiting(): readonly Message[] {
    this.#collect();
    return this.#messages;
  }

  /** The queues lose everything. */
  loseMessages(): void {
    this.#collect();
    this.#messages = [];
  }

  /** Delivers one batch of `nudge.fifo`; failed messages stay. */
  async deliver(appIds: readonly string[], remainingMs = 60_000): Promise<SQSBatchResponse> {
    const Records = appIds.map((appId, n) => ({
      messageId: String(n),
      body: managerMessage({ kind: 'nudge', appId }),
      attributes: { MessageGroupId: appId },
    }));
    const answer = await this.#reconcile({ Records } as unknown as SQSEvent, {
      getRemainingTimeInMillis: () => remainingMs,
    });
    const atMs = this.fixture.clock.nowMs() + SECOND_MS;
    for (const { itemIdentifier } of answer.batchItemFailures) {
      this.#messages.push({ appId: appIds[Number(itemIdentifier)] ?? '', atMs });
    }
    return answer;
  }

  /** Time passes, and everything that becomes due is delivered. */
  async advance(ms: number): Promise<void> {
    const { clock } = this.fixture;
    const endMs = clock.nowMs() + ms;
    for (;;) {
      this.#collect();
      const next = [...this.#messages].sort((left, right) => left.atMs - right.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      clock.advance(Math.max(0, next.atMs - clock.nowMs()));
      this.#messages = this.#messages.filter(({ appId, atMs }) => appId !== next.appId || atMs > clock.nowMs());
      await this.deliver([next.appId]);
    }
    clock.advance(Math.max(0, endMs - clock.nowMs()));
  }

  /** Delivers a task event as EventBridge does. */
  async tell(detail: unknown): Promise<void> {
    const { store, clock, passRequests, problems } = this.#platform;
    const handle = createTaskEventsHandler({
      record: (recorded) => recordTaskEvent({ store, passRequests, clock, cluster: 'dynos', problems }, recorded),
      flush: async () => undefined,
    });
    await handle({ detail } as Parameters<typeof handle>[0]);
  }

  described(task: EcsTaskState, changes: object = {}): object {
    const { taskArn, group, startedBy, version, lastStatus, more } = task;
    const containers = [{ name: 'dyno', networkBindings: [{ containerPort: 5_000, hostPort: 49_160 }] }];
    return {
      ...{ taskArn, group, startedBy, version, lastStatus, containers },
      clusterArn: CLUSTER,
      containerInstanceArn: MACHINE,
      ...more,
      ...changes,
    };
  }

  close(): void {
    this.aws.close();
    this.fixture.close();
  }

  #collect(): void {
    for (const appId of this.fixture.nudged.splice(0)) {
      this.#messages.push({ appId, atMs: this.fixture.clock.nowMs() });
    }
  }

  #answerAsEcs(): void {
    const { clock } = this.fixture;
    const tokens = new Map<string, object>();
    const answers: AwsServer['answers'] = {
      ...ecsAnswers(),
      RunTask: ({ clientToken, group, startedBy }) => {
        this.runsAtMs.push(clock.nowMs());
        const known = tokens.get(clientToken);
        if (known !== undefined) return known;
        const taskArn = `${CLUSTER.replace(':cluster/', ':task/')}/${this.tasks.length}`;
        const task = { taskArn, clientToken, group, startedBy, atMs: clock.nowMs() };
        const state = { ...task, version: 2, lastStatus: 'RUNNING', more: { startedAt: clock.nowMs() / SECOND_MS } };
        this.tasks.push(state);
        const answer = { tasks: [this.described(state, { version: 1, lastStatus: 'PROVISIONING' })], failures: [] };
        tokens.set(clientToken, answer);
        this.onRun();
        return answer;
      },
      DescribeTasks: ({ tasks }) => ({
        tasks: this.tasks.filter(({ taskArn }) => tasks.includes(taskArn)).map((task) => this.described(task)),
        failures: [],
      }),
      PutObject: () => ({}),
      StopTask: () => ({}),
    };
    for (const [operation, answer] of Object.entries(answers)) {
      this.aws.answers[operation] = (input) => {
        const fault = this.fault(operation, input);
        // An error comes before ECS checks the token, a refusal after.
        const isRepeat = operation === 'RunTask' && tokens.has(input.clientToken) && !(fault instanceof Error);
        if (fault === undefined || isRepeat) return answer(input);
        if (operation === 'RunTask') {
          this.runsAtMs.push(clock.nowMs());
          // ECS also repeats its refusals to a token.
          if (!(fault instanceof Error)) tokens.set(input.clientToken, fault as object);
        }
        if (fault instanceof Error) throw fault;
        return fault;
      };
    }
  }
}
