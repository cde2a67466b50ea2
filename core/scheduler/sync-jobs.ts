import { updateApp } from '../app/update-app.ts';
import type { Platform } from '../platform.ts';
import type { Item, Write } from '../ports/store.ts';
import type { App } from '../records/app.ts';
import type { CronJob } from '../records/cron-job.ts';
import { UnreadableRecord } from '../records/define-record.ts';
import { JOB_PREFIX, type JobState, jobKey, jobRecord, putJob, schedulerKey } from '../records/job.ts';
import { type JobRun, putRun } from '../records/job-run.ts';
import type { Release } from '../records/release.ts';
import { currentRelease } from '../release/find-release.ts';
import { ok } from '../result.ts';
import { readSlug } from '../slug/read-slug.ts';
import { firstRunTime, type TimeRange, undecided } from './plan-due.ts';
import { droppedLine, logSchedulerLine } from './scheduler-lines.ts';

/** Replaces the app's jobs by those of its current release. May be repeated; of two concurrent calls one does it. */
export async function syncJobs(platform: Platform, appId: string): Promise<void> {
  const updated = await updateApp<readonly string[]>(platform, appId, async (app) => {
    const mark = await platform.store.get(schedulerKey(appId));
    const release = await releaseOfJobs(platform, app);
    const { slugId } = release ?? {};
    const slug = slugId === undefined ? undefined : await readSlug(platform, appId, slugId);
    const wanted = slug?.cron ?? [];
    const known = await readJobStates(platform, appId);
    const nowMs = platform.clock.nowMs();
    // Times between the release and this moment count for the new jobs, earlier ones for the old.
    const sinceMs = Math.min(nowMs, app.releasedAtMs ?? nowMs);
    const changes = new Changes(platform, sinceMs, nowMs);
    for (const item of known) {
      const job = wanted.find(({ name }) => name === item.value.job.name);
      if (job === undefined) changes.end(item);
    }
    for (const job of wanted) {
      const item = known.find(({ value }) => value.job.name === job.name);
      if (slugId !== undefined && item?.value.slugId !== slugId) changes.begin(appId, slugId, job, item);
    }
    if (mark !== undefined) changes.writes.push({ kind: 'delete', key: schedulerKey(appId), expect: mark.version });
    return ok({ app, writes: changes.writes, value: changes.lines });
  });
  if (updated.ok) for (const line of updated.value.value) logSchedulerLine(platform, appId, line);
}

/**
 * The release whose code declares the app's jobs; undefined before the first. Throws if its record is missing: no job ends because
 * of a record that cannot be read for a moment.
 */
export async function releaseOfJobs(platform: Platform, app: App): Promise<Release | undefined> {
  const release = await currentRelease(platform, app);
  if (release === undefined && app.currentReleaseVersion !== undefined) {
    throw new UnreadableRecord('release', 'is missing');
  }
  return release;
}

/** For readers that cannot wait for the next tick: right after a deploy its jobs exist. */
export async function syncJobsIfMarked(platform: Platform, appId: string): Promise<void> {
  if ((await platform.store.get(schedulerKey(appId))) !== undefined) await syncJobs(platform, appId);
}

export function readJobStates(platform: Pick<Platform, 'store'>, appId: string): Promise<readonly Item<JobState>[]> {
  return jobRecord.list(platform.store, { partition: `app#${appId}`, prefix: JOB_PREFIX });
}

class Changes {
  readonly writes: Write[] = [];
  readonly lines: string[] = [];
  readonly #platform: Platform;
  readonly #sinceMs: number;
  readonly #nowMs: number;

  constructor(platform: Platform, sinceMs: number, nowMs: number) {
    this.#platform = platform;
    this.#sinceMs = sinceMs;
    this.#nowMs = nowMs;
  }

  end({ value, version }: Item<JobState>): void {
    this.#drop(value);
    this.writes.push({ kind: 'delete', key: jobKey(value.appId, value.job.name), expect: version });
  }

  /** A job whose times stay the same continues unchanged. */
  begin(appId: string, slugId: string, job: CronJob, item: Item<JobState> | undefined): void {
    const before = item?.value;
    const kept =
      before?.job.schedule === job.schedule && before.job.timezone === job.timezone
        ? { nextRunAtMs: before.nextRunAtMs, backlog: before.backlog }
        : undefined;
    if (before !== undefined && kept === undefined) this.#drop(before);
    const state: JobState = {
      appId,
      slugId,
      job,
      ...(kept ?? { nextRunAtMs: firstRunTime(job, this.#sinceMs), backlog: [] }),
      createdAtMs: before?.createdAtMs ?? this.#nowMs,
      updatedAtMs: this.#nowMs,
    };
    const dueAtMs = state.backlog.length > 0 ? this.#nowMs : state.nextRunAtMs;
    this.writes.push(putJob(state, dueAtMs, item?.version ?? 'absent'));
  }

  #drop(state: JobState): void {
    const left = undecided(state, this.#sinceMs);
    if (left === undefined) return;
    this.writes.push(putRun(missedRun(this.#platform, state, left), 'absent'));
    this.lines.push(droppedLine(state.job, left));
  }
}

export function missedRun(
  platform: Platform,
  { appId, job }: Pick<JobState, 'appId' | 'job'>,
  { firstMs, lastMs, count }: TimeRange,
): JobRun {
  return {
    id: platform.ids.uuid(),
    appId,
    job: job.name,
    scheduledAtMs: firstMs,
    cause: 'schedule',
    createdAtMs: platform.clock.nowMs(),
    outcome: { kind: 'missed', count, untilMs: lastMs },
  };
}
