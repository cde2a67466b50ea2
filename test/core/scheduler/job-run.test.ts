import type { TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { type EndedRun, endedRunWrite, type JobRun, putRun } from '../../../core/records/job-run.ts';
import { DAY_MS } from '../../../core/time.ts';
import type { DynoFields } from '../../dyno-fields.ts';
import { dyno } from '../dyno-manager/records.ts';

const RUN: JobRun = {
  id: 'run-1',
  appId: 'app-1',
  job: 'clean',
  scheduledAtMs: 1_000,
  cause: 'schedule',
  createdAtMs: 2_000,
  outcome: { kind: 'skipped', reason: 'its run as scheduler.1 has not ended' },
};

test('a run can be looked up for a year after it was noted, and is gone after two', () => {
  const write = putRun(RUN, 'any');
  const keptMs = (write.kind === 'put' ? (write.expiresAtMs ?? 0) : 0) - RUN.createdAtMs;
  expect(keptMs).toBeGreaterThanOrEqual(365 * DAY_MS);
  expect(keptMs).toBeLessThan(730 * DAY_MS);
});

test.each(['absent', 'any'] as const)('a line of the ledger is found by its job, then by its time: %s', (expected) => {
  expect(putRun(RUN, expected)).toMatchObject({
    kind: 'put',
    key: { partition: 'app#app-1', sort: 'job-run#clean#000000000001000#run-1' },
    value: RUN,
    expect: expected,
  });
});

const NOW = 90_000;
const JOB = { id: 'run-1', name: 'clean', scheduledAtMs: 1_000, cause: 'catch-up' } as const;
const jobDyno = (changes: Partial<DynoFields> = {}): Dyno =>
  dyno('scheduler.1234', {
    id: 'dyno-1',
    size: 'Standard-2X',
    kind: 'one-off',
    type: 'scheduler',
    state: 'up',
    createdAtMs: 2_000,
    job: JOB,
    ...changes,
  });
const task = (changes: Partial<TaskObservation>): TaskObservation => ({
  taskRef: 'task-1',
  appId: 'app-1',
  dynoId: 'dyno-1',
  attempt: 1,
  version: 2,
  state: 'stopped',
  listening: false,
  graceExpired: false,
  hangUps: 0,
  ...changes,
});

test('the line of a run that has ended says all that was known when it began', () => {
  const ended = task({ launchedAtMs: 3_000, stoppedAtMs: 8_000, exit: { status: 3, reason: 'exited' } });
  expect(endedRunWrite(jobDyno(), ended, NOW)).toEqual({
    kind: 'put',
    key: { partition: 'app#app-1', sort: 'job-run#clean#000000000001000#run-1' },
    expect: 'any',
    expiresAtMs: 2_000 + 366 * DAY_MS,
    value: {
      id: 'run-1',
      appId: 'app-1',
      job: 'clean',
      scheduledAtMs: 1_000,
      cause: 'catch-up',
      createdAtMs: 2_000,
      outcome: {
        kind: 'ended',
        dyno: { id: 'dyno-1', name: 'scheduler.1234', size: 'Standard-2X' },
        startedAtMs: 3_000,
        endedAtMs: 8_000,
        exitStatus: 3,
        reason: 'exited',
      },
    },
  });
});

const EXITED = { status: 0, reason: 'exited' } as const;

describe('how a run has ended', () => {
  test.each<{
    readonly name: string;
    readonly dyno?: Partial<Dyno>;
    readonly task?: Partial<TaskObservation>;
    readonly end: Omit<EndedRun, 'kind' | 'dyno'>;
  }>([
    {
      name: 'with a status of its own',
      task: { launchedAtMs: 3_000, stoppedAtMs: 8_000, exit: EXITED },
      end: { startedAtMs: 3_000, endedAtMs: 8_000, exitStatus: 0, reason: 'exited' },
    },
    {
      name: 'as the record alone knows when it began',
      dyno: { launchedAtMs: 4_000 },
      task: { stoppedAtMs: 8_000, exit: EXITED },
      end: { startedAtMs: 4_000, endedAtMs: 8_000, exitStatus: 0, reason: 'exited' },
    },
    {
      name: 'before it was launched, so that its status is nobody’s',
      task: { stoppedAtMs: 8_000, exit: { status: 1, reason: 'no-room' } },
      end: { endedAtMs: 8_000, reason: 'no-room' },
    },
    {
      name: 'seen by nobody: it was lost, as far as is known now',
      dyno: { taskRef: 'task-1', launchedAtMs: 4_000 },
      end: { startedAtMs: 4_000, endedAtMs: NOW, reason: 'lost' },
    },
    {
      name: 'without ever having had a process',
      end: { endedAtMs: NOW, reason: 'lost' },
    },
    {
      name: 'asked to, before it had a process',
      dyno: { stopRequested: true },
      end: { endedAtMs: NOW, reason: 'stopped' },
    },
    {
      name: 'gone, although somebody had asked it to stop a moment before: lost',
      dyno: { taskRef: 'task-1', stopRequested: true },
      end: { endedAtMs: NOW, reason: 'lost' },
    },
    {
      name: 'lost, although somebody had asked it to stop a moment before',
      dyno: { stopRequested: true },
      task: { launchedAtMs: 3_000, exit: { status: 137, reason: 'lost' } },
      end: { startedAtMs: 3_000, endedAtMs: NOW, exitStatus: 137, reason: 'lost' },
    },
    {
      name: 'lost while it was being stopped: stopped',
      dyno: { state: 'stopping', stopCause: 'stop' },
      task: { launchedAtMs: 3_000, exit: { status: 137, reason: 'lost' } },
      end: { startedAtMs: 3_000, endedAtMs: NOW, exitStatus: 137, reason: 'stopped', stopCause: 'stop' },
    },
    {
      name: 'gone while it was being stopped: stopped',
      dyno: { taskRef: 'task-1', state: 'stopping', stopCause: 'time-to-live', launchedAtMs: 4_000 },
      end: { startedAtMs: 4_000, endedAtMs: NOW, reason: 'stopped', stopCause: 'time-to-live' },
    },
    {
      name: 'asked to by its user',
      dyno: { stopRequested: true },
      task: { launchedAtMs: 3_000, stoppedAtMs: 8_000, exit: { status: 143, reason: 'exited' } },
      end: { startedAtMs: 3_000, endedAtMs: 8_000, exitStatus: 143, reason: 'stopped' },
    },
    {
      name: 'for a cause of the platform',
      dyno: { stopCause: 'cycle' },
      task: { launchedAtMs: 3_000, stoppedAtMs: 8_000, exit: { status: 143, reason: 'exited' } },
      end: { startedAtMs: 3_000, endedAtMs: 8_000, exitStatus: 143, reason: 'stopped', stopCause: 'cycle' },
    },
    {
      name: 'to make way for the next run',
      dyno: { stopRequested: true, job: { ...JOB, replaced: true } },
      task: { launchedAtMs: 3_000, stoppedAtMs: 8_000, exit: { status: 143, reason: 'exited' } },
      end: { startedAtMs: 3_000, endedAtMs: 8_000, exitStatus: 143, reason: 'replaced' },
    },
    {
      name: 'as it cannot be started',
      dyno: { outcome: 'failed', stopRequested: true },
      end: { endedAtMs: NOW, reason: 'start-failed' },
    },
  ])('$name', ({ dyno: changes = {}, task: seen, end }) => {
    const write = endedRunWrite(jobDyno(changes), seen && task(seen), NOW);
    const identity = { id: 'dyno-1', name: 'scheduler.1234', size: 'Standard-2X' };
    expect(write).toMatchObject({ value: { outcome: expect.anything() } });
    expect(write.kind === 'put' && (write.value as JobRun).outcome).toEqual({ kind: 'ended', dyno: identity, ...end });
  });

  test('a dyno that is no job’s has no line', () => {
    expect(() => endedRunWrite(dyno('web.1'), undefined, NOW)).toThrow("web.1 is not a job's dyno");
  });
});
