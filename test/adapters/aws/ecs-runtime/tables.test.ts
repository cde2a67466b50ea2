import { classifyError } from '../../../../adapters/aws/ecs-runtime/failures.ts';
import { placeOf } from '../../../../adapters/aws/ecs-runtime/place.ts';
import { startFailure } from '../../../../adapters/aws/ecs-runtime/start-failure.ts';
import { factsOf, readTask } from '../../../../adapters/aws/ecs-runtime/task-facts.ts';

const retry = (retry: boolean) => ({ kind: 'failed', result: { ok: false, retry } });

test.each([
  { error: 'ThrottlingException', message: 'Rate exceeded', is: retry(true) },
  {
    error: 'InvalidParameterException',
    message: 'Error retrieving subnet information for [subnet-1]: Request limit exceeded.',
    is: retry(true),
  },
  {
    error: 'InvalidParameterException',
    message: 'Error retrieving security group information: Rate exceeded (ErrorCode: Throttling)',
    is: retry(true),
  },
  { error: 'ClientException', message: 'Tasks provisioning capacity limit exceeded.', is: retry(true) },
  {
    error: 'ClientException',
    message: 'You’ve reached the limit on the number of vCPUs you can run concurrently',
    is: retry(true),
  },
  {
    error: 'ClientException',
    message: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    is: retry(true),
  },
  { error: 'ClientException', message: 'TaskDefinition is inactive', is: { kind: 'definition-gone' } },
  { error: 'InvalidParameterException', message: 'TaskDefinition not found.', is: { kind: 'definition-gone' } },
  { error: 'AccessDeniedException', message: 'not authorized', is: retry(true) },
  {
    error: 'InvalidParameterException',
    message: 'Override for container named x is not a container',
    is: retry(false),
  },
  { error: 'ServerException', message: 'Service Unavailable', is: { kind: 'unknown' } },
  { error: 'TimeoutError', message: 'socket hang up', is: { kind: 'unknown' } },
  { error: 'ExpiredTokenException', message: 'expired', is: { kind: 'unknown' } },
])('RunTask: $error, $message', ({ error, message, is }) => {
  expect(classifyError(Object.assign(new Error(message), { name: error }))).toMatchObject(is);
});

test('a failed start tells an app’s log no account number', () => {
  const error = Object.assign(
    new Error('no arn:aws:iam::111122223333:role/execution for 111122223333.dkr.ecr.eu-central-1.amazonaws.com/slugs'),
    {
      name: 'ClientException',
    },
  );
  expect(classifyError(error)).toMatchObject({ result: { reason: 'no … for …/slugs' } });
});

test.each([
  { size: 'Eco', place: { capacity: 'shared', memoryReservationMiB: 512, memoryLimitMiB: 1_024, cpuUnits: 64 } },
  { size: 'Standard-2X', place: { capacity: 'shared', memoryReservationMiB: 1_024, cpuUnits: 128 } },
  { size: 'Performance-M', place: { capacity: 'dedicated', cpuUnits: 2_048, memoryMiB: 4_096 } },
  { size: 'Performance-L', place: { cpuUnits: 8_192, memoryMiB: 16_384 } },
  { size: 'Performance-L-RAM', place: { cpuUnits: 4_096, memoryMiB: 30_720 } },
  { size: 'Performance-XL', place: { cpuUnits: 16_384, memoryMiB: 65_536 } },
])('$size', ({ size, place }) => {
  expect(placeOf(size)).toMatchObject({ ok: true, value: place });
});

const STOPPED = { lastStatus: 'STOPPED', stoppedAt: '2026-01-01T00:01:00Z' };

test.each([
  { name: 'waits for a machine', task: { lastStatus: 'PROVISIONING' }, is: { state: 'pending' } },
  { name: 'stopped before it ran', task: { lastStatus: 'STOPPING' }, is: { state: 'pending' } },
  {
    name: 'has its grace',
    task: { lastStatus: 'STOPPING', startedAt: '2026-01-01T00:00:00Z' },
    is: { state: 'running', launchedAtMs: Date.parse('2026-01-01T00:00:00Z') },
  },
  { name: 'only its network is left', task: { lastStatus: 'DEPROVISIONING' }, is: { state: 'stopped' } },
  {
    name: 'by itself',
    task: { ...STOPPED, stopCode: 'EssentialContainerExited', containers: [{ name: 'dyno', exitCode: 3 }] },
    is: { exit: { status: 3, reason: 'exited' }, graceExpired: false },
  },
  {
    name: 'out of memory',
    task: {
      ...STOPPED,
      stopCode: 'EssentialContainerExited',
      containers: [{ name: 'dyno', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }],
    },
    is: { exit: { status: 137, reason: 'out-of-memory' } },
  },
  {
    name: 'an image that cannot be pulled',
    task: {
      ...STOPPED,
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'Task failed to start',
      containers: [{ name: 'dyno', reason: 'CannotPullContainerError: not found' }],
    },
    is: {
      exit: {
        status: 1,
        reason: 'start-failed',
        detail:
          'the image of its slug is no longer in the registry: deploy again (CannotPullContainerError: not found)',
      },
    },
  },
  ...['RESOURCE:MEMORY', 'TaskFailedToStart: RESOURCE:CPU', 'AGENT', 'Capacity is unavailable at this time.'].map(
    (stoppedReason) => ({
      name: `no room in the end: ${stoppedReason}`,
      task: { ...STOPPED, stopCode: 'TaskFailedToStart', stoppedReason },
      is: { exit: { status: 1, reason: 'no-room', detail: `no machine has room for it (${stoppedReason})` } },
    }),
  ),
  {
    name: 'Spot',
    task: { ...STOPPED, stopCode: 'SpotInterruption', containers: [{ name: 'dyno', exitCode: 143 }] },
    is: { exit: { status: 143, reason: 'lost' } },
  },
  {
    name: 'Spot, and still in its two minutes',
    task: { lastStatus: 'RUNNING', startedAt: '2026-01-01T00:00:00Z', stopCode: 'SpotInterruption' },
    is: { state: 'running', hostFault: 'spot-notice' },
  },
  {
    name: 'a machine that vanished',
    task: { ...STOPPED, stoppedReason: 'Host EC2 (instance i-0123) terminated.' },
    is: { exit: { status: 137, reason: 'lost' } },
  },
  {
    name: 'by us, in time',
    task: {
      ...STOPPED,
      stopCode: 'UserInitiated',
      stoppingAt: '2026-01-01T00:00:50Z',
      containers: [{ name: 'dyno', exitCode: 143 }],
    },
    is: { exit: { status: 143, reason: 'exited' }, graceExpired: false },
  },
  {
    name: 'by us, killed when the grace was over',
    task: {
      ...STOPPED,
      stopCode: 'UserInitiated',
      stoppingAt: '2026-01-01T00:00:30Z',
      containers: [{ name: 'dyno', exitCode: 137 }],
    },
    is: { exit: { status: 137, reason: 'exited' }, graceExpired: true },
  },
  {
    name: 'by us, before it ran',
    task: { ...STOPPED, stopCode: 'UserInitiated' },
    is: { exit: { status: 143, reason: 'exited' } },
  },
])('a task: $name', ({ task, is }) => {
  const read = readTask({ taskArn: 'arn:task', clusterArn: 'arn:cluster', version: 1, ...task });
  if (read === undefined) throw new Error('not read');
  expect(factsOf(read, 0)).toMatchObject(is);
});

test.each([
  {
    said: 'CannotPullContainerError: Error response from daemon: manifest for 111122223333.dkr.ecr.eu-central-1.amazonaws.com/slugs@sha256:1 not found: manifest unknown: Requested image not found',
    tells: /^the image of its slug is no longer in the registry: deploy again \(/,
  },
  {
    said: 'CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: i/o timeout',
    tells: /^the image of its slug could not be fetched \(/,
  },
  {
    said: 'CannotStartContainerError: exec /usr/bin/bash: exec format error',
    tells: /^its slug was built for another architecture \(/,
  },
  {
    said: 'ResourceInitializationError: failed to download env files: RequestCanceled',
    tells: /^its config vars, its network or its image could not be fetched \(/,
  },
  { said: 'CannotCreateContainerError: no space left on device', tells: /^CannotCreateContainerError: no space left/ },
])('an app’s log is told of $said', ({ said, tells }) => {
  const failure = startFailure(said);
  expect(failure).toEqual({ reason: 'start-failed', detail: expect.stringMatching(tells) });
  expect(failure.detail).not.toContain('111122223333');
});
