import type { App } from '../../../core/records/app.ts';
import { type Dyno, isOfJob } from '../../../core/records/dyno.ts';
import { JOB_PREFIX, type JobState } from '../../../core/records/job.ts';
import type { JobRun } from '../../../core/records/job-run.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { type Release, releaseKey } from '../../../core/records/release.ts';
import { type Slug, slugKey } from '../../../core/records/slug.ts';
import { MINUTE_MS } from '../../../core/time.ts';
import type { Change } from '../memory-store.ts';
import type { Process } from '../processes.ts';
import { nextTime } from '../schedules.ts';
import type { World } from '../world.ts';
import { type Expected, expectedStep, LATE_MS, undone } from './job-model.ts';
import type { Rules } from './rules.ts';
import { RunRules } from './run-rules.ts';

/** A tick that finds what is due, another one that was lost, and slow calls. */
const DONE_WITHIN_MS = 6 * MINUTE_MS;
/** After this long without trouble everything late has been done. */
const CALM_MS = 15 * MINUTE_MS;
/** Two ticks may find it while a slow process is still working on it. */
const SLOW_MS = 2 * MINUTE_MS;
const TOLD_WITHIN_MS = 3 * MINUTE_MS;
/** docs/scheduler.md: the last 200 runs of each job are kept. Runs that end after their removal are added again. */
const LEDGER_MAX = 200 + 10;

interface Untold {
  readonly appId: string;
  readonly job: string;
  readonly process: Process;
  readonly atMs: number;
}

/** Recurring jobs: each time must run, be reported as missed or be skipped, exactly once, and be in the ledger. */
export class JobRules {
  readonly #world: World;
  readonly #rules: Rules;
  readonly runs: RunRules;
  /** Times that were decided, by app and job. */
  readonly #decided = new Map<string, Set<number>>();
  readonly #caughtUpAtMs = new Map<string, number>();
  #untold: Untold[] = [];
  #minutes = 0;

  constructor(world: World, rules: Rules) {
    this.#world = world;
    this.#rules = rules;
    this.runs = new RunRules(world, rules);
  }

  committed(changes: readonly Change[]): void {
    const states = changes.filter(({ key }) => key.sort.startsWith(JOB_PREFIX));
    const lines = changes.filter(({ key, after }) => key.sort.startsWith('job-run#') && after !== undefined);
    const dynos = changes.filter(({ before, after }) => isJobs(before) || isJobs(after));
    if (states.length + lines.length + dynos.length === 0) return;
    const appId = (changes[0]?.key.partition ?? '').slice('app#'.length);
    const app = this.#world.app(appId);
    if (app === undefined || app.deletedAtMs !== undefined) return;
    const fresh = lines.filter(({ before }) => before === undefined).map(({ after }) => after as JobRun);
    const explained = new Set<JobRun>();
    for (const { before, after } of states) {
      this.#judgeState(app, before as JobState | undefined, after as JobState | undefined, fresh, explained);
    }
    for (const run of fresh) {
      const ended = run.outcome.kind === 'ended';
      if (explained.has(run) || ended || (run.cause === 'manual' && run.outcome.kind === 'started')) continue;
      this.#break('the ledger says what happened', `${run.job}: ${run.outcome.kind} (${run.cause}) without a reason`);
    }
    this.runs.committed(app, lines, dynos);
  }

  #judgeState(
    app: App,
    before: JobState | undefined,
    after: JobState | undefined,
    lines: readonly JobRun[],
    explained: Set<JobRun>,
  ): void {
    if (before !== undefined && after?.slugId === before.slugId) {
      this.#judgeStep(before, after, lines, explained);
      return;
    }
    const releasedAtMs = app.releasedAtMs ?? 0;
    const sinceMs = Math.min(after?.updatedAtMs ?? releasedAtMs, releasedAtMs);
    const goesOn = before?.job.schedule === after?.job.schedule && before?.job.timezone === after?.job.timezone;
    if (before !== undefined && !goesOn) this.#judgeLeft(before, undone(before, sinceMs), lines, explained);
    if (after === undefined) {
      const declared = this.#declared(app)?.some(({ name }) => name === before?.job.name);
      if (declared === true) this.#break('jobs are those of the current release', `${before?.job.name} was removed`);
      return;
    }
    const kept = before !== undefined && goesOn;
    const wanted = kept ? before.nextRunAtMs : nextTime(after.job, sinceMs);
    const backlog = kept ? before.backlog : [];
    if (after.nextRunAtMs !== wanted || String(after.backlog) !== String(backlog)) {
      this.#break(
        'a deploy keeps or renews the times of a job',
        `${show(after)}, not ${at(wanted)} [${backlog.map(at)}]`,
      );
    }
  }

  #judgeStep(before: JobState, after: JobState, lines: readonly JobRun[], explained: Set<JobRun>): void {
    const nowMs = after.updatedAtMs;
    const same = after.nextRunAtMs === before.nextRunAtMs && String(after.backlog) === String(before.backlog);
    const expected = expectedStep(before, nowMs);
    if (same) {
      // It waits for room.
      const may = expected === undefined || (expected.run?.cause === 'catch-up' && before.job.overlap !== 'allow');
      if (!may) this.#break('what is due is decided', `${show(before)} at ${at(nowMs)}`);
      return;
    }
    if (expected === undefined) {
      this.#break('nothing runs before it is due', `${show(before)} → ${show(after)} at ${at(nowMs)}`);
      return;
    }
    if (after.nextRunAtMs !== expected.nextRunAtMs || String(after.backlog) !== String(expected.backlog)) {
      const wanted = `${at(expected.nextRunAtMs)} [${expected.backlog.map(at)}]`;
      this.#break('the next run is the next time of its schedule', `${show(before)} → ${show(after)}, not ${wanted}`);
      return;
    }
    if (expected.missed) this.#judgeMissed(before, expected, lines, explained);
    if (expected.run !== undefined) this.#judgeRun(before, expected.run, lines, explained);
  }

  #judgeMissed(before: JobState, expected: Expected, lines: readonly JobRun[], explained: Set<JobRun>): void {
    this.#mustTell(before);
    this.#judgeLeft(before, expected.left, lines, explained);
    const { calmMs, agenda, slowShare } = this.#world;
    const hindered = this.#rules.acting?.slow === true || slowShare > 0.5;
    const lateMs = agenda.nowMs - before.nextRunAtMs;
    if (hindered || calmMs < CALM_MS || lateMs > calmMs - LATE_MS || lateMs < LATE_MS + SLOW_MS) return;
    this.#break('no run is missed when nothing is wrong', `${show(before)} at ${at(agenda.nowMs)}`);
  }

  /** One line for all of them. */
  #judgeLeft(state: JobState, left: readonly number[], lines: readonly JobRun[], explained: Set<JobRun>): void {
    const { job, appId } = state;
    const line = lines.find((run) => run.job === job.name && run.outcome.kind === 'missed');
    const [first] = left;
    if (first === undefined) return;
    this.#mustTell(state);
    for (const atMs of left) this.#decide(appId, job.name, atMs);
    if (line?.outcome.kind !== 'missed') {
      this.#break('each missed run is in the ledger', `${left.length} of ${show(state)}, the first of ${at(first)}`);
      return;
    }
    explained.add(line);
    const { count, untilMs } = line.outcome;
    if (line.scheduledAtMs !== first || count !== left.length || untilMs !== left.at(-1)) {
      const said = `${count} from ${at(line.scheduledAtMs)} to ${at(untilMs)}`;
      this.#break(
        'the ledger counts missed runs',
        `${said}, not ${left.length} from ${at(first)} to ${at(left.at(-1))}`,
      );
    }
  }

  #judgeRun(
    before: JobState,
    { atMs, cause }: NonNullable<Expected['run']>,
    lines: readonly JobRun[],
    explained: Set<JobRun>,
  ): void {
    const { job, appId } = before;
    this.#decide(appId, job.name, atMs);
    const line = lines.find((run) => run.job === job.name && run.scheduledAtMs === atMs && run.cause === cause);
    if (line === undefined) {
      this.#break('each run is in the ledger', `${job.name} of ${at(atMs)} (${cause})`);
      return;
    }
    explained.add(line);
    if (cause === 'catch-up') this.#judgePace(before);
    if (line.outcome.kind === 'skipped' || line.outcome.kind === 'refused') this.#mustTell(before);
    const { nowMs } = this.#world.agenda;
    if (atMs > nowMs + this.#world.skewMs) this.#break('nothing runs before it is due', `${job.name} of ${at(atMs)}`);
  }

  #judgePace({ appId, job }: JobState): void {
    const key = `${appId}/${job.name}`;
    const { nowMs } = this.#world.agenda;
    const agoMs = nowMs - (this.#caughtUpAtMs.get(key) ?? Number.NEGATIVE_INFINITY);
    this.#caughtUpAtMs.set(key, nowMs);
    if (agoMs + this.#world.skewMs >= MINUTE_MS || this.#rules.acting?.slow === true) return;
    this.#break('caught-up runs start one per minute', `${job.name}: two within ${agoMs} ms`);
  }

  #decide(appId: string, job: string, atMs: number): void {
    const key = `${appId}/${job}`;
    const decided = this.#decided.get(key) ?? new Set();
    this.#decided.set(key, decided);
    if (decided.has(atMs)) this.#break('no run is decided about twice', `${job} of ${at(atMs)}`);
    decided.add(atMs);
  }

  // ------------------------------------------------------------------------------------------------- what the log says

  #mustTell({ appId, job }: JobState): void {
    const process = this.#rules.acting;
    if (process?.alive !== true) return;
    this.#untold.push({ appId, job: job.name, process, atMs: this.#world.agenda.nowMs });
  }

  logged(lines: readonly LogLine[]): void {
    if (this.#untold.length === 0) return;
    for (const { appId, process, message } of lines) {
      if (process !== 'scheduler') continue;
      // One line for both if a job has changed before its report was written.
      this.#untold = this.#untold.filter((one) => one.appId !== appId || !message.includes(`job ${one.job}`));
    }
  }

  /** Lines of a process that broke after its transaction are lost. */
  disturbed(process: Process): void {
    if (this.#untold.length > 0) this.#untold = this.#untold.filter((one) => one.process !== process);
  }

  // ------------------------------------------------------------------------------------------------- what may be late

  minute(): void {
    const { agenda, calmMs, appIds } = this.#world;
    for (const { process, atMs, job } of this.#untold) {
      if (!process.alive || agenda.nowMs - atMs < TOLD_WITHIN_MS) continue;
      this.#break('the log tells of each run that is missed, skipped or refused', job);
    }
    this.#minutes += 1;
    if (calmMs < CALM_MS || !this.#world.controlPlane.hasJobs || this.#minutes % 5 !== 0) return;
    for (const appId of appIds) {
      const app = this.#world.app(appId);
      if (app !== undefined && app.deletedAtMs === undefined && !this.#world.isDamaged(appId)) this.#judgeQuiet(app);
    }
  }

  #judgeQuiet(app: App): void {
    const { nowMs } = this.#world.agenda;
    const { partition, states } = this.#statesOf(app.id);
    if (nowMs - (app.releasedAtMs ?? 0) > DONE_WITHIN_MS) {
      const wanted = (this.#declared(app) ?? []).map((job) => JSON.stringify(job)).sort();
      const found = states.map(({ job }) => JSON.stringify(job)).sort();
      if (String(wanted) !== String(found)) {
        this.#break('jobs are those of the current release', `${found.length} of ${wanted.length} in ${app.id}`);
      }
    }
    for (const state of states) {
      const { nextRunAtMs, backlog, updatedAtMs, job } = state;
      if (nowMs - Math.max(nextRunAtMs, updatedAtMs) > DONE_WITHIN_MS) {
        this.#break('what is due is decided', `${show(state)} at ${at(nowMs)}`);
      }
      const busy = job.overlap !== 'allow' && this.runs.isActive(app.id, job.name);
      if (backlog.length > 0 && !busy && nowMs - updatedAtMs > DONE_WITHIN_MS) {
        this.#break('caught-up runs start one per minute', `${show(state)} at ${at(nowMs)}`);
      }
      if ((this.#decided.get(`${app.id}/${job.name}`)?.size ?? 0) < LEDGER_MAX) continue;
      const kept = this.#world.store.list({ partition, prefix: `job-run#${job.name}#` }).length;
      if (kept > LEDGER_MAX) this.#break('a ledger has a bound', `${kept} lines of ${job.name}`);
    }
  }

  #statesOf(appId: string) {
    const partition = `app#${appId}`;
    const items = this.#world.store.list<JobState>({ partition, prefix: JOB_PREFIX });
    return { partition, states: items.map(({ value }) => value) };
  }

  /** From the code of the current release; undefined: unknown. */
  #declared(app: App): Slug['cron'] {
    const { store } = this.#world;
    if (app.currentReleaseVersion === undefined) return [];
    const release = store.get<Release>(releaseKey(app.id, app.currentReleaseVersion))?.value;
    if (release?.slugId === undefined) return release === undefined ? undefined : [];
    return store.get<Slug>(slugKey(app.id, release.slugId))?.value.cron ?? [];
  }

  #break(rule: string, detail: string): void {
    this.#rules.break(rule, detail);
  }
}

const isJobs = (record: unknown) => record !== undefined && isOfJob(record as Dyno);
const at = (ms: number | undefined) => (ms === undefined ? 'never' : new Date(ms).toISOString());
const show = ({ job, nextRunAtMs, backlog }: JobState) =>
  `${job.name} (${job.schedule} ${job.timezone}, ${job.catchUp}) next ${at(nextRunAtMs)} [${backlog.map(at)}]`;
