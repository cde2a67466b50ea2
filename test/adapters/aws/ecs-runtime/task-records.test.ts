import { forgetTask, type TaskRecord, taskRecord } from '../../../../adapters/aws/ecs-runtime/task-records.ts';

const task: TaskRecord = {
  appId: 'app',
  dynoId: 'dyno',
  attempt: 1,
  type: 'web',
  version: 3,
  state: 'stopped',
  graceExpired: false,
  taskArn: 'arn:aws:ecs:us-east-1:1:task/dynos/1',
  recordedAtMs: 1,
};
const item = (value: unknown) => ({ partition: 'tasks#app', sort: 'task#dyno#1', version: 7, value });
const read = (value: unknown) => taskRecord.tryRead(item(value))?.value;

test.each(['exited', 'attach-timeout', 'out-of-memory', 'start-failed', 'no-room', 'lost'] as const)(
  'a task that ended as %s is read as it was written',
  (reason) => {
    const ended: TaskRecord = { ...task, exit: { status: 1, reason, detail: 'why' }, launchedAtMs: 1, stoppedAtMs: 2 };
    expect(read(ended)).toEqual(ended);
  },
);

test.each(['draining', 'spot-notice', 'retiring', 'lost'] as const)(
  'a task whose machine is %s is read',
  (hostFault) => {
    const live: TaskRecord = { ...task, state: 'running', hostFault, address: { host: '10.0.0.1', port: 5000 } };
    expect(read(live)).toEqual(live);
  },
);

test.each([
  { name: 'an app', changes: { appId: undefined } },
  { name: 'a dyno', changes: { dynoId: 1 } },
  { name: 'an attempt', changes: { attempt: -1 } },
  { name: 'a known state', changes: { state: 'gone' } },
  { name: 'a known reason', changes: { exit: { status: 1, reason: 'bored' } } },
  { name: 'a known fault of its machine', changes: { hostFault: 'fire' } },
  { name: 'a port', changes: { address: { host: '10.0.0.1' } } },
  { name: 'a task', changes: { taskArn: null } },
])('a record without $name is no task', ({ changes }) => {
  expect(read({ ...task, ...changes })).toBeUndefined();
});

test.each([
  { probed: {}, sorts: ['task#dyno#1', 'listening#dyno#1', 'attached#dyno#1'] },
  { probed: { probed: true as const }, sorts: ['task#dyno#1', 'listening#dyno#1', 'attached#dyno#1', 'dyno#1'] },
])('with a task go all notes about it: $sorts', ({ probed, sorts }) => {
  const writes = forgetTask({ ...item(task), value: { ...task, ...probed } });
  expect(writes.map(({ kind, key }) => [kind, key.sort])).toEqual(sorts.map((sort) => ['delete', sort]));
  expect(writes.map(({ expect: expected }) => expected)).toEqual([7, ...sorts.slice(1).map(() => 'any')]);
});
