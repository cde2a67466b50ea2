import type { Write } from '../ports/store.ts';
import { count, fields, listOf, text } from './checks.ts';
import { type CronJob, cronJobShape } from './cron-job.ts';
import { defineRecord } from './define-record.ts';

/**
 * A job of the app's current release. Item: `app#<id>` / `job#<name>`; due in queue `scheduler` when it needs work. A write to it
 * is the decision: two ticks that see the same run due cannot both start it.
 */
export interface JobState {
  readonly appId: string;
  /** The slug that declares it. */
  readonly slugId: string;
  readonly job: CronJob;
  /** The first undecided time; may be in the past. */
  readonly nextRunAtMs: number;
  /** Missed times that still have to run, oldest first. */
  readonly backlog: readonly number[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const SCHEDULER_QUEUE = 'scheduler';
export const JOB_PREFIX = 'job#';
export const jobKey = (appId: string, name: string) => ({ partition: `app#${appId}`, sort: `${JOB_PREFIX}${name}` });

/** A job that cannot be read, or that a newer platform wrote, is neither run nor overwritten. */
export const jobRecord = defineRecord({
  noun: 'job',
  version: 1,
  key: jobKey,
  shape: fields<JobState>({
    appId: text,
    slugId: text,
    job: cronJobShape,
    nextRunAtMs: count,
    backlog: listOf(count),
    createdAtMs: count,
    updatedAtMs: count,
  }),
});

/** Means that the app has another release than the one from which its jobs were read. */
export interface SchedulerMark {
  readonly appId: string;
}

export const schedulerKey = (appId: string) => ({ partition: `app#${appId}`, sort: 'scheduler' });

/** Written with the release that becomes current, so that a crash in between cannot leave the jobs of an old one. */
export function schedulerMark(appId: string, nowMs: number): Write {
  const mark: SchedulerMark = { appId };
  const due = { queue: SCHEDULER_QUEUE, atMs: nowMs };
  return { kind: 'put', key: schedulerKey(appId), value: mark, expect: 'any', due };
}

export function putJob(state: JobState, dueAtMs: number, expect: number | 'absent'): Write {
  const due = { queue: SCHEDULER_QUEUE, atMs: dueAtMs };
  return { kind: 'put', key: jobKey(state.appId, state.job.name), value: state, expect, due };
}
