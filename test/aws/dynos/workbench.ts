import { randomUUID } from 'node:crypto';
import { EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, ECSClient, ListTasksCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import Docker from 'dockerode';
import { Background } from '../../../adapters/aws/background.ts';
import { openDynamoStore } from '../../../adapters/aws/dynamo-store.ts';
import { EcsRuntime } from '../../../adapters/aws/ecs-runtime/ecs-runtime.ts';
import { recordTaskEvent } from '../../../adapters/aws/ecs-runtime/task-event.ts';
import { identityOf, readTask } from '../../../adapters/aws/ecs-runtime/task-facts.ts';
import { ServiceNotes } from '../../../adapters/aws/service-notes.ts';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { systemClock as clock, systemIds as ids, systemRandom as random } from '../../../adapters/system.ts';
import type { DynoRuntime, RuntimeEvent, RuntimeEvents } from '../../../core/ports/dyno-runtime.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { createHandler } from '../../../lambdas/task-events/handler.ts';
import { createForwardIntake } from '../../../services/logs/forward-intake.ts';
import { createAttachPort } from '../../../services/rendezvous/attach-port.ts';
import { startProber } from '../../../services/router/prober.ts';
import { clientOf } from '../../contract/aws/client-of.ts';
import { createTable } from '../../contract/aws/table.ts';
import { type Account, CONFIG_BUCKET } from './account.ts';

export interface Workbench {
  readonly runtime: DynoRuntime & RuntimeEvents;
  readonly lines: readonly LogLine[];
  close(): Promise<void>;
}

const SIGNER = new HmacSigner(Buffer.alloc(32, 7));
const TASK_LABEL = 'com.amazonaws.ecs.task-arn';
/** Problems that the suite causes itself: dynos whose output is not for the log, and a broken seal. */
const EXPECTED = /^(refused log records without a valid token|its config vars cannot be opened)/;
const nobody = { enqueue: () => undefined };

/**
 * The runtime with its own cluster and table and everything that is deployed next to it: the task-events function, the log
 * service, the router's prober and the port where one-offs wait for their client.
 */
export async function openWorkbench(account: Account): Promise<Workbench> {
  const client = clientOf(account.endpoint);
  const cluster = `dynos-${randomUUID()}`;
  const ecs = new ECSClient(client);
  await ecs.send(new CreateClusterCommand({ clusterName: cluster, capacityProviders: ['x86'] }));
  const table = await createTable(account.endpoint);
  const store = openDynamoStore({ client: table.client, table: table.name, ids, random });
  const reported: string[] = [];
  const problems: Problems = { report: (problem, cause) => reported.push(`${problem}: ${cause}`) };
  const background = new Background(problems);
  const lines: LogLine[] = [];
  const logs = createForwardIntake({
    signer: SIGNER,
    logs: { append: (more) => lines.push(...more) },
    outputs: { append: () => undefined },
    now: clock.nowMs,
    problems,
  });
  const notes = new ServiceNotes({ store, passRequests: nobody, clock, background });
  const attachPort = createAttachPort({
    signer: SIGNER,
    now: clock.nowMs,
    attached: (task) => notes.attached(task),
    left: (task) => notes.left(task),
  });
  const logPort = await logs.listen(0, '127.0.0.1');
  const attachPortNumber = await attachPort.listen(0, account.hostAddress);
  const prober = startProber({ waiting: () => notes.probes(), listens: (probe) => notes.listens(probe), problems });
  const runtime = new EcsRuntime({
    ecs,
    ec2: new EC2Client(client),
    s3: new S3Client({ ...client, forcePathStyle: true }),
    store,
    ids,
    signer: SIGNER,
    clock,
    problems,
    settings: {
      stage: 'test',
      cluster,
      configBucket: CONFIG_BUCKET,
      keyArn: 'arn:aws:kms:us-east-1:000000000000:key/1',
      executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
      repositoryUri: account.repositoryUri,
      capacity: { providers: { amd64: 'x86' } },
      logAddress: `127.0.0.1:${logPort}`,
      attachAddress: `${account.hostAddress}:${attachPortNumber}`,
    },
  });
  let listener: (event: RuntimeEvent) => void = () => undefined;
  await account.tellOfTasks(async ({ detail }) => {
    const task = readTask(detail);
    const identity = task && identityOf(task);
    const passRequests = {
      enqueue: (appId: string) => listener({ kind: 'task', appId, dynoId: identity?.dynoId ?? '' }),
    };
    const handle = createHandler({
      record: (recorded) => recordTaskEvent({ store, passRequests, clock, cluster, problems }, recorded),
      flush: () => background.flush(),
    });
    await handle({ detail } as Parameters<typeof handle>[0]);
  });
  return {
    runtime: {
      start: (spec) => runtime.start(spec),
      stop: (taskRef, graceSeconds) => runtime.stop(taskRef, graceSeconds),
      observe: (appId) => runtime.observe(appId),
      onEvent: (told) => {
        listener = told;
      },
    },
    lines,
    async close() {
      await account.tellOfTasks(undefined);
      await stopTasks(ecs, cluster);
      await Promise.all([prober.close(), logs.close(), attachPort.close()]);
      await background.flush();
      await table.drop();
      ecs.destroy();
      const unexpected = reported.filter((problem) => !EXPECTED.test(problem));
      if (unexpected.length > 0) throw new Error(unexpected.join('\n'));
    },
  };
}

/** At once, without a grace. */
async function stopTasks(ecs: ECSClient, cluster: string): Promise<void> {
  const docker = new Docker();
  for (;;) {
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus: 'RUNNING' }));
    await Promise.all(taskArns.map((task) => ecs.send(new StopTaskCommand({ cluster, task }))));
    const containers = await docker.listContainers({ filters: { label: [TASK_LABEL] } });
    const ours = containers.filter(({ Labels }) => Labels[TASK_LABEL]?.includes(`:task/${cluster}/`));
    if (taskArns.length === 0 && ours.length === 0) return;
    await Promise.all(ours.map(({ Id }) => docker.getContainer(Id).kill().catch(hasEnded)));
  }
}

function hasEnded(error: unknown): void {
  const { statusCode } = Object(error) as { statusCode?: number };
  if (statusCode !== 404 && statusCode !== 409) throw error;
}
