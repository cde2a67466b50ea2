import type { Platform } from '../platform.ts';
import type { CronJob } from '../records/cron-job.ts';
import { apiDate } from '../time.ts';
import type { TimeRange } from './plan-due.ts';

/** The platform's lines, next to those of `scheduler.<n>` dynos: `heroku logs --dyno-name scheduler` shows them together. */
export function logSchedulerLine(platform: Platform, appId: string, message: string): void {
  platform.logs.append([{ appId, atMs: platform.clock.nowMs(), source: 'heroku', process: 'scheduler', message }]);
}

export function missedLine(job: CronJob, all: TimeRange, toRun: number): string {
  const what = all.count === 1 ? `a run of job ${job.name}` : `${all.count} runs of job ${job.name}`;
  const when =
    all.count === 1 ? `due at ${apiDate(all.firstMs)}` : `due from ${apiDate(all.firstMs)} to ${apiDate(all.lastMs)}`;
  const rest = toRun === 0 ? 'not run' : toRun === all.count ? 'run late' : `the last ${toRun} run late`;
  return `Missed ${what}, ${when} (${job.schedule} ${job.timezone}): ${rest}`;
}

export function droppedLine(job: CronJob, all: TimeRange): string {
  return `${missedLine(job, all, 0)}, because a new release changed the job`;
}

export const skippedLine = (job: CronJob, atMs: number, reason: string) =>
  `Skipped the run of job ${job.name} due at ${apiDate(atMs)}: ${reason}`;

export const refusedLine = (job: CronJob, atMs: number, reason: string) =>
  `Could not run job ${job.name} due at ${apiDate(atMs)}: ${reason}`;
