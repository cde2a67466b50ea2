import { LOG_LINES_MAX, logSessionUrl } from '../../core/log/log-session.ts';
import type { Platform } from '../../core/platform.ts';
import type { App } from '../../core/records/app.ts';
import { ok } from '../../core/result.ts';
import { type JobView, type RunView, readJobRuns, readJobs } from '../../core/scheduler/read-jobs.ts';
import { runJobNow } from '../../core/scheduler/run-job-now.ts';
import { apiDate, SECOND_MS } from '../../core/time.ts';
import { wantsText } from '../kernel/accept.ts';
import { type Route, route } from '../route.ts';
import { jobsText, runsText } from '../scheduler-text.ts';

const date = (ms: number | undefined) => (ms === undefined ? null : apiDate(ms));

function jobBody(platform: Platform, app: App, { state, lastRun }: JobView) {
  const { job, nextRunAtMs } = state;
  return {
    app: { id: app.id, name: app.name },
    catch_up: job.catchUp,
    command: job.command,
    created_at: apiDate(state.createdAtMs),
    last_run: lastRun === undefined ? null : runBody(platform, app, lastRun),
    name: job.name,
    next_run_at: apiDate(nextRunAtMs),
    overlap: job.overlap,
    schedule: job.schedule,
    size: job.size ?? null,
    time_to_live: job.timeToLiveSeconds ?? null,
    timezone: job.timezone,
    updated_at: apiDate(state.updatedAtMs),
  };
}

function runBody(platform: Platform, app: App, run: RunView) {
  return {
    app: { id: app.id, name: app.name },
    cause: run.cause,
    count: run.count,
    duration: run.durationMs === undefined ? null : run.durationMs / SECOND_MS,
    dyno: run.dyno ?? null,
    ended_at: date(run.endedAtMs),
    exit_status: run.exitStatus ?? null,
    id: run.id,
    job: run.job,
    log_url: logUrl(platform, app, run) ?? null,
    reason: run.reason ?? null,
    scheduled_at: apiDate(run.scheduledAtMs),
    started_at: date(run.startedAtMs),
    status: run.status,
    until: date(run.untilMs),
  };
}

/** A log session of the run's own dyno: what is left of its lines in the app's history. */
function logUrl(platform: Platform, app: App, { dyno }: RunView): string | undefined {
  if (dyno === undefined) return undefined;
  return logSessionUrl(platform, { appId: app.id, filter: { process: dyno.name }, lines: LOG_LINES_MAX, tail: false });
}

/** Lines of a ledger that a reader sees at once. */
const RUNS_SHOWN = 20;

export const schedulerRoutes: readonly Route[] = [
  // For people: `curl` prints the whole state of an app's jobs.
  route({
    method: 'GET',
    path: '/apps/:app/scheduler',
    permission: 'app',
    async handle({ platform, app }) {
      return ok({ text: jobsText(app.name, await readJobs(platform, app.id)) });
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/scheduler/jobs',
    permission: 'app',
    async handle({ platform, app, headers }) {
      const jobs = await readJobs(platform, app.id);
      if (wantsText(headers)) return ok({ text: jobsText(app.name, jobs) });
      return ok({
        list: jobs.map((job) => jobBody(platform, app, job)),
        sortKeys: ['name'],
        sortAliases: { id: 'name' },
      });
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/scheduler/jobs/:job/runs',
    permission: 'app',
    async handle({ platform, app, params, headers }) {
      const { job } = params;
      const text = wantsText(headers);
      const runs = await readJobRuns(platform, app.id, job, text ? RUNS_SHOWN : undefined);
      if (!runs.ok) return runs;
      if (!text)
        return ok({ list: runs.value.map((run) => runBody(platform, app, run)), sortKeys: ['scheduled_at', 'id'] });
      const newest = runs.value.find(({ dyno }) => dyno !== undefined);
      return ok({ text: runsText(app.name, job, runs.value, newest && logUrl(platform, app, newest)) });
    },
  }),
  route({
    method: 'POST',
    path: '/apps/:app/scheduler/jobs/:job/runs',
    permission: 'app',
    async handle({ platform, actor, app, params }) {
      const run = await runJobNow(platform, actor, app.id, params.job);
      return run.ok ? ok({ status: 201, body: runBody(platform, app, run.value) }) : run;
    },
  }),
];
