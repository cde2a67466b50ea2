import { readDynos } from '../dyno/find-dyno.ts';
import { type Failure, notFound } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Dyno } from '../records/dyno.ts';
import type { JobState } from '../records/job.ts';
import { type EndedRun, type JobRun, type RunCause, runPrefix, runRecord } from '../records/job-run.ts';
import { err, ok, type Result } from '../result.ts';
import { readJobStates, syncJobsIfMarked } from './sync-jobs.ts';

/** A run as users see it: its line in the ledger, and its dyno while that lives. */
export interface RunView {
  readonly id: string;
  readonly job: string;
  readonly status: 'starting' | 'running' | 'succeeded' | 'failed' | 'stopped' | 'missed' | 'skipped';
  /** Details that the status does not show. */
  readonly reason?: string;
  readonly cause: RunCause;
  readonly scheduledAtMs: number;
  /** For a line of several missed runs: the last one's time. */
  readonly untilMs?: number;
  readonly count: number;
  readonly dyno?: { readonly id: string; readonly name: string; readonly size: string };
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** Undefined: it has not begun or not ended, or the times are unknown. */
  readonly durationMs?: number;
  readonly exitStatus?: number;
}

export interface JobView {
  readonly state: JobState;
  readonly lastRun?: RunView;
}

/** The jobs of the current release, by name. */
export async function readJobs(platform: Platform, appId: string): Promise<readonly JobView[]> {
  await syncJobsIfMarked(platform, appId);
  const states = await readJobStates(platform, appId);
  const dynos = await dynosById(platform, appId);
  return Promise.all(
    states.map(async ({ value: state }): Promise<JobView> => {
      const [last] = await readRuns(platform, appId, state.job.name, 1);
      return { state, ...(last === undefined ? {} : { lastRun: describeRun(last, dynoOf(last, dynos)) }) };
    }),
  );
}

/** Newest first. A job that is no longer declared is found as long as its ledger has lines. */
export async function readJobRuns(
  platform: Platform,
  appId: string,
  job: string,
  limit?: number,
): Promise<Result<readonly RunView[], Failure>> {
  await syncJobsIfMarked(platform, appId);
  // Dynos first: a run that ends in between has its end in the ledger, and one without a dyno is new.
  const dynos = await dynosById(platform, appId);
  const runs = await readRuns(platform, appId, job, limit);
  if (runs.length === 0 && !(await readJobStates(platform, appId)).some(({ value }) => value.job.name === job)) {
    return err(notFound('job'));
  }
  return ok(runs.map((run) => describeRun(run, dynoOf(run, dynos))));
}

async function readRuns(platform: Platform, appId: string, job: string, limit?: number): Promise<readonly JobRun[]> {
  const items = await runRecord.list(platform.store, {
    partition: `app#${appId}`,
    prefix: runPrefix(job),
    order: 'desc',
    ...(limit === undefined ? {} : { limit }),
  });
  return items.map(({ value }) => value);
}

async function dynosById(platform: Platform, appId: string): Promise<ReadonlyMap<string, Dyno>> {
  return new Map((await readDynos(platform, appId)).map(({ value }) => [value.id, value]));
}

function dynoOf({ outcome }: JobRun, dynos: ReadonlyMap<string, Dyno>): Dyno | undefined {
  return outcome.kind === 'started' ? dynos.get(outcome.dyno.id) : undefined;
}

export function describeRun(run: JobRun, dyno: Dyno | undefined): RunView {
  const { id, job, cause, scheduledAtMs, outcome } = run;
  const known = { id, job, cause, scheduledAtMs, count: 1 };
  switch (outcome.kind) {
    case 'missed':
      return { ...known, status: 'missed', count: outcome.count, untilMs: outcome.untilMs };
    case 'skipped':
      return { ...known, status: 'skipped', reason: outcome.reason };
    case 'refused':
      return { ...known, status: 'failed', reason: outcome.reason };
    case 'started': {
      const startedAtMs = dyno?.launchedAtMs;
      return {
        ...known,
        status: dyno === undefined || dyno.state === 'starting' ? 'starting' : 'running',
        dyno: outcome.dyno,
        ...(startedAtMs === undefined ? {} : { startedAtMs }),
      };
    }
    case 'ended':
      return {
        ...known,
        ...verdict(outcome),
        dyno: outcome.dyno,
        endedAtMs: outcome.endedAtMs,
        ...(outcome.startedAtMs === undefined ? {} : { startedAtMs: outcome.startedAtMs }),
        ...(outcome.startedAtMs === undefined || outcome.reason === 'lost'
          ? {}
          : { durationMs: Math.max(0, outcome.endedAtMs - outcome.startedAtMs) }),
        ...(outcome.exitStatus === undefined ? {} : { exitStatus: outcome.exitStatus }),
      };
  }
}

function verdict({ reason, exitStatus, stopCause }: EndedRun): Pick<RunView, 'status' | 'reason'> {
  switch (reason) {
    case 'exited':
      return exitStatus === 0 ? { status: 'succeeded' } : { status: 'failed', reason: `exit status ${exitStatus}` };
    case 'out-of-memory':
      return { status: 'failed', reason: 'memory quota vastly exceeded' };
    case 'no-room':
    case 'start-failed':
    case 'attach-timeout':
      return { status: 'failed', reason: 'its process could not be started' };
    case 'lost':
      return { status: 'failed', reason: 'its process was lost with the machine or the platform that ran it' };
    case 'replaced':
      return { status: 'stopped', reason: 'the next run took its place' };
    case 'stopped':
      if (stopCause === 'memory-quota') return { status: 'failed', reason: 'memory quota vastly exceeded' };
      if (stopCause === 'time-to-live') return { status: 'stopped', reason: 'it ran longer than its time to live' };
      if (stopCause === 'cycle') return { status: 'stopped', reason: 'it ran longer than a day' };
      return { status: 'stopped', reason: 'it was asked to stop' };
  }
}
