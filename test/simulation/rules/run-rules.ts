import { findDynoSize } from '../../../core/dyno/dyno-size.ts';
import type { App } from '../../../core/records/app.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { EndedRun, JobRun } from '../../../core/records/job-run.ts';
import { MINUTE_MS } from '../../../core/time.ts';
import { type DynoFields, fieldsOf } from '../../dyno-fields.ts';
import type { Change } from '../memory-store.ts';
import type { World } from '../world.ts';
import type { Rules } from './rules.ts';

/** A decision may be based on a slightly older read. */
const READ_BEFORE_MS = 2 * MINUTE_MS;
/** Heroku Dev Center: Limits. */
const CONCURRENT_MAX: Readonly<Record<string, number>> = { eco: 1, performance: 5 };
const CONCURRENT_MAX_OTHERWISE = 50;

/** One run of a job: its dyno, who may stop it, and its line in the ledger. */
export class RunRules {
  readonly #world: World;
  readonly #rules: Rules;
  /** Dyno → who first requested its stop. */
  readonly #askedBy = new Map<string, 'user' | 'next run'>();
  /** App → when one of its jobs' dynos last ended. */
  readonly #goneAtMs = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.#world = world;
    this.#rules = rules;
  }

  isActive(appId: string, job: string): boolean {
    return this.#activeOf(appId, job).length > 0;
  }

  #activeOf(appId: string, job: string): readonly Dyno[] {
    return this.#world
      .dynos(appId)
      .filter((dyno) => fieldsOf(dyno).job?.name === job && fieldsOf(dyno).outcome === undefined);
  }

  committed(app: App, lines: readonly Change[], dynos: readonly Change[]): void {
    const runs = lines.map(({ after }) => after as JobRun);
    const begun = dynos.filter(({ before }) => before === undefined).map(({ after }) => after as DynoFields);
    for (const { before, after } of dynos) {
      const dyno = (after ?? before) as Dyno;
      const line = runs.find(({ id }) => id === fieldsOf(dyno).job?.id);
      if (before === undefined) this.#judgeStart(app, dyno, line);
      else if (after === undefined) this.#judgeEnd(dyno, line);
      else if (fieldsOf(dyno).stopRequested === true && (before as DynoFields).stopRequested !== true) {
        const replaced = begun.some(({ job }) => job?.name === fieldsOf(dyno).job?.name);
        this.#askedBy.set(dyno.id, replaced ? 'next run' : 'user');
      }
    }
    for (const run of runs) {
      if (run.outcome.kind === 'started' && !begun.some(({ job }) => job?.id === run.id)) {
        this.#rules.break('a run has a dyno', `${run.job}: ${run.outcome.dyno.name}`);
      }
      if (run.outcome.kind === 'skipped') this.#judgeSkipped(run);
      if (run.outcome.kind === 'refused') this.#judgeRefused(app, run);
    }
  }

  #judgeStart(app: App, dyno: Dyno, line: JobRun | undefined): void {
    const { job, name, type, releaseVersion } = fieldsOf(dyno);
    if (job === undefined) return;
    if (line?.outcome.kind !== 'started') this.#rules.break('each run is in the ledger', `${name} of ${job.name}`);
    if (type !== 'scheduler' || !/^scheduler\.[1-9]\d{3}$/.test(name) || releaseVersion !== app.currentReleaseVersion) {
      this.#rules.break('a run is a one-off dyno of the current release', `${name} v${releaseVersion} of ${job.name}`);
    }
    const declared = this.#world.store.get<{ readonly job: { readonly overlap: string; readonly command: string } }>({
      partition: `app#${app.id}`,
      sort: `job#${job.name}`,
    })?.value.job;
    if (declared === undefined) {
      this.#rules.break('no job outlives the release that declares it', `${name} of ${job.name}`);
      return;
    }
    if (declared.command !== dyno.command) this.#rules.break('a run runs its command', `${name}: ${dyno.command}`);
    const others = this.#activeOf(app.id, job.name).filter(({ id }) => id !== dyno.id);
    if (declared.overlap === 'skip' && others.length > 0) {
      this.#rules.break('runs overlap as their job says', `${name} beside ${others[0]?.name} of ${job.name} (skip)`);
    }
    const unasked = others.find((other) => fieldsOf(other).stopRequested !== true);
    if (declared.overlap === 'replace' && unasked !== undefined) {
      this.#rules.break('runs overlap as their job says', `${name} beside ${unasked.name} of ${job.name} (replace)`);
    }
  }

  #judgeSkipped(run: JobRun): void {
    const { overlap } =
      this.#world.store.get<{ readonly job: { readonly overlap: string } }>({
        partition: `app#${run.appId}`,
        sort: `job#${run.job}`,
      })?.value.job ?? {};
    const goneMs = this.#world.agenda.nowMs - (this.#goneAtMs.get(run.appId) ?? Number.NEGATIVE_INFINITY);
    if (overlap === 'skip' && (this.isActive(run.appId, run.job) || goneMs < READ_BEFORE_MS)) return;
    this.#rules.break('a run is skipped only beside another one', `${run.job} (${overlap})`);
  }

  #judgeRefused({ id: appId, formation }: App, { job, outcome }: JobRun): void {
    const tier = findDynoSize(formation?.[0]?.size ?? '')?.tier ?? '';
    const most = CONCURRENT_MAX[tier] ?? CONCURRENT_MAX_OTHERWISE;
    const beside = this.#world.dynos(appId).filter(({ kind }) => kind === 'one-off').length;
    const goneMs = this.#world.agenda.nowMs - (this.#goneAtMs.get(appId) ?? Number.NEGATIVE_INFINITY);
    if (beside >= most || goneMs < READ_BEFORE_MS) return;
    const reason = outcome.kind === 'refused' ? outcome.reason : '';
    this.#rules.break('a run is refused only at a limit', `${job}, ${beside} of ${most} ${tier}: ${reason}`);
  }

  /** When the dyno's record is deleted the ledger gets its end: neither without the other. */
  #judgeEnd(dyno: Dyno, line: JobRun | undefined): void {
    this.#goneAtMs.set(dyno.appId, this.#world.agenda.nowMs);
    if (line?.outcome.kind !== 'ended') {
      this.#rules.break('the ledger learns how each run ended', `${dyno.name} of ${fieldsOf(dyno).job?.name}`);
      return;
    }
    const wrong = this.#untruth(dyno, line.outcome);
    if (wrong !== undefined) this.#rules.break('the ledger says how a run ended', `${dyno.name}: ${wrong}`);
  }

  #untruth(dyno: Dyno, { reason, exitStatus, endedAtMs, startedAtMs }: EndedRun): string | undefined {
    const asker = this.#askedBy.get(dyno.id);
    const task = this.#rules.tasks.lastOf(dyno);
    if (reason === 'replaced' && asker !== 'next run') return `replaced, but ${asker ?? 'nobody'} asked it to stop`;
    if (reason === 'stopped' && asker === 'next run') return 'stopped, but the next run took its place';
    if (reason === 'stopped' && asker === undefined && dyno.stopCause === undefined) return 'nobody asked it to stop';
    const asked = asker !== undefined || dyno.stopCause !== undefined;
    if (reason === 'exited' && asked) return `exited, but ${asker ?? dyno.stopCause} ended it`;
    if (task === undefined) return startedAtMs === undefined ? undefined : 'it was never launched';
    if (startedAtMs !== undefined && startedAtMs !== task.launchedAtMs) return `started at ${startedAtMs}`;
    if (reason !== 'exited') return undefined;
    if (endedAtMs !== task.stoppedAtMs) return `ended at ${endedAtMs}, not ${task.stoppedAtMs}`;
    if (task.exit?.reason !== 'exited' || exitStatus !== task.exit.status) {
      return `exit status ${exitStatus}, not ${task.exit?.status} (${task.exit?.reason})`;
    }
    return undefined;
  }
}
