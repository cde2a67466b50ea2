import { type JobRun, putRun } from '../../../core/scheduler/job-run.ts';
import { DAY_MS } from '../../../core/time.ts';

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
