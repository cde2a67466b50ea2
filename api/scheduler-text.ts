import type { JobView, RunView } from '../core/scheduler/read-jobs.ts';
import { apiDate, SECOND_MS } from '../core/time.ts';

/** The jobs of an app, with their next and last runs. */
export function jobsText(appName: string, jobs: readonly JobView[]): string {
  if (jobs.length === 0) {
    return `${appName} has no jobs. Declare them in the "cron" list of app.json and deploy.\n`;
  }
  const rows = jobs.map(({ state: { job, nextRunAtMs }, lastRun }) => [
    job.name,
    job.schedule,
    job.timezone,
    apiDate(nextRunAtMs),
    lastRun === undefined ? '-' : `${statusOf(lastRun)} ${apiDate(lastRun.startedAtMs ?? lastRun.scheduledAtMs)}`,
    job.command,
  ]);
  return `=== ${appName} jobs\n\n${table(['JOB', 'SCHEDULE', 'TIME ZONE', 'NEXT RUN', 'LAST RUN', 'COMMAND'], rows)}`;
}

/** The newest lines of a job's ledger; `logUrl` is the log of the newest run that had a dyno. */
export function runsText(appName: string, job: string, runs: readonly RunView[], logUrl: string | undefined): string {
  if (runs.length === 0) return `Job ${job} of ${appName} has not run yet.\n`;
  const rows = runs.map((run) => [
    apiDate(run.scheduledAtMs),
    run.cause,
    statusOf(run),
    run.startedAtMs === undefined ? '-' : apiDate(run.startedAtMs),
    run.endedAtMs === undefined ? '-' : apiDate(run.endedAtMs),
    durationText(run),
    run.exitStatus === undefined ? '-' : String(run.exitStatus),
    run.dyno?.name ?? '-',
    run.untilMs === undefined || run.count === 1 ? (run.reason ?? '') : `until ${apiDate(run.untilMs)}`,
  ]);
  const header = ['SCHEDULED', 'CAUSE', 'STATUS', 'STARTED', 'ENDED', 'DURATION', 'EXIT', 'DYNO', 'REASON'];
  const log = logUrl === undefined ? '' : `\nLog of the newest run (for a few minutes): ${logUrl}\n`;
  return `=== ${appName} runs of ${job}, newest first\n\n${table(header, rows)}${log}`;
}

function statusOf({ status, count }: RunView): string {
  return count === 1 ? status : `${status} x${count}`;
}

function durationText({ durationMs }: RunView): string {
  return durationMs === undefined ? '-' : `${(durationMs / SECOND_MS).toFixed(1)}s`;
}

/** Left-aligned columns. Commands come from the user: none of their characters may drive the reader's terminal. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
