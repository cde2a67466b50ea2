import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import { EcsRuntime, type EcsRuntimeParts } from '../../../../adapters/aws/ecs-runtime/ecs-runtime.ts';
import type { EcsRuntimeSettings } from '../../../../adapters/aws/ecs-runtime/settings.ts';
import { recordTaskEvent } from '../../../../adapters/aws/ecs-runtime/task-event.ts';
import { HmacSigner } from '../../../../adapters/hmac-signer.ts';
import { openSqliteStore, type SqliteStore } from '../../../../adapters/local/sqlite-store.ts';
import { systemIds } from '../../../../adapters/system.ts';
import type { DynoSpec, TaskObservation } from '../../../../core/ports/dyno-runtime.ts';
import { image } from '../../../artifacts.ts';
import { problemsTo } from '../../../problems.ts';
import { AwsServer } from '../aws-server.ts';

export const APP = '11111111-0000-4000-8000-000000000001';
export const DYNO = '22222222-0000-4000-8000-000000000001';
export const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:cluster/dynos';
export const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/dynos/0123456789abcdef';
export const MACHINE = 'arn:aws:ecs:eu-central-1:111122223333:container-instance/dynos/1';
export const SIGNER = new HmacSigner(Buffer.alloc(32, 7));

export const SETTINGS: EcsRuntimeSettings = {
  stage: 'test',
  cluster: 'dynos',
  configBucket: 'config-bucket',
  keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
  executionRoleArn: 'arn:aws:iam::111122223333:role/execution',
  repositoryUri: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/slugs',
  capacity: {
    providers: { amd64: 'x86' },
    fargate: { subnets: ['subnet-1'], securityGroups: ['sg-1'], publicAddresses: true, logRouterImage: 'fluent-bit' },
  },
  logAddress: 'logs.internal:24224',
  attachAddress: 'rendezvous.internal:5001',
};

export const spec = (changes: Partial<DynoSpec> = {}): DynoSpec => ({
  appId: APP,
  appName: 'shop',
  dynoId: DYNO,
  name: 'web.1',
  type: 'web',
  attempt: 1,
  slug: { id: 'slug', artifact: image(), checksum: `SHA256:${'a'.repeat(64)}` },
  command: 'node server.js',
  config: { version: 3, open: async () => ({ SECRET: 'p4ssword' }) },
  environment: {},
  size: { name: 'Standard-1X', memoryMiB: 512, processLimit: 256 },
  logged: true,
  ...changes,
});

export const running = (changes: object = {}) => ({
  taskArn: TASK,
  clusterArn: CLUSTER,
  group: `app/${APP}/web`,
  startedBy: `${DYNO}/1`,
  version: 4,
  lastStatus: 'RUNNING',
  startedAt: 1_000,
  containerInstanceArn: MACHINE,
  containers: [{ name: 'dyno', networkBindings: [{ containerPort: 5_000, hostPort: 49_160 }] }],
  ...changes,
});

/** One machine, and tasks that ECS does not know yet. */
export const ecsAnswers = (): AwsServer['answers'] => ({
  RegisterTaskDefinition: ({ family }) => ({
    taskDefinition: { taskDefinitionArn: `arn:aws:ecs:definition/${family}:1` },
  }),
  RunTask: ({ startedBy }) => ({
    tasks: [{ taskArn: TASK, clusterArn: CLUSTER, version: 1, lastStatus: 'PROVISIONING', startedBy }],
    failures: [],
  }),
  DescribeTasks: ({ tasks }) => ({ tasks: [], failures: tasks.map((arn: string) => ({ arn, reason: 'MISSING' })) }),
  DescribeContainerInstances: ({ containerInstances }) => ({
    containerInstances: containerInstances.map((containerInstanceArn: string) => ({
      containerInstanceArn,
      ec2InstanceId: 'i-1',
      status: 'ACTIVE',
    })),
  }),
  DescribeInstances: () =>
    '<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><privateIpAddress>10.0.0.9</privateIpAddress></item></instancesSet></item></reservationSet></DescribeInstancesResponse>',
});

/** The runtime with a server that answers like AWS, and a clock that stands still. */
export class RuntimeBench {
  readonly aws: AwsServer;
  readonly store: SqliteStore = openSqliteStore(':memory:');
  readonly parts: EcsRuntimeParts;
  readonly runtime: EcsRuntime;
  readonly nudged: string[] = [];
  readonly problems: string[] = [];
  nowMs = 1_000_000;

  private constructor(aws: AwsServer) {
    this.aws = aws;
    aws.answers = ecsAnswers();
    this.parts = {
      ecs: new ECSClient(aws.client),
      ec2: new EC2Client(aws.client),
      s3: new S3Client(aws.client),
      store: this.store,
      ids: systemIds,
      signer: SIGNER,
      settings: SETTINGS,
      clock: { nowMs: () => this.nowMs },
      problems: problemsTo(this.problems),
    };
    this.runtime = new EcsRuntime(this.parts);
  }

  static async open(): Promise<RuntimeBench> {
    return new RuntimeBench(await AwsServer.open());
  }

  /** Delivers an event to the task-events function as EventBridge does. */
  event(detail: unknown): Promise<void> {
    const passRequests = { enqueue: (appId: string) => void this.nudged.push(appId) };
    const { store, clock, problems } = this.parts;
    return recordTaskEvent({ store, clock, cluster: 'dynos', passRequests, problems }, detail);
  }

  async observed(): Promise<TaskObservation | undefined> {
    return (await this.runtime.observe(APP)).tasks[0];
  }

  close(): void {
    this.aws.close();
    this.store.close();
  }
}
