import type { Dyno } from '../../../core/records/dyno.ts';
import type { EndedRun, JobRun } from '../../../core/records/job-run.ts';
import { describeRun, type RunView } from '../../../core/scheduler/read-jobs.ts';
import { dyno } from '../dyno-manager/records.ts';

const DYNO = { id: 'dyno-1', name: 'scheduler.1234', size: 'Eco' };
const KNOWN = { id: 'run-1', job: 'clean', cause: 'manual', scheduledAtMs: 1_000, count: 1 } as const;
const run = (outcome: JobRun['outcome']): JobRun => ({
  id: 'run-1',
  appId: 'app-1',
  job: 'clean',
  scheduledAtMs: 1_000,
  cause: 'manual',
  createdAtMs: 2_000,
  outcome,
});

describe('a line of the ledger as its users see it', () => {
  test.each<{ name: string; outcome: JobRun['outcome']; dyno?: Partial<Dyno>; shown: Partial<RunView> }>([
    {
      name: 'several that were missed',
      outcome: { kind: 'missed', count: 3, untilMs: 9_000 },
      shown: { status: 'missed', count: 3, untilMs: 9_000 },
    },
    {
      name: 'one that was skipped',
      outcome: { kind: 'skipped', reason: 'busy' },
      shown: { status: 'skipped', reason: 'busy' },
    },
    {
      name: 'one that no dyno could be made for',
      outcome: { kind: 'refused', reason: 'full' },
      shown: { status: 'failed', reason: 'full' },
    },
    {
      name: 'one whose dyno has no record yet',
      outcome: { kind: 'started', dyno: DYNO },
      shown: { status: 'starting', dyno: DYNO },
    },
    {
      name: 'one whose dyno starts',
      outcome: { kind: 'started', dyno: DYNO },
      dyno: { state: 'starting' },
      shown: { status: 'starting', dyno: DYNO },
    },
    {
      name: 'one whose dyno runs',
      outcome: { kind: 'started', dyno: DYNO },
      dyno: { state: 'up', launchedAtMs: 3_000 },
      shown: { status: 'running', dyno: DYNO, startedAtMs: 3_000 },
    },
  ])('$name', ({ outcome, dyno: changes, shown }) => {
    const lives = changes === undefined ? undefined : dyno('scheduler.1234', changes);
    expect(describeRun(run(outcome), lives)).toEqual({ ...KNOWN, ...shown });
  });

  const TIMES = { startedAtMs: 3_000, endedAtMs: 8_000 };
  const FAILED_START = { status: 'failed', reason: 'its process could not be started' } as const;
  const MEMORY = { status: 'failed', reason: 'memory quota vastly exceeded' } as const;
  test.each<{ end: Omit<EndedRun, 'kind' | 'dyno' | 'endedAtMs'>; shown: Pick<RunView, 'status' | 'reason'> }>([
    { end: { reason: 'exited', exitStatus: 0 }, shown: { status: 'succeeded' } },
    { end: { reason: 'exited', exitStatus: 1 }, shown: { status: 'failed', reason: 'exit status 1' } },
    { end: { reason: 'out-of-memory' }, shown: MEMORY },
    { end: { reason: 'no-room' }, shown: FAILED_START },
    { end: { reason: 'start-failed' }, shown: FAILED_START },
    { end: { reason: 'attach-timeout' }, shown: FAILED_START },
    { end: { reason: 'replaced' }, shown: { status: 'stopped', reason: 'the next run took its place' } },
    { end: { reason: 'stopped' }, shown: { status: 'stopped', reason: 'it was asked to stop' } },
    {
      end: { reason: 'stopped', stopCause: 'stop' },
      shown: { status: 'stopped', reason: 'it was asked to stop' },
    },
    { end: { reason: 'stopped', stopCause: 'memory-quota' }, shown: MEMORY },
    {
      end: { reason: 'stopped', stopCause: 'time-to-live' },
      shown: { status: 'stopped', reason: 'it ran longer than its time to live' },
    },
    {
      end: { reason: 'stopped', stopCause: 'cycle' },
      shown: { status: 'stopped', reason: 'it ran longer than a day' },
    },
  ])('one that ended: $end', ({ end, shown }) => {
    const { exitStatus } = end;
    expect(describeRun(run({ kind: 'ended', dyno: DYNO, ...TIMES, ...end }), undefined)).toEqual({
      ...KNOWN,
      ...shown,
      dyno: DYNO,
      ...TIMES,
      durationMs: 5_000,
      ...(exitStatus === undefined ? {} : { exitStatus }),
    });
  });

  test.each<{ name: string; end: Omit<EndedRun, 'kind' | 'dyno'>; times: Partial<RunView> }>([
    {
      name: 'one that was lost has begun, and nobody knows how long it ran',
      end: { reason: 'lost', startedAtMs: 3_000, endedAtMs: 8_000 },
      times: {
        status: 'failed',
        reason: 'its process was lost with the machine or the platform that ran it',
        startedAtMs: 3_000,
        endedAtMs: 8_000,
      },
    },
    {
      name: 'one that never began has no duration',
      end: { reason: 'start-failed', endedAtMs: 8_000 },
      times: { ...FAILED_START, endedAtMs: 8_000 },
    },
    {
      name: 'one that by two clocks ended before it began took no time',
      end: { reason: 'exited', exitStatus: 0, startedAtMs: 8_001, endedAtMs: 8_000 },
      times: { status: 'succeeded', startedAtMs: 8_001, endedAtMs: 8_000, durationMs: 0, exitStatus: 0 },
    },
  ])('$name', ({ end, times }) => {
    const dynoOfNobody = dyno('scheduler.1234', { state: 'up', launchedAtMs: 5 });
    expect(describeRun(run({ kind: 'ended', dyno: DYNO, ...end }), dynoOfNobody)).toEqual({
      ...KNOWN,
      dyno: DYNO,
      ...times,
    });
  });
});
