import {
  classifyError,
  classifyFailures,
  NO_ROOM,
  withoutArns,
} from '../../../../adapters/aws/ecs-runtime/failures.ts';
import { capacityClass, placeOf } from '../../../../adapters/aws/ecs-runtime/place.ts';
import {
  type EcsTask,
  factsOf,
  flawsOfTask,
  identityOf,
  readTask,
} from '../../../../adapters/aws/ecs-runtime/task-facts.ts';

const named = (name: string, message = '') => Object.assign(new Error(message), { name });
const unanswered = (reason: string) => ({
  kind: 'failed',
  result: { ok: false, reason, retry: true, unanswered: true },
});
const THROTTLED = unanswered('AWS is throttling starts');
const QUOTA = unanswered('a quota of the AWS account is used up');
const REFUSED = unanswered('the AWS account refuses to run it');

test.each([
  ...['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded'].map((name) => ({
    name,
    message: '',
    is: THROTTLED,
  })),
  ...['InvalidParameterException', 'ClientException'].flatMap((name) => [
    { name, message: 'RATE EXCEEDED', is: THROTTLED },
    { name, message: 'EC2 throttles us', is: THROTTLED },
    { name, message: 'Request limit exceeded', is: THROTTLED },
    { name, message: 'Task definition is INACTIVE', is: { kind: 'definition-gone' } },
    { name, message: 'TaskDefinition does not exist', is: { kind: 'definition-gone' } },
    { name, message: 'tasks in PROVISIONING', is: unanswered('too many dynos wait for a machine') },
    { name, message: 'Capacity is unavailable at this time', is: unanswered(NO_ROOM) },
    { name, message: 'the vCPU limit of the account', is: QUOTA },
    { name, message: 'your quota', is: QUOTA },
    { name, message: 'run concurrently', is: QUOTA },
    {
      name,
      message: 'something else',
      is: { kind: 'failed', result: { ok: false, reason: 'something else', retry: false } },
    },
  ]),
  { name: 'LimitExceededException', message: 'in provisioning', is: unanswered('too many dynos wait for a machine') },
  { name: 'LimitExceededException', message: 'a limit', is: QUOTA },
  { name: 'ServerException', message: 'Capacity is unavailable', is: unanswered(NO_ROOM) },
  ...['AccessDeniedException', 'ClusterNotFoundException', 'PlatformUnknownException', 'BlockedException'].map(
    (name) => ({ name, message: '', is: REFUSED }),
  ),
  ...['ExpiredTokenException', 'UnrecognizedClientException', 'TimeoutError', 'ServerException'].map((name) => ({
    name,
    message: '',
    is: { kind: 'unknown' },
  })),
  {
    name: 'UnsupportedFeatureException',
    message: 'not here',
    is: { kind: 'failed', result: { ok: false, reason: 'not here', retry: false } },
  },
])('RunTask fails with $name ($message)', ({ name, message, is }) => {
  expect(classifyError(named(name, message))).toEqual(is);
});

test('what is no error at all tells nothing', () => {
  for (const thrown of [undefined, null, 'text', {}]) expect(classifyError(thrown)).toEqual({ kind: 'unknown' });
});

test('tasks that the token has made already are named', () => {
  const conflict = Object.assign(named('ConflictException'), { resourceIds: ['arn:one'] });
  expect(classifyError(conflict)).toEqual({ kind: 'exists', taskArns: ['arn:one'] });
  expect(classifyError(named('ConflictException'))).toEqual({ kind: 'exists', taskArns: [] });
});

test.each([
  { failures: [{ reason: 'RESOURCE:MEMORY', detail: 'x' }], says: 'no machine has room for it (RESOURCE:MEMORY)' },
  { failures: [{ detail: 'AGENT' }, { reason: 'later' }], says: 'no machine has room for it (AGENT)' },
  { failures: [], says: 'no machine has room for it (no task was placed)' },
])('nothing was placed: $says', ({ failures, says }) => {
  expect(classifyFailures(failures)).toEqual({ kind: 'failed', result: { ok: false, reason: says, retry: true } });
});

test.each([
  { text: 'arn:aws:ecs:eu-central-1:111122223333:task/a, then', plain: '…, then' },
  { text: 'arn:aws-us-gov:iam::111122223333:role/x;', plain: '…;' },
  { text: '"arn:aws:s3:::bucket" (arn:aws:s3:::other)', plain: '"…" (…)' },
  { text: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/slugs', plain: '…/slugs' },
  { text: 'a'.repeat(400), plain: 'a'.repeat(300) },
])('an app’s log hears nothing of the account: $plain', ({ text, plain }) => {
  expect(withoutArns(text)).toBe(plain);
});

const dedicated = (cpuUnits: number, memoryGiB: number) => ({
  capacity: 'dedicated',
  networkMode: 'awsvpc',
  cpuUnits,
  memoryMiB: memoryGiB * 1_024,
});
const shared = (memoryMiB: number) => ({
  capacity: 'shared',
  networkMode: 'bridge',
  cpuUnits: memoryMiB / 8,
  memoryReservationMiB: memoryMiB,
  memoryLimitMiB: 2 * memoryMiB,
});

test.each([
  { size: 'Eco', place: shared(512) },
  { size: 'Basic', place: shared(512) },
  { size: 'Standard-1X', place: shared(512) },
  { size: 'Standard-2X', place: shared(1_024) },
  { size: 'Private-S', place: dedicated(2_048, 4) },
  { size: 'Performance-M', place: dedicated(2_048, 4) },
  { size: 'Performance-L', place: dedicated(8_192, 16) },
  { size: 'Performance-L-RAM', place: dedicated(4_096, 30) },
  { size: 'Performance-XL', place: dedicated(16_384, 64) },
])('$size gets the smallest place that holds it', ({ size, place }) => {
  expect(placeOf(size)).toEqual({ ok: true, value: place });
  expect(capacityClass(size)).toBe(place.capacity);
});

test('what nothing on AWS holds is refused in numbers, and an unknown size by its name', () => {
  expect(placeOf('Performance-2XL')).toEqual({
    ok: false,
    error: 'Performance-2XL needs 16 vCPUs and 126 GiB; Fargate offers at most 16 and 120',
  });
  expect(placeOf('Huge')).toEqual({ ok: false, error: 'unknown dyno size Huge' });
  expect(capacityClass('Huge')).toBe('shared');
});

const APP = '11111111-1111-4111-8111-111111111111';
const DYNO = '22222222-2222-4222-8222-222222222222';
const TASK = { taskArn: 'arn:task', clusterArn: 'arn:cluster', version: 3, lastStatus: 'RUNNING' };
const read = (task: object): EcsTask => {
  const found = readTask({ ...TASK, ...task });
  if (found === undefined) throw new Error('not a task');
  return found;
};

test.each([
  { group: `app/${APP}/web`, startedBy: `${DYNO}/2`, is: { appId: APP, dynoId: DYNO, attempt: 2, type: 'web' } },
  {
    group: `app/${APP}/run_it-1`,
    startedBy: `${DYNO}/12/attach`,
    is: { appId: APP, dynoId: DYNO, attempt: 12, type: 'run_it-1', attach: true },
  },
  { group: undefined, startedBy: `${DYNO}/2`, is: undefined },
  { group: 'family:dynos', startedBy: `${DYNO}/2`, is: undefined },
  { group: `app/${APP}/web`, startedBy: undefined, is: undefined },
  { group: `app/${APP}/web`, startedBy: 'ecs-svc/123', is: undefined },
  { group: `app/${APP}/web`, startedBy: `${DYNO}/x`, is: undefined },
  { group: `app/${APP}/web`, startedBy: `${DYNO}/1234567890`, is: undefined },
  { group: `app/${APP}/web`, startedBy: `${DYNO}/2/attached`, is: undefined },
  { group: `app/${APP}/web/more`, startedBy: `${DYNO}/2`, is: undefined },
  { group: `x/app/${APP}/web`, startedBy: `${DYNO}/2`, is: undefined },
  { group: 'app/shop/web', startedBy: `${DYNO}/2`, is: undefined },
])('a task of $group, started by $startedBy', ({ group, startedBy, is }) => {
  expect(identityOf(read({ group, startedBy }))).toEqual(is);
});

test('what keeps a text from being a task is named by its field, and not shown', () => {
  expect(readTask({ ...TASK, version: 'secret' })).toBeUndefined();
  const [flaw, ...more] = flawsOfTask({ ...TASK, version: 'secret' });
  expect([flaw?.split(':')[0], more]).toEqual(['version', []]);
  expect(flaw).not.toContain('secret');
  expect(flawsOfTask('secret')[0]).toMatch(/^the task: /);
  expect(flawsOfTask(TASK)).toEqual([]);
});

const AT = '2026-01-01T00:00:00Z';
const AT_MS = Date.parse(AT);
const dyno = (more: object) => ({ containers: [{ name: 'log-router' }, { name: 'dyno', ...more }] });

test.each([
  {
    name: 'waits',
    task: { lastStatus: 'PENDING', containerInstanceArn: 'arn:machine' },
    is: { version: 3, state: 'pending', containerInstanceArn: 'arn:machine', graceExpired: false },
  },
  {
    name: 'runs on a machine that it shares',
    task: {
      startedAt: AT,
      containerInstanceArn: 'arn:machine',
      ...dyno({
        networkBindings: [
          { containerPort: 1, hostPort: 2 },
          { containerPort: 5_000, hostPort: 32_768 },
        ],
      }),
    },
    is: {
      version: 3,
      state: 'running',
      containerInstanceArn: 'arn:machine',
      hostPort: 32_768,
      launchedAtMs: AT_MS,
      graceExpired: false,
    },
  },
  {
    name: 'runs at an address of its own',
    task: { startedAt: AT, ...dyno({ networkInterfaces: [{ privateIpv4Address: '10.0.0.5' }] }) },
    is: {
      version: 3,
      state: 'running',
      address: { host: '10.0.0.5', port: 5_000 },
      launchedAtMs: AT_MS,
      graceExpired: false,
    },
  },
  { name: 'runs and has not begun', task: {}, is: { version: 3, state: 'pending', graceExpired: false } },
  {
    name: 'is being deactivated',
    task: { lastStatus: 'DEACTIVATING', startedAt: AT },
    is: { version: 3, state: 'running', launchedAtMs: AT_MS, graceExpired: false },
  },
  ...Object.entries({
    SpotInterruption: 'spot-notice',
    TerminationNotice: 'retiring',
    InfrastructureHealth: 'lost',
  }).flatMap(([stopCode, hostFault]) => [
    {
      name: `has a machine that goes: ${stopCode}`,
      task: { startedAt: AT, stopCode },
      is: { version: 3, state: 'running', launchedAtMs: AT_MS, graceExpired: false, hostFault },
    },
    {
      name: `went with its machine: ${stopCode}`,
      task: { lastStatus: 'STOPPED', stoppedAt: AT, stopCode },
      is: {
        version: 3,
        state: 'stopped',
        graceExpired: false,
        stoppedAtMs: AT_MS,
        exit: { status: 137, reason: 'lost', detail: stopCode },
      },
    },
  ]),
  ...['STOPPED', 'DEPROVISIONING', 'DELETED'].map((lastStatus) => ({
    name: `is ${lastStatus}, and nobody says since when or why`,
    task: { lastStatus },
    is: {
      version: 3,
      state: 'stopped',
      graceExpired: false,
      stoppedAtMs: 99,
      exit: { status: 137, reason: 'lost', detail: 'ECS gave no reason' },
    },
  })),
  {
    name: 'ended before its network was gone',
    task: {
      lastStatus: 'STOPPED',
      executionStoppedAt: AT,
      stoppedAt: '2026-01-01T00:03:00Z',
      ...dyno({ exitCode: 0 }),
    },
    is: {
      version: 3,
      state: 'stopped',
      graceExpired: false,
      stoppedAtMs: AT_MS,
      exit: { status: 0, reason: 'exited' },
    },
  },
  {
    name: 'ran out of memory without a status',
    task: { lastStatus: 'STOPPED', stoppedAt: AT, ...dyno({ reason: 'OutOfMemoryError: killed' }) },
    is: {
      version: 3,
      state: 'stopped',
      graceExpired: false,
      stoppedAtMs: AT_MS,
      exit: { status: 137, reason: 'out-of-memory' },
    },
  },
  {
    name: 'was stopped by us when its machine was gone',
    task: {
      lastStatus: 'STOPPED',
      stoppedAt: AT,
      stopCode: 'UserInitiated',
      stoppedReason: 'Host EC2 terminated',
      ...dyno({ exitCode: 143 }),
    },
    is: {
      version: 3,
      state: 'stopped',
      graceExpired: false,
      stoppedAtMs: AT_MS,
      exit: { status: 143, reason: 'exited' },
    },
  },
])('a task that $name', ({ task, is }) => {
  expect(factsOf(read(task), 99)).toEqual(is);
});

test.each([
  { name: 'a second short of the grace', tookMs: 29_000, stopCode: 'UserInitiated', exitCode: 137, expired: true },
  { name: 'less', tookMs: 28_999, stopCode: 'UserInitiated', exitCode: 137, expired: false },
  { name: 'and ended by itself', tookMs: 30_000, stopCode: 'UserInitiated', exitCode: 143, expired: false },
  {
    name: 'though we did not stop it',
    tookMs: 30_000,
    stopCode: 'EssentialContainerExited',
    exitCode: 137,
    expired: false,
  },
])('a task that took its grace: $name', ({ tookMs, stopCode, exitCode, expired }) => {
  const task = {
    lastStatus: 'STOPPED',
    stopCode,
    stoppingAt: AT,
    stoppedAt: new Date(AT_MS + tookMs).toISOString(),
    ...dyno({ exitCode }),
  };
  expect(factsOf(read(task), 0).graceExpired).toBe(expired);
});
