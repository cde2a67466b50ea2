import type { JobState } from '../records/job.ts';
import { MINUTE_MS } from '../time.ts';
import { nextRunTime, runTimes } from './run-times.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

/** Ticks come once a minute and one of them may be lost; a later run counts as missed. */
export const ON_TIME_MS = 2 * MINUTE_MS;
/** The most that `catchUp: "all"` runs: a day of an hourly job. */
export const CATCH_UP_MAX = 24;
/** Between two runs that are caught up, and until the next check for room for one. */
const BACKLOG_PAUSE_MS = MINUTE_MS;

export interface TimeRange {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

/** What one transaction does for one job: it reports missed runs, or decides about one run. */
export type DueStep =
  | {
      readonly kind: 'missed';
      readonly all: TimeRange;
      /** The skipped ones; undefined: all of them will run. */
      readonly left?: TimeRange;
      readonly next: NextState;
    }
  | { readonly kind: 'run'; readonly atMs: number; readonly cause: 'schedule' | 'catch-up'; readonly next: NextState }
  | { readonly kind: 'wait'; readonly next: NextState };

export interface NextState {
  readonly nextRunAtMs: number;
  readonly backlog: readonly number[];
  readonly dueAtMs: number;
}

/** The next step for a due job; undefined: nothing to do now. `busy`: one of its runs has not ended. */
export function planDue(state: JobState, busy: boolean, nowMs: number): DueStep | undefined {
  const schedule = scheduleOf(state);
  if (state.nextRunAtMs < nowMs - ON_TIME_MS) return planMissed(state, schedule, nowMs);
  const { job, backlog } = state;
  if (state.nextRunAtMs <= nowMs) {
    const nextRunAtMs = nextRunTime(schedule, job.timezone, state.nextRunAtMs);
    const next = { nextRunAtMs, backlog, dueAtMs: dueAt(nextRunAtMs, backlog, nowMs) };
    return { kind: 'run', atMs: state.nextRunAtMs, cause: 'schedule', next };
  }
  const [first, ...rest] = backlog;
  if (first === undefined) return undefined;
  const { nextRunAtMs } = state;
  if (busy && job.overlap !== 'allow') {
    return { kind: 'wait', next: { nextRunAtMs, backlog, dueAtMs: dueAt(nextRunAtMs, backlog, nowMs) } };
  }
  const next = { nextRunAtMs, backlog: rest, dueAtMs: dueAt(nextRunAtMs, rest, nowMs) };
  return { kind: 'run', atMs: first, cause: 'catch-up', next };
}

function planMissed(state: JobState, schedule: Schedule, nowMs: number): DueStep {
  const { job, backlog } = state;
  const late = lateTimes(state, schedule, nowMs - ON_TIME_MS);
  const hasNext = late.nextMs <= nowMs;
  const keep = job.catchUp === 'all' ? CATCH_UP_MAX : job.catchUp === 'last' && !hasNext ? 1 : 0;
  const known = [...backlog, ...late.newest];
  const waiting = keep === 0 ? [] : known.slice(-keep);
  const all: TimeRange = {
    firstMs: backlog[0] ?? state.nextRunAtMs,
    lastMs: late.newest.at(-1) ?? state.nextRunAtMs,
    count: backlog.length + late.count,
  };
  const lastLeft = known[known.length - waiting.length - 1];
  const left = { firstMs: all.firstMs, lastMs: lastLeft ?? all.firstMs, count: all.count - waiting.length };
  return {
    kind: 'missed',
    all,
    ...(left.count > 0 ? { left } : {}),
    // Due at once: missed runs are reported first, then run.
    next: { nextRunAtMs: late.nextMs, backlog: waiting, dueAtMs: waiting.length > 0 ? nowMs : late.nextMs },
  };
}

interface LateTimes {
  readonly count: number;
  /** The last ones, oldest first: as many as can be caught up, and one more. */
  readonly newest: readonly number[];
  /** The first time that is not late. */
  readonly nextMs: number;
}

function lateTimes({ job, nextRunAtMs }: JobState, schedule: Schedule, untilMs: number): LateTimes {
  const newest = [nextRunAtMs];
  let count = 1;
  for (const atMs of runTimes(schedule, job.timezone, nextRunAtMs)) {
    if (atMs >= untilMs) return { count, newest, nextMs: atMs };
    count += 1;
    newest.push(atMs);
    if (newest.length > CATCH_UP_MAX + 1) newest.shift();
  }
  throw new Error(`the schedule of job ${job.name} has an end`);
}

/** All undecided times up to and including `untilMs`: a job that ends or changes leaves them undone. */
export function undecided(state: JobState, untilMs: number): TimeRange | undefined {
  const { backlog, nextRunAtMs } = state;
  let lastMs = backlog.at(-1);
  let count = backlog.length;
  if (nextRunAtMs <= untilMs) {
    lastMs = nextRunAtMs;
    count += 1;
    for (const atMs of runTimes(scheduleOf(state), state.job.timezone, nextRunAtMs)) {
      if (atMs > untilMs) break;
      lastMs = atMs;
      count += 1;
    }
  }
  return lastMs === undefined ? undefined : { firstMs: backlog[0] ?? nextRunAtMs, lastMs, count };
}

export function firstRunTime(job: JobState['job'], afterMs: number): number {
  return nextRunTime(scheduleOf({ job }), job.timezone, afterMs);
}

function dueAt(nextRunAtMs: number, backlog: readonly number[], nowMs: number): number {
  return backlog.length === 0 ? nextRunAtMs : Math.min(nextRunAtMs, nowMs + BACKLOG_PAUSE_MS);
}

function scheduleOf({ job }: Pick<JobState, 'job'>): Schedule {
  const parsed = parseSchedule(job.schedule);
  if (!parsed.ok) throw new Error(`job ${job.name} has the schedule ${job.schedule}: ${parsed.error}`);
  return parsed.value;
}
