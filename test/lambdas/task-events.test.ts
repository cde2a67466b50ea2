import { Background } from '../../adapters/aws/background.ts';
import { recordTaskEvent } from '../../adapters/aws/ecs-runtime/task-event.ts';
import type { TaskRecord } from '../../adapters/aws/ecs-runtime/task-records.ts';
import { openSqliteStore, type SqliteStore } from '../../adapters/local/sqlite-store.ts';
import { createHandler } from '../../lambdas/task-events/handler.ts';
import { IGNORED_PROBLEMS } from '../problems.ts';
import { storedList } from '../stored.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const APP = '11111111-0000-4000-8000-000000000001';
const DYNO = '22222222-0000-4000-8000-000000000001';
const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:cluster/dynos';
const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/dynos/0123456789abcdef0123456789abcdef';

/** "Task State Change" with everything that ECS puts into one (Amazon ECS Developer Guide, "Task state change events"). */
const event = (changes: object = {}) => ({
  version: '0',
  id: '9bcdac79-b31f-4d3d-9410-fbd727c29fab',
  'detail-type': 'ECS Task State Change',
  source: 'aws.ecs',
  account: '111122223333',
  time: '2026-11-21T12:00:00Z',
  region: 'eu-central-1',
  resources: [TASK],
  detail: {
    attachments: [{ id: 'a', type: 'eni', status: 'ATTACHED', details: [{ name: 'subnetId', value: 'subnet-1' }] }],
    attributes: [{ name: 'ecs.cpu-architecture', value: 'arm64' }],
    availabilityZone: 'eu-central-1a',
    capacityProviderName: 'graviton',
    clusterArn: CLUSTER,
    connectivity: 'CONNECTED',
    connectivityAt: '2026-11-21T11:59:41.263Z',
    containerInstanceArn: 'arn:aws:ecs:eu-central-1:111122223333:container-instance/dynos/1',
    containers: [
      {
        containerArn: 'arn:aws:ecs:eu-central-1:111122223333:container/dynos/1/2',
        lastStatus: 'RUNNING',
        name: 'dyno',
        image: 'registry/slugs@sha256:dd',
        runtimeId: '8dba3d5e',
        taskArn: TASK,
        networkBindings: [{ bindIP: '0.0.0.0', containerPort: 5000, hostPort: 49160, protocol: 'tcp' }],
        networkInterfaces: [],
        cpu: '0',
        memoryReservation: '512',
      },
    ],
    cpu: '256',
    createdAt: '2026-11-21T11:59:40.982Z',
    desiredStatus: 'RUNNING',
    enableExecuteCommand: false,
    group: `app/${APP}/web`,
    lastStatus: 'RUNNING',
    launchType: 'EC2',
    memory: '512',
    overrides: { containerOverrides: [{ name: 'dyno' }], inferenceAcceleratorOverrides: [] },
    startedAt: '2026-11-21T11:59:58.617Z',
    startedBy: `${DYNO}/1`,
    taskArn: TASK,
    taskDefinitionArn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/dynoform-shop:1',
    updatedAt: '2026-11-21T11:59:58.617Z',
    version: 3,
    ...changes,
  },
});

let store: SqliteStore;
let background: Background;
let nudged: string[];
let problems: string[];
beforeEach(() => {
  store = openSqliteStore(':memory:');
  background = new Background(IGNORED_PROBLEMS);
  nudged = [];
  problems = [];
});
afterEach(() => store.close());

/** Wired as in lambdas/task-events/index.ts; sending a pass request takes a while. */
const handle = (event: unknown, before: () => void = () => {}) =>
  createHandler({
    record: async (detail) => {
      before();
      const send = (appId: string) =>
        new Promise<void>((resolve) => setTimeout(resolve, 10)).then(() => void nudged.push(appId));
      await recordTaskEvent(
        {
          store,
          clock: { nowMs: () => NOW },
          cluster: CLUSTER,
          passRequests: { enqueue: (appId) => background.track('a nudge', send(appId)) },
          problems: { report: (text, cause) => problems.push(`${text}: ${(cause as Error).message}`) },
        },
        detail,
      );
    },
    flush: () => background.flush(),
  })(event as never);

const records = async () =>
  (await storedList<TaskRecord>(store, { partition: `tasks#${APP}`, prefix: 'task#' })).map(({ value }) => value);

describe('an event of a dyno’s task', () => {
  it('is recorded, and its app is nudged before the function ends', async () => {
    await handle(event());
    expect(await records()).toEqual([
      {
        appId: APP,
        dynoId: DYNO,
        attempt: 1,
        type: 'web',
        taskArn: TASK,
        version: 3,
        state: 'running',
        containerInstanceArn: 'arn:aws:ecs:eu-central-1:111122223333:container-instance/dynos/1',
        hostPort: 49_160,
        launchedAtMs: Date.parse('2026-11-21T11:59:58.617Z'),
        graceExpired: false,
        recordedAtMs: NOW,
      },
    ]);
    expect([nudged, problems]).toEqual([[APP], []]);
  });

  it('that comes twice, or late, is no news', async () => {
    await handle(event({ version: 4, lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' }));
    await handle(event({ version: 4, lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' }));
    await handle(event({ version: 3 }));
    expect(await records()).toMatchObject([{ version: 4, state: 'stopped' }]);
    expect(nudged).toEqual([APP]);
  });

  test.each([
    {
      name: 'exit',
      changes: { containers: [{ name: 'dyno', exitCode: 3 }], stopCode: 'EssentialContainerExited' },
      exit: { status: 3, reason: 'exited' },
    },
    {
      name: 'Spot interruption',
      changes: { stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.' },
      exit: { status: 137, reason: 'lost', detail: 'Your Spot Task was interrupted.' },
    },
    {
      name: 'sidecar beside it that ended otherwise',
      changes: {
        containers: [
          { name: 'log-router', exitCode: 1 },
          { name: 'dyno', exitCode: 0 },
        ],
      },
      exit: { status: 0, reason: 'exited' },
    },
  ])('tells how it ended: $name', async ({ changes, exit }) => {
    await handle(event({ lastStatus: 'STOPPED', stoppedAt: '2026-11-21T12:00:00Z', ...changes }));
    expect(await records()).toMatchObject([{ state: 'stopped', stoppedAtMs: NOW, exit }]);
  });

  test.each([
    { name: 'the platform’s own service', changes: { group: 'service:router', startedBy: 'ecs-svc/123' } },
    { name: 'another cluster', changes: { clusterArn: CLUSTER.replace('dynos', 'others') } },
    { name: 'somebody who calls his group as we do', changes: { startedBy: 'me' } },
  ])('of $name is nobody’s business', async ({ changes }) => {
    await handle(event(changes));
    expect([await records(), nudged, problems]).toEqual([[], [], []]);
  });
});

test.each([
  { name: 'a version that is text', sent: event({ version: '3' }), names: ['version: '] },
  { name: 'no containers but a word', sent: event({ containers: 'none' }), names: ['containers: '] },
  { name: 'a time that is none', sent: event({ startedAt: 'yesterday' }), names: ['startedAt: '] },
  { name: 'a deep flaw', sent: event({ containers: [{ exitCode: 'one' }] }), names: ['containers.0.exitCode: '] },
  { name: 'several', sent: { detail: { version: 3 } }, names: ['taskArn: ', 'clusterArn: ', 'lastStatus: '] },
  { name: 'no detail', sent: {}, names: ['the task: '] },
  { name: 'nothing at all', sent: null, names: ['the task: '] },
])('an event with $name is told of by the names of its fields, and not tried again', async ({ sent, names }) => {
  await handle(sent);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^could not read an event of ECS: /);
  for (const name of names) expect(problems[0]).toContain(name);
  expect(problems[0]).not.toContain('yesterday');
  expect([await records(), nudged]).toEqual([[], []]);
});

test('a table that is out of reach fails the function, so that the event comes again; what was begun is sent first', async () => {
  let settled = false;
  const slow = new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => {
    settled = true;
  });
  const failing = handle(event(), () => {
    background.track('of before', slow);
    throw new Error('out of reach');
  });
  await expect(failing).rejects.toThrow('out of reach');
  expect(settled).toBe(true);
  await handle(event());
  expect(await records()).toHaveLength(1);
});
