import { planOneOff } from '../dyno/run-dyno.ts';
import type { Failure } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Item, Write } from '../ports/store.ts';
import type { App } from '../records/app.ts';
import type { CronJob } from '../records/cron-job.ts';
import { type DomainEvent, dynoEvent } from '../records/domain-event.ts';
import { type Dyno, type DynoJob, dynoKey, isOfJob, type JobDyno } from '../records/dyno.ts';
import { type JobRun, putRun, RUNS_KEPT_MAX, runPrefix } from '../records/job-run.ts';
import type { Release } from '../records/release.ts';
import { err, ok, type Result } from '../result.ts';

/** Heroku's Scheduler also runs jobs as one-off dynos of this type. */
const DYNO_TYPE = 'scheduler';

export interface RunContext {
  readonly app: App;
  readonly release: Release;
  readonly dynos: readonly Item<Dyno>[];
}

export interface PlannedRun {
  readonly run: JobRun;
  readonly dyno: Dyno;
  readonly writes: readonly Write[];
  readonly events: readonly DomainEvent[];
}

/** Why a run does not start: `busy` is the overlap policy's decision, anything else the app's limits. */
export type NoRun = { readonly kind: 'busy'; readonly reason: string } | { readonly kind: 'failure'; failure: Failure };

/** The dynos of a job's runs that have not ended, including stopping ones. */
export function dynosOfJob(dynos: readonly Item<Dyno>[], job: string): readonly Item<JobDyno>[] {
  return dynos
    .filter((item): item is Item<JobDyno> => isOfJob(item.value))
    .filter(({ value }) => value.job.name === job && value.outcome === undefined);
}

/** A run that begins now: its dyno and its line in the ledger, written together. */
export function planRun(
  platform: Platform,
  { app, release, dynos }: RunContext,
  job: CronJob,
  due: Pick<DynoJob, 'scheduledAtMs' | 'cause'>,
): Result<PlannedRun, NoRun> {
  const active = dynosOfJob(dynos, job.name);
  const [first] = active;
  if (first !== undefined && job.overlap === 'skip') {
    return err({ kind: 'busy', reason: `its run as ${first.value.name} has not ended` });
  }
  const nowMs = platform.clock.nowMs();
  const replaced = job.overlap === 'replace' ? active.filter(({ value }) => value.stopRequested !== true) : [];
  const leaving = new Set(job.overlap === 'replace' ? active.map(({ value }) => value.id) : []);
  // Runs that are stopped for this one do not count against the limits of concurrent dynos.
  const beside = dynos.map(({ value }): Dyno => (leaving.has(value.id) ? { ...value, state: 'stopping' } : value));
  const id = platform.ids.uuid();
  const { timeToLiveSeconds, size } = job;
  const planned = planOneOff(
    platform,
    { app, release, dynos: beside },
    {
      command: job.command,
      attach: false,
      forceNoTty: false,
      env: {},
      type: DYNO_TYPE,
      ...(size === undefined ? {} : { size }),
      ...(timeToLiveSeconds === undefined ? {} : { timeToLiveSeconds }),
      job: { id, name: job.name, ...due },
    },
  );
  if (!planned.ok) return err({ kind: 'failure', failure: planned.error });
  const dyno = planned.value;
  const run: JobRun = {
    id,
    appId: app.id,
    job: job.name,
    ...due,
    createdAtMs: nowMs,
    outcome: { kind: 'started', dyno: { id: dyno.id, name: dyno.name, size: dyno.size } },
  };
  return ok({
    run,
    dyno,
    writes: [
      ...replaced.map(({ value, version }): Write => {
        const stopped: Dyno = {
          ...value,
          stopRequested: true,
          job: { ...value.job, replaced: true },
          updatedAtMs: nowMs,
        };
        return { kind: 'put', key: dynoKey(app.id, value.id), value: stopped, expect: version };
      }),
      { kind: 'put', key: dynoKey(app.id, dyno.id), value: dyno, expect: 'absent' },
      putRun(run, 'absent'),
    ],
    events: [dynoEvent('create', app, dyno, dyno.createdAtMs)],
  });
}

/** A ledger grows by one line at a time, so a few deletes always make enough room. */
const TRIM_MAX = 10;

/** Makes room for one more line in a job's ledger. */
export async function trimLedger(platform: Platform, appId: string, job: string): Promise<readonly Write[]> {
  const runs = await platform.store.list({
    partition: `app#${appId}`,
    prefix: runPrefix(job),
    limit: RUNS_KEPT_MAX + TRIM_MAX,
  });
  const surplus = runs.slice(0, Math.max(0, runs.length + 1 - RUNS_KEPT_MAX));
  return surplus
    .slice(0, TRIM_MAX)
    .map(({ partition, sort }): Write => ({ kind: 'delete', key: { partition, sort }, expect: 'any' }));
}
