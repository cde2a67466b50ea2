import { updateApp } from '../app/update-app.ts';
import { readDynos } from '../dyno/find-dyno.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { ItemKey, Write } from '../ports/store.ts';
import { done, type Reconciler } from '../reconcile/reconciler.ts';
import { firstReasons, type StatusSource } from '../reconcile/status.ts';
import { appIdOf } from '../records/app.ts';
import type { DomainEvent } from '../records/domain-event.ts';
import type { Dyno } from '../records/dyno.ts';
import { JOB_PREFIX, type JobState, jobRecord, putJob, SCHEDULER_QUEUE, schedulerKey } from '../records/job.ts';
import { type JobRun, putRun } from '../records/job-run.ts';
import { ok } from '../result.ts';
import { type DueStep, planDue } from './plan-due.ts';
import { dynosOfJob, planRun, type RunContext, trimLedger } from './plan-run.ts';
import { logSchedulerLine, missedLine, refusedLine, skippedLine } from './scheduler-lines.ts';
import { missedRun, readJobStates, releaseOfJobs, syncJobs } from './sync-jobs.ts';

/** The user of scheduled runs in Heroku's log. */
const SCHEDULER_USER = 'scheduler@addons.heroku.com';
/** Steps of one job in one tick: reports, and the runs of the last minutes. The rest is still due at the next one. */
const STEPS_MAX = 10;

export const RECURRING_JOBS: StatusSource = {
  name: 'recurring-jobs',
  failure: 'could not run the jobs that are due',
  queue: SCHEDULER_QUEUE,
  idOf: appIdOf,
  async readStatus(store, appId, nowMs) {
    const isNew = (await store.get(schedulerKey(appId))) !== undefined;
    const jobs = (await readJobStates({ store }, appId)).map(({ value }) => value);
    const behind = jobs.filter(({ backlog }) => backlog.length > 0);
    const next = Math.min(...jobs.map(({ nextRunAtMs }) => nextRunAtMs));
    return {
      lastPassAtMs: jobs.length === 0 ? undefined : Math.max(...jobs.map(({ updatedAtMs }) => updatedAtMs)),
      nextPassAtMs: isNew || behind.length > 0 ? nowMs : jobs.length === 0 ? undefined : next,
      waiting: firstReasons([
        ...(isNew ? ['the jobs of the current release to be read'] : []),
        ...behind.map(({ job, backlog }) => `job ${job.name} to catch up with ${backlog.length} missed runs`),
      ]),
    };
  },
};

/**
 * Starts the runs that are due and reports those that were missed. Each run is decided in one conditional transaction with its
 * dyno. Swept at the start and once a minute; nobody requests a pass.
 */
export function recurringJobs(platform: Platform): Reconciler {
  return {
    ...RECURRING_JOBS,
    async pass(appId, { due }) {
      await runDueJobsOfApp(platform, appId, due);
      return done(Number.POSITIVE_INFINITY);
    },
  };
}

async function runDueJobsOfApp(platform: Platform, appId: string, due: readonly ItemKey[]): Promise<void> {
  const names = new Set(
    due.flatMap(({ sort }) => (sort.startsWith(JOB_PREFIX) ? [sort.slice(JOB_PREFIX.length)] : [])),
  );
  if (due.some(({ sort }) => sort === schedulerKey(appId).sort)) {
    await syncJobs(platform, appId);
    const nowMs = platform.clock.nowMs();
    for (const { value } of await readJobStates(platform, appId)) {
      if (value.nextRunAtMs <= nowMs) names.add(value.job.name);
    }
  }
  for (const name of names) {
    await runDueJob(platform, appId, name).catch((error: unknown) =>
      platform.problems.report(`could not run job ${name}`, error, { appId }),
    );
  }
}

async function runDueJob(platform: Platform, appId: string, name: string): Promise<void> {
  for (let steps = 0; steps < STEPS_MAX; steps += 1) {
    const taken = await takeStep(platform, appId, name);
    if (taken === undefined) return;
    if (taken.stale) await syncJobs(platform, appId);
    else {
      const { started } = taken;
      if (started !== undefined) {
        logApiEvent(platform, appId, startedEvent(started.command, SCHEDULER_USER));
      }
      if (taken.line !== undefined) logSchedulerLine(platform, appId, taken.line);
      if (!taken.more) return;
    }
  }
}

type Taken =
  | { readonly stale: true }
  | {
      readonly stale: false;
      /** The job is still due. */
      readonly more: boolean;
      /** For the log, once it is written. */
      readonly line?: string;
      readonly started?: Dyno;
    };

/** Undefined: nothing is left to do. */
async function takeStep(platform: Platform, appId: string, name: string): Promise<Taken | undefined> {
  const updated = await updateApp<Taken | undefined>(platform, appId, async (app) => {
    const item = await jobRecord.get(platform.store, appId, name);
    const release = await releaseOfJobs(platform, app);
    if (item === undefined) return ok({ app, value: undefined });
    const state = item.value;
    if (release === undefined || release.slugId !== state.slugId) return ok({ app, value: { stale: true } });
    const dynos = await readDynos(platform, appId);
    const nowMs = platform.clock.nowMs();
    const step = planDue(state, dynosOfJob(dynos, name).length > 0, nowMs);
    if (step === undefined) return ok({ app, value: undefined });
    const done = decide(platform, { app, release, dynos }, state, step);
    const { nextRunAtMs, backlog, dueAtMs } = step.next;
    const writes: Write[] = [
      putJob({ ...state, nextRunAtMs, backlog, updatedAtMs: nowMs }, dueAtMs, item.version),
      ...done.writes,
      ...(done.writes.length === 0 ? [] : await trimLedger(platform, appId, name)),
    ];
    return ok({ app, writes, events: done.events, value: { stale: false, more: dueAtMs <= nowMs, ...done.said } });
  });
  // Fails only for an app that is being removed, or that changes all the time; the next tick tries again.
  return updated.ok ? updated.value.value : undefined;
}

interface Decided {
  readonly writes: readonly Write[];
  readonly events: readonly DomainEvent[];
  readonly said: { readonly line?: string; readonly started?: Dyno };
}

function decide(platform: Platform, context: RunContext, state: JobState, step: DueStep): Decided {
  const { job } = state;
  if (step.kind === 'wait') return { writes: [], events: [], said: {} };
  if (step.kind === 'missed') {
    const { all, left } = step;
    return {
      writes: left === undefined ? [] : [putRun(missedRun(platform, state, left), 'absent')],
      events: [],
      said: { line: missedLine(job, all, all.count - (left?.count ?? 0)) },
    };
  }
  const due = { scheduledAtMs: step.atMs, cause: step.cause };
  const planned = planRun(platform, context, job, due);
  if (planned.ok) {
    const { writes, events, dyno } = planned.value;
    return { writes, events, said: { started: dyno } };
  }
  const busy = planned.error.kind === 'busy';
  const reason = planned.error.kind === 'busy' ? planned.error.reason : planned.error.failure.message;
  const run: JobRun = {
    id: platform.ids.uuid(),
    appId: state.appId,
    job: job.name,
    ...due,
    createdAtMs: platform.clock.nowMs(),
    outcome: { kind: busy ? 'skipped' : 'refused', reason },
  };
  return {
    writes: [putRun(run, 'absent')],
    events: [],
    said: { line: (busy ? skippedLine : refusedLine)(job, step.atMs, reason) },
  };
}

/** The command as the app's code wrote it, on one line. */
export const startedEvent = (command: string, email: string) =>
  `Starting process with command \`${command.replace(/[\r\n]+/g, ' ')}\` by user ${email}`;
