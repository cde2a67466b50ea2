import type { Platform } from '../../../core/platform.ts';
import { Driver } from '../../../core/reconcile/driver.ts';
import type { Report } from '../../../core/reconcile/report.ts';
import { recurringJobs } from '../../../core/scheduler/recurring-jobs.ts';
import { NO_FAILURES } from '../reconcile/no-failures.ts';

/** One tick, as a process that has just begun does it. */
export function runDueJobs(platform: Platform, report: Report): Promise<void> {
  const { store, clock } = platform;
  const requests = { enqueue: () => undefined };
  return new Driver(recurringJobs(platform, report), {
    store,
    clock,
    requests,
    report,
    failures: NO_FAILURES,
  }).runDue();
}
