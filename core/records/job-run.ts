import type { TaskExit, TaskObservation } from '../ports/dyno-runtime.ts';
import type { Write } from '../ports/store.ts';
import { DAY_MS } from '../time.ts';
import { count, fields, number, oneOf, optional, text, variants } from './checks.ts';
import { defineRecord } from './define-record.ts';
import { type Dyno, type DynoJob, isOfJob, type JobDyno, STOP_CAUSES, type StopCause } from './dyno.ts';

/** One line of a job's ledger. Item: `app#<id>` / `job-run#<job>#<15 digits>#<id>`. */
export interface JobRun {
  readonly id: string;
  readonly appId: string;
  readonly job: string;
  /** When it was due; for a manual run, when it was requested. */
  readonly scheduledAtMs: number;
  readonly cause: RunCause;
  readonly createdAtMs: number;
  readonly outcome:
    | StartedRun
    | EndedRun
    /** Nothing ran at `scheduledAtMs` and at the following times, up to `untilMs`. */
    | { readonly kind: 'missed'; readonly count: number; readonly untilMs: number }
    /** The previous run had not ended. */
    | { readonly kind: 'skipped'; readonly reason: string }
    /** No dyno could be made for it. */
    | { readonly kind: 'refused'; readonly reason: string };
}

export type RunCause = DynoJob['cause'];

export interface StartedRun {
  readonly kind: 'started';
  readonly dyno: { readonly id: string; readonly name: string; readonly size: string };
}

export interface EndedRun {
  readonly kind: 'ended';
  readonly dyno: StartedRun['dyno'];
  /** Undefined: its process never began, or was never seen. */
  readonly startedAtMs?: number;
  /** For a lost run: when the loss was noticed. */
  readonly endedAtMs: number;
  readonly exitStatus?: number;
  /** `stopped`: its stop was requested, for the following cause; `replaced`: by the next run. */
  readonly reason: TaskExit['reason'] | 'stopped' | 'replaced';
  readonly stopCause?: StopCause;
}

/** A job's ledger keeps at most this many runs, and none for longer. */
export const RUNS_KEPT_MAX = 200;
const RUNS_KEPT_MS = 366 * DAY_MS;

export const runPrefix = (job: string) => `job-run#${job}#`;

/** By time, then by id: a manual run may fall on a scheduled time. */
export function runKey(run: Pick<JobRun, 'appId' | 'job' | 'scheduledAtMs' | 'id'>) {
  const time = String(run.scheduledAtMs).padStart(15, '0');
  return { partition: `app#${run.appId}`, sort: `${runPrefix(run.job)}${time}#${run.id}` };
}

const dynoShape = fields<StartedRun['dyno']>({ id: text, name: text, size: text });

export const runRecord = defineRecord({
  noun: 'job run',
  version: 1,
  key: runKey,
  shape: fields<JobRun>({
    id: text,
    appId: text,
    job: text,
    scheduledAtMs: count,
    cause: oneOf('schedule', 'catch-up', 'manual'),
    createdAtMs: count,
    outcome: variants<JobRun['outcome'], 'kind'>('kind', {
      started: { dyno: dynoShape },
      ended: {
        dyno: dynoShape,
        startedAtMs: optional(number),
        endedAtMs: number,
        exitStatus: optional(number),
        reason: oneOf(
          'exited',
          'attach-timeout',
          'out-of-memory',
          'start-failed',
          'no-room',
          'lost',
          'stopped',
          'replaced',
        ),
        stopCause: optional(oneOf(...STOP_CAUSES)),
      },
      missed: { count, untilMs: count },
      skipped: { reason: text },
      refused: { reason: text },
    }),
  }),
});

export function putRun(run: JobRun, expect: 'absent' | 'any'): Write {
  return { kind: 'put', key: runKey(run), value: run, expect, expiresAtMs: run.createdAtMs + RUNS_KEPT_MS };
}

/**
 * The ledger's line for a job's dyno that is gone, written in the transaction that deletes the dyno's record: neither happens
 * without the other. The dyno contains everything that the ledger knows of its start, so nothing must be read.
 */
export function endedRunWrite(dyno: Dyno, task: TaskObservation | undefined, nowMs: number): Write {
  if (!isOfJob(dyno)) throw new Error(`${dyno.name} is not a job's dyno`);
  const { id, name, scheduledAtMs, cause } = dyno.job;
  const run: JobRun = {
    id,
    appId: dyno.appId,
    job: name,
    scheduledAtMs,
    cause,
    createdAtMs: dyno.createdAtMs,
    outcome: ending(dyno, task, nowMs),
  };
  return putRun(run, 'any');
}

function ending(dyno: JobDyno, task: TaskObservation | undefined, nowMs: number): EndedRun {
  const { id, name, size, stopCause } = dyno;
  const startedAtMs = task?.launchedAtMs ?? dyno.launchedAtMs;
  const exit = task?.exit;
  return {
    kind: 'ended',
    dyno: { id, name, size },
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    endedAtMs: task?.stoppedAtMs ?? nowMs,
    // The status of a process that was never launched is made up by the platform.
    ...(exit === undefined || startedAtMs === undefined ? {} : { exitStatus: exit.status }),
    reason: reasonOf(dyno, task),
    ...(stopCause === undefined ? {} : { stopCause }),
  };
}

function reasonOf(dyno: JobDyno, task: TaskObservation | undefined): EndedRun['reason'] {
  if (dyno.outcome === 'failed') return 'start-failed';
  // Gone before the stop was sent: a requested stop did not end it.
  const lost = task === undefined ? dyno.taskRef !== undefined : task.exit?.reason === 'lost';
  if (lost && dyno.state !== 'stopping') return 'lost';
  const asked = dyno.stopCause !== undefined || dyno.stopRequested === true;
  if (asked) return dyno.job.replaced === true ? 'replaced' : 'stopped';
  return task?.exit?.reason ?? 'lost';
}
