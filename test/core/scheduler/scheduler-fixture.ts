import { readDynos } from '../../../core/dyno/find-dyno.ts';
import { parseJobs } from '../../../core/manifest/cron-jobs.ts';
import type { Platform } from '../../../core/platform.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import type { Store } from '../../../core/ports/store.ts';
import type { CronJob } from '../../../core/records/cron-job.ts';
import { dynoKey, isOfJob } from '../../../core/records/dyno.ts';
import { type JobRun, putRun } from '../../../core/records/job-run.ts';
import { type ApiFixture, openApiFixture, type Principal } from '../../api/api-fixture.ts';
import { deploy, logOf } from '../../api/deploy.ts';
import { storedList } from '../../stored.ts';
import { runDueJobs } from './run-due-jobs.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** The ticking process dies here, and does nothing more. */
export class Killed extends Error {}

/** An app with jobs on the real store; the test plays the runtime. */
export class SchedulerFixture {
  readonly fixture: ApiFixture;
  readonly platform: Platform;
  readonly me: Principal;
  readonly appId: string;
  readonly problems: string[] = [];
  /** Store calls so far, and the one at which the process dies: before it for an odd count, after it for an even one. */
  points = 0;
  killAt = Number.POSITIVE_INFINITY;
  #dead = false;

  private constructor(fixture: ApiFixture, me: Principal, appId: string) {
    this.fixture = fixture;
    this.me = me;
    this.appId = appId;
    this.platform = { ...fixture.platform, store: this.#mortal(fixture.platform.store) };
  }

  static async open(): Promise<SchedulerFixture> {
    const fixture = await openApiFixture();
    const me = await fixture.principal('me@example.com');
    const { body } = await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
    return new SchedulerFixture(fixture, me, body.id);
  }

  #mortal(store: Store): Store {
    const point = () => {
      if (!this.#dead) this.points += 1;
      if (this.points >= this.killAt) this.#dead = true;
      if (this.#dead) throw new Killed();
    };
    const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
      point();
      const done = await work();
      point();
      return done;
    };
    return {
      get: (key) => guarded(() => store.get(key)),
      list: (query) => guarded(() => store.list(query)),
      due: (queue, beforeMs, limit) => guarded(() => store.due(queue, beforeMs, limit)),
      transact: (writes) => guarded(() => store.transact(writes)),
    };
  }

  async deploy(cron: readonly unknown[]): Promise<void> {
    await deploy(this.fixture, this.me, 'shop', { processTypes: { web: 'npm start' }, cron: jobs(cron) });
    this.fixture.logLines.length = 0;
  }

  /** Runs one tick. If the process dies in it, another one starts, which ticks at its start. */
  async tick(): Promise<void> {
    await this.tickOnce();
    if (!this.#dead) return;
    this.#dead = false;
    this.killAt = Number.POSITIVE_INFINITY;
    await this.tickOnce();
  }

  async tickOnce(platform: Platform = this.platform): Promise<void> {
    const problems: Problems = {
      report: (problem, error) => {
        if (!(error instanceof Killed)) this.problems.push(`${problem}: ${String(error)}`);
      },
    };
    await runDueJobs({ ...platform, problems }).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
  }

  /** Moves the clock to this many minutes after the start, with a tick each minute or only at the end. */
  async minutes(count: number, { ticking = true } = {}): Promise<void> {
    for (let minute = 1; minute <= count; minute += 1) {
      this.fixture.clock.advance(MINUTE);
      if (ticking || minute === count) await this.tick();
    }
  }

  async dynos() {
    return (await readDynos(this.fixture.platform, this.appId)).map(({ value }) => value);
  }

  /** Ends a dyno as the dyno manager does when a process has ended. */
  async end(name: string, status = 0): Promise<void> {
    const dyno = (await this.dynos()).find((each) => each.name === name);
    if (dyno === undefined || !isOfJob(dyno)) throw new Error(`no job runs as ${name}`);
    const { id, name: job, scheduledAtMs, cause } = dyno.job;
    const nowMs = this.fixture.clock.nowMs();
    const run: JobRun = {
      id,
      appId: this.appId,
      job,
      scheduledAtMs,
      cause,
      createdAtMs: dyno.createdAtMs,
      outcome: {
        kind: 'ended',
        dyno: { id: dyno.id, name, size: dyno.size },
        startedAtMs: dyno.createdAtMs,
        endedAtMs: nowMs,
        exitStatus: status,
        reason: 'exited',
      },
    };
    await this.fixture.platform.store.transact([
      { kind: 'delete', key: dynoKey(this.appId, dyno.id), expect: 'any' },
      putRun(run, 'any'),
    ]);
  }

  async endAll(): Promise<void> {
    for (const { name } of await this.dynos()) await this.end(name);
  }

  /** The ledger, oldest first, with times in minutes after the start. */
  async ledger(job: string): Promise<readonly string[]> {
    const prefix = `job-run#${job}#`;
    const runs = await storedList<JobRun>(this.fixture.platform.store, { partition: `app#${this.appId}`, prefix });
    return runs.map(({ value: { scheduledAtMs, cause, outcome } }) => {
      const detail =
        outcome.kind === 'missed'
          ? ` x${outcome.count} to ${this.minute(outcome.untilMs)}`
          : outcome.kind === 'refused'
            ? `: ${outcome.reason}`
            : '';
      return `${this.minute(scheduledAtMs)} ${cause === 'schedule' ? '' : `${cause} `}${outcome.kind}${detail}`;
    });
  }

  readonly #startMs = 1_767_225_600_000;

  minute(ms: number): number {
    return (ms - this.#startMs) / MINUTE;
  }

  log(): readonly string[] {
    return logOf(this.fixture);
  }

  close(): void {
    this.fixture.close();
  }
}

export function jobs(cron: readonly unknown[]): readonly CronJob[] {
  const parsed = parseJobs(cron);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}
