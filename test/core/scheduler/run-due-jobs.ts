import type { Platform } from '../../../core/platform.ts';
import { Driver } from '../../../core/reconcile/driver.ts';
import { recurringJobs } from '../../../core/scheduler/recurring-jobs.ts';
import { NO_FAILURES } from '../reconcile/no-failures.ts';

/** One tick, as a process that has just begun does it. */
export function runDueJobs(platform: Platform): Promise<void> {
  const requests = { enqueue: () => undefined };
  return new Driver(recurringJobs(platform), { ...platform, requests, failures: NO_FAILURES }).runDue();
}
