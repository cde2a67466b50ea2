import type { JobState } from '../../../core/records/job.ts';
import { MINUTE_MS } from '../../../core/time.ts';
import { nextTime, timesWithin } from '../schedules.ts';

/** docs/scheduler.md: a run that is more than two minutes late was missed. */
export const LATE_MS = 2 * MINUTE_MS;
/** `catchUp: "all"`: the newest 24. */
const CATCH_UP_MAX = 24;

/** What must happen to a job, in one step. */
export interface Expected {
  readonly nextRunAtMs: number;
  readonly backlog: readonly number[];
  /** The time that is decided: it runs, is skipped or refused. */
  readonly run?: { readonly atMs: number; readonly cause: 'schedule' | 'catch-up' };
  /** Times that will never run: one line of the ledger. */
  readonly left: readonly number[];
  readonly missed: boolean;
}

/** The documented rule on lists of times; undefined: nothing to do, or no room. */
export function expectedStep({ job, nextRunAtMs, backlog }: JobState, nowMs: number): Expected | undefined {
  const lateMs = nowMs - LATE_MS;
  if (nextRunAtMs < lateMs) {
    const missed = timesWithin(job, nextRunAtMs - 1, lateMs - 1);
    const comesNowMs = nextTime(job, lateMs - 1);
    const all = [...backlog, ...missed];
    // A time that is due now makes up for the last one.
    const most = { none: 0, last: comesNowMs <= nowMs ? 0 : 1, all: CATCH_UP_MAX }[job.catchUp];
    const kept = all.slice(Math.max(0, all.length - most));
    const left = all.slice(0, all.length - kept.length);
    return { nextRunAtMs: comesNowMs, backlog: kept, left, missed: true };
  }
  const next = { nextRunAtMs, backlog, left: [], missed: false };
  if (nextRunAtMs <= nowMs) {
    return { ...next, nextRunAtMs: nextTime(job, nextRunAtMs), run: { atMs: nextRunAtMs, cause: 'schedule' } };
  }
  const [first, ...rest] = backlog;
  return first === undefined ? undefined : { ...next, backlog: rest, run: { atMs: first, cause: 'catch-up' } };
}

/** Times up to and including that moment that a job which ends or changes leaves undone. */
export function undone({ job, nextRunAtMs, backlog }: JobState, untilMs: number): readonly number[] {
  return [...backlog, ...timesWithin(job, nextRunAtMs - 1, untilMs)];
}
