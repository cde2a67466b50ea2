import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import { EcsRuntime, type EcsRuntimeParts } from '../../../../adapters/aws/ecs-runtime/ecs-runtime.ts';
import { stopOrphans } from '../../../../adapters/aws/ecs-runtime/list-orphans.ts';
import type { EcsRuntimeSettings } from '../../../../adapters/aws/ecs-runtime/settings.ts';
import { recordTaskEvent } from '../../../../adapters/aws/ecs-runtime/task-event.ts';
import { HmacSigner } from '../../../../adapters/hmac-signer.ts';
import { openSqliteStore } from '../../../../adapters/local/sqlite-store.ts';
import { systemIds } from '../../../../adapters/system.ts';
import { openAttachToken } from '../../../../core/dyno/attach-token.ts';
import { openDynoLogToken } from '../../../../core/log/dyno-log-token.ts';
import type { DynoSpec, Store } from '../../../../core/ports.ts';
import { MINUTE_MS } from '../../../../core/time.ts';
import { AwsError, AwsServer } from '../aws-server.ts';

const APP = '11111111-0000-4000-8000-000000000001';
const DYNO = '22222222-0000-4000-8000-000000000001';
const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:cluster/dynos';
const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/dynos/0123456789abcdef';
const MACHINE = 'arn:aws:ecs:eu-central-1:111122223333:container-instance/dynos/1';
const SIGNER = new HmacSigner(Buffer.alloc(32, 7));

const SETTINGS: EcsRuntimeSettings = {
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

const spec = (changes: Partial<DynoSpec> = {}): DynoSpec => ({
  appId: APP,
  appName: 'shop',
  dynoId: DYNO,
  name: 'web.1',
  type: 'web',
  attempt: 1,
  slug: { id: 'slug', blobKey: 'images/amd64/buildpacks/b.json', checksum: `SHA256:${'a'.repeat(64)}` },
  command: 'node server.js',
  config: { version: 3, open: async () => ({ SECRET: 'p4ssword' }) },
  environment: {},
  size: { name: 'Standard-1X', memoryMiB: 512, processLimit: 256 },
  logged: true,
  ...changes,
});

const running = (changes: object = {}) => ({
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

let aws: AwsServer;
let store: Store & { close(): void };
let nowMs: number;
let runtime: EcsRuntime;
let parts: EcsRuntimeParts;
const nudged: string[] = [];

beforeEach(async () => {
  aws = await AwsServer.open();
  aws.answers = {
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
  };
  store = openSqliteStore(':memory:');
  nowMs = 1_000_000;
  nudged.length = 0;
  parts = {
    ecs: new ECSClient(aws.client),
    ec2: new EC2Client(aws.client),
    s3: new S3Client(aws.client),
    store,
    ids: systemIds,
    signer: SIGNER,
    settings: SETTINGS,
    clock: { nowMs: () => nowMs },
    problem: () => undefined,
  };
  runtime = new EcsRuntime(parts);
});
afterEach(() => {
  aws.close();
  store.close();
});

const event = (detail: unknown) =>
  recordTaskEvent(
    { store, clock: parts.clock, cluster: 'dynos', nudges: { nudge: (appId) => nudged.push(appId) } },
    detail,
  );
const observed = async () => (await runtime.observe(APP)).tasks[0];

describe('start', () => {
  test('runs one task with the dyno’s token, place and settings, and shows no config var', async () => {
    expect(await runtime.start(spec())).toEqual({ ok: true, taskRef: TASK });
    const [run] = aws.inputs('RunTask');
    expect(run).toMatchObject({
      cluster: 'dynos',
      clientToken: `${DYNO}-1`,
      startedBy: `${DYNO}/1`,
      group: `app/${APP}/web`,
      capacityProviderStrategy: [{ capacityProvider: 'x86', weight: 1 }],
      placementStrategy: [
        { type: 'spread', field: 'attribute:ecs.availability-zone' },
        { type: 'binpack', field: 'memory' },
      ],
    });
    const [dyno] = run.overrides.containerOverrides;
    expect(dyno).toMatchObject({
      name: 'dyno',
      command: ['node server.js'],
      cpu: 64,
      memory: 1_024,
      memoryReservation: 512,
    });
    expect(dyno.environmentFiles[0].value).toMatch(
      new RegExp(`^arn:aws:s3:::config-bucket/config/${APP}/3-[0-9a-f]{32}\\.env$`),
    );
    const told = Object.fromEntries(
      dyno.environment.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(told).toMatchObject({ DYNO: 'web.1', PORT: '5000', MEMORY_AVAILABLE: '512' });
    expect(openDynoLogToken(SIGNER, told.DYNOFORM_LOG_TOKEN, nowMs)).toEqual({
      appId: APP,
      dynoId: DYNO,
      name: 'web.1',
    });
    const told2 = JSON.stringify([
      run,
      aws.inputs('RegisterTaskDefinition'),
      aws.inputs('PutObject').map(({ path }) => path),
    ]);
    expect(told2).not.toContain('p4ssword');
    expect(aws.inputs('PutObject')[0].headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'if-none-match': '*',
    });
  });

  test('the same attempt again answers the same task and runs nothing, however much later', async () => {
    await runtime.start(spec());
    nowMs += 30 * 60 * MINUTE_MS;
    expect(await new EcsRuntime(parts).start(spec())).toEqual({ ok: true, taskRef: TASK });
    expect(aws.inputs('RunTask')).toHaveLength(1);
  });

  test('fifty at once register one task definition and write one config object', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        runtime.start(spec({ dynoId: `22222222-0000-4000-8000-${String(n).padStart(12, '0')}` })),
      ),
    );
    expect(aws.inputs('RunTask')).toHaveLength(50);
    expect(aws.inputs('RegisterTaskDefinition')).toHaveLength(1);
    expect(aws.inputs('PutObject')).toHaveLength(1);
  });

  test('an object that is there already is left as it is', async () => {
    aws.answers.PutObject = () => {
      throw new AwsError('PreconditionFailed', 'exists', {}, 412);
    };
    expect(await runtime.start(spec())).toMatchObject({ ok: true });
  });

  test('a dedicated size runs on Fargate, its output through a sidecar that knows the token', async () => {
    await runtime.start(spec({ size: { name: 'Performance-M', memoryMiB: 2_560, processLimit: 16_384 } }));
    const [run] = aws.inputs('RunTask');
    expect(run).toMatchObject({
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }],
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } },
      overrides: { cpu: '2048', memory: '4096' },
    });
    expect(run.placementStrategy).toBeUndefined();
    expect(run.overrides.containerOverrides[1]).toMatchObject({
      name: 'log-router',
      environment: [{ name: 'DYNOFORM_LOG_TOKEN' }],
    });
    const [definition] = aws.inputs('RegisterTaskDefinition');
    expect(definition).toMatchObject({ networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] });
    expect(definition.containerDefinitions[0].dockerSecurityOptions).toBeUndefined();
  });

  test('the definition is hardened', async () => {
    await runtime.start(spec());
    const [definition] = aws.inputs('RegisterTaskDefinition');
    expect(definition.taskRoleArn).toBeUndefined();
    expect(definition.containerDefinitions).toHaveLength(1);
    expect(definition.containerDefinitions[0]).toMatchObject({
      image: `${SETTINGS.repositoryUri}@sha256:${'a'.repeat(64)}`,
      privileged: false,
      stopTimeout: 30,
      dockerSecurityOptions: ['no-new-privileges'],
      linuxParameters: { initProcessEnabled: true, maxSwap: 0, capabilities: { drop: ['ALL'] } },
      ulimits: [{ name: 'nofile', softLimit: 10_000, hardLimit: 10_000 }],
      logConfiguration: { logDriver: 'fluentd', options: { env: 'DYNOFORM_LOG_TOKEN' } },
    });
    expect(JSON.stringify(definition).length).toBeLessThan(64 * 1_024);
  });

  test('a one-off’s own environment and a command that ECS has no room for travel in a file of their own', async () => {
    const attach = { terminal: true, columns: 100, rows: 40 };
    const command = `echo ${'"'.repeat(4_000)}`;
    await runtime.start(
      spec({ type: 'run', name: 'run.1', command, environment: { TOKEN: 'pr1vate' }, attach, logged: false }),
    );
    const [run] = aws.inputs('RunTask');
    expect(run.startedBy).toBe(`${DYNO}/1/attach`);
    const [dyno] = run.overrides.containerOverrides;
    expect(dyno.command).toEqual(['']);
    expect(dyno.environmentFiles).toHaveLength(2);
    expect(JSON.stringify(run)).not.toContain('pr1vate');
    expect(JSON.stringify(run)).not.toContain('DYNOFORM_LOG_TOKEN');
    const told = Object.fromEntries(
      dyno.environment.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(told.DYNOFORM_TERMINAL).toBe('100x40');
    expect(openAttachToken(SIGNER, told.DYNOFORM_ATTACH_TOKEN, nowMs)).toEqual({
      appId: APP,
      dynoId: DYNO,
      attempt: 1,
    });
  });

  test.each([
    { name: 'an archive as slug', changes: { slug: { id: 's', blobKey: 'slugs/x.tgz', checksum: '' } } },
    {
      name: 'an architecture without machines',
      changes: { slug: { ...spec().slug, blobKey: 'images/arm64/buildpacks/b' } },
    },
    {
      name: 'a size that Fargate does not have',
      changes: { size: { name: 'Performance-2XL', memoryMiB: 129_024, processLimit: 1 } },
    },
  ])('$name cannot be started, and no other attempt either', async ({ changes }) => {
    expect(await runtime.start(spec(changes))).toMatchObject({ ok: false, retry: false });
    expect(aws.inputs('RunTask')).toEqual([]);
  });

  test('config vars that cannot be opened are a failed start', async () => {
    const open = async () => {
      throw new Error('broken seal p4ssword');
    };
    const result = await runtime.start(spec({ config: { version: 1, open } }));
    expect(result).toEqual({ ok: false, reason: 'its config vars cannot be opened', retry: true });
  });

  test('no room is a failure that another attempt may not meet', async () => {
    aws.answers.RunTask = () => ({ tasks: [], failures: [{ arn: MACHINE, reason: 'RESOURCE:MEMORY' }] });
    expect(await runtime.start(spec())).toEqual({
      ok: false,
      reason: 'no machine has room for it (RESOURCE:MEMORY)',
      retry: true,
    });
  });

  test('a token that has made a task already adopts it', async () => {
    aws.answers.RunTask = () => {
      throw new AwsError('ConflictException', 'token', { resourceIds: [TASK] });
    };
    expect(await runtime.start(spec())).toEqual({ ok: true, taskRef: TASK });
    expect(await observed()).toMatchObject({ taskRef: TASK, state: 'pending', attempt: 1 });
  });

  test('an answer that is lost is no answer: the same attempt will be asked for again', async () => {
    aws.answers.RunTask = () => {
      throw new AwsError('ServerException', 'oops', {}, 500);
    };
    await expect(runtime.start(spec())).rejects.toThrow('oops');
  });

  test('a definition that was removed behind our back is registered anew', async () => {
    aws.answers.RunTask = () => {
      throw new AwsError('ClientException', 'TaskDefinition is inactive');
    };
    expect(await runtime.start(spec())).toMatchObject({ ok: false, retry: true });
    await runtime.start(spec({ attempt: 2 }));
    expect(aws.inputs('RegisterTaskDefinition')).toHaveLength(2);
  });
});

describe('observe', () => {
  test('a task that ECS does not know yet is pending, and lost when it still does not after minutes', async () => {
    await runtime.start(spec());
    expect(await runtime.observe(APP)).toMatchObject({
      complete: true,
      tasks: [{ state: 'pending', listening: false }],
    });
    nowMs += 6 * MINUTE_MS;
    expect(await observed()).toMatchObject({ state: 'stopped', exit: { reason: 'lost' } });
  });

  test('what DescribeTasks cannot say leaves the look incomplete', async () => {
    await runtime.start(spec());
    aws.answers.DescribeTasks = () => {
      throw new AwsError('ThrottlingException', 'Rate exceeded');
    };
    expect(await runtime.observe(APP)).toMatchObject({ complete: false, tasks: [{ state: 'pending' }] });
  });

  test('a running web dyno has an address, is handed to the routers’ probes, and listens when one says so', async () => {
    await runtime.start(spec());
    aws.answers.DescribeTasks = () => ({ tasks: [running()], failures: [] });
    expect(await observed()).toMatchObject({
      state: 'running',
      listening: false,
      launchedAtMs: 1_000_000,
      address: { host: '10.0.0.9', port: 49_160 },
    });
    const probes = await store.list({ partition: 'probes', prefix: '' });
    expect(probes.map(({ value }) => value)).toEqual([
      { appId: APP, dynoId: DYNO, attempt: 1, host: '10.0.0.9', port: 49_160 },
    ]);
    const key = { partition: `tasks#${APP}`, sort: `listening#${DYNO}#1` };
    await store.transact([{ kind: 'put', key, value: {}, expect: 'absent' }]);
    expect(await observed()).toMatchObject({ state: 'running', listening: true });
    expect(await store.list({ partition: 'probes', prefix: '' })).toEqual([]);
    expect(aws.inputs('DescribeInstances')).toHaveLength(1);
  });

  test('a machine that drains is a fault of the host', async () => {
    await runtime.start(spec());
    aws.answers.DescribeTasks = () => ({ tasks: [running()] });
    aws.answers.DescribeContainerInstances = () => ({
      containerInstances: [{ containerInstanceArn: MACHINE, ec2InstanceId: 'i-1', status: 'DRAINING' }],
    });
    expect(await observed()).toMatchObject({ state: 'running', hostFault: 'draining' });
  });

  test('an attached one-off waits for its client, whoever told of it first', async () => {
    const attach = { terminal: false, columns: 80, rows: 24 };
    await event(running({ startedBy: `${DYNO}/1/attach`, group: `app/${APP}/run` }));
    await runtime.start(spec({ type: 'run', attach }));
    const waiting = await observed();
    expect(waiting).toMatchObject({ state: 'awaiting-client' });
    expect(waiting?.launchedAtMs).toBeUndefined();
    const key = { partition: `tasks#${APP}`, sort: `attached#${DYNO}#1` };
    await store.transact([{ kind: 'put', key, value: { attachedAtMs: 2_000_000 }, expect: 'absent' }]);
    expect(await observed()).toMatchObject({ state: 'running', launchedAtMs: 2_000_000 });
  });

  test('one that no client came for ends as such', async () => {
    await event(
      running({
        startedBy: `${DYNO}/1/attach`,
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        containers: [{ name: 'dyno', exitCode: 128 }],
      }),
    );
    expect(await observed()).toMatchObject({ state: 'stopped', exit: { status: 128, reason: 'attach-timeout' } });
  });

  test('a task that ended long ago is neither shown nor kept', async () => {
    await event(
      running({
        lastStatus: 'STOPPED',
        stopCode: 'UserInitiated',
        stoppedAt: '1970-01-01T00:16:40Z',
        containers: [{ name: 'dyno', exitCode: 143 }],
      }),
    );
    expect(await observed()).toMatchObject({ state: 'stopped', exit: { status: 143, reason: 'exited' } });
    nowMs += 11 * MINUTE_MS;
    expect(await runtime.observe(APP)).toEqual({ complete: true, tasks: [] });
    expect(await store.list({ partition: `tasks#${APP}`, prefix: '' })).toEqual([]);
    expect(await runtime.start(spec())).toEqual({ ok: true, taskRef: TASK });
    expect(aws.inputs('RunTask')).toEqual([]);
  });
});

describe('events', () => {
  test('the newest version wins, whatever order they come in, and only news is worth a look', async () => {
    await event(running({ version: 5 }));
    await event(running({ version: 3, lastStatus: 'PENDING' }));
    await event(running({ version: 5 }));
    expect(nudged).toEqual([APP]);
    expect(await observed()).toMatchObject({ state: 'running' });
  });

  test.each([
    { name: 'another cluster', detail: running({ clusterArn: `${CLUSTER}-other` }) },
    { name: 'a service', detail: running({ group: 'service:router', startedBy: 'ecs-svc/1' }) },
    { name: 'no task', detail: { taskArn: TASK } },
    { name: 'nothing', detail: null },
    { name: 'somebody’s names', detail: running({ group: 'app/../web' }) },
  ])('of $name are ignored', async ({ detail }) => {
    await event(detail);
    expect(nudged).toEqual([]);
  });
});

describe('stop', () => {
  test('asks ECS, and takes what is gone or never was for done', async () => {
    await runtime.stop(TASK, 30);
    expect(aws.inputs('StopTask')).toMatchObject([{ cluster: 'dynos', task: TASK }]);
    aws.answers.StopTask = () => {
      throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
    };
    await runtime.stop(TASK, 0);
    await runtime.stop('no-such-task', 0);
    aws.answers.StopTask = () => {
      throw new AwsError('ThrottlingException', 'Rate exceeded');
    };
    await expect(runtime.stop(TASK, 30)).rejects.toThrow('Rate exceeded');
  });
});

describe('the orphan sweep', () => {
  const sweep = () => stopOrphans({ ecs: parts.ecs, store, clock: parts.clock, cluster: 'dynos' });

  test('stops old tasks of dynos that nobody has recorded, and nothing else', async () => {
    const named = (n: number, changes: object = {}) => ({
      ...running({ taskArn: `${TASK}${n}`, startedBy: `${DYNO}/${n}`, createdAt: 0 }),
      ...changes,
    });
    const tasks = [named(1), named(2), named(3, { createdAt: 999 }), named(4, { group: 'service:router' })];
    await event(named(2));
    aws.answers.ListTasks = () => ({ taskArns: tasks.map(({ taskArn }) => taskArn) });
    aws.answers.DescribeTasks = () => ({ tasks });
    expect(await sweep()).toBe(1);
    expect(aws.inputs('StopTask')).toMatchObject([{ task: `${TASK}1` }]);
  });

  test('reads one page at a time and goes on where it was', async () => {
    aws.answers.ListTasks = ({ nextToken }) => ({
      taskArns: [],
      ...(nextToken === undefined ? { nextToken: 'two' } : {}),
    });
    await sweep();
    await sweep();
    await sweep();
    expect(aws.inputs('ListTasks').map(({ nextToken }) => nextToken)).toEqual([undefined, 'two', undefined]);
  });
});
