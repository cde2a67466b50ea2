import type { DynoSpec, Observations, StartResult } from '../../../core/ports/dyno-runtime.ts';
import type { Item, ItemKey, Write } from '../../../core/ports/store.ts';
import type { App, ManagerMark } from '../../../core/records/app.ts';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { EcoPool } from '../../../core/records/eco-pool.ts';
import type { Release } from '../../../core/records/release.ts';
import type { Rollouts } from '../../../core/records/rollout.ts';
import type { Known } from './known.ts';

export interface StartAsked {
  readonly dynoId: string;
  readonly name: string;
  readonly attempt: number;
  result?: StartResult;
  /** By the process's clock. */
  answeredAtMs?: number;
  recorded?: true;
}

export interface StopAsked {
  readonly taskRef: string;
  readonly graceSeconds: number;
}

/** What one pass reads until its plan, and what it does. */
export class PassNotes {
  readonly appId: string;
  readonly deadlineMs: number | undefined;
  /** Undefined: not read yet. */
  mark: Item<ManagerMark> | 'absent' | undefined;
  app: App | 'absent' | undefined;
  appVersion = 0;
  known: Known | undefined;
  /** Something went wrong with its process meanwhile. */
  disturbed = false;
  /** Its process also read the app for another purpose. */
  mixed = false;
  /** The plan's own transaction. */
  plan: 'none' | 'written' | 'refused' = 'none';
  plannedWrites: readonly Write[] = [];
  /** Answers of starts that lost a race for the records. */
  answersRefused = 0;
  /** The log lines required for answers. */
  readonly answerLines: { readonly process: string; readonly message: string }[] = [];
  /** Dynos whose release or slug is missing: the log reports them with other text. */
  readonly unheard = new Set<string>();
  quarantinedMs: number | undefined;
  unreadable = false;
  readonly lines: { readonly process: string; readonly message: string }[] = [];
  readonly starts: StartAsked[] = [];
  readonly stops: StopAsked[] = [];
  readonly nudges: number[] = [];
  published: AppRoutes | undefined;
  unrouted = false;
  readonly dynoVersions = new Map<string, number>();
  #dynos: readonly Dyno[] | undefined;
  #rollouts: Rollouts = {};
  readonly #releases = new Map<number, Release>();
  #lastRequestAtMs: number | undefined;
  #pool: EcoPool | undefined;
  #poolRead = false;
  samples: Pick<Known, 'overQuota' | 'overThreshold'> | undefined;

  /** The number of its reads of the store. */
  reads = 0;
  /** By the process's clock. */
  readonly begunAtMs: number;

  constructor(appId: string, begunAtMs: number, deadlineMs: number | undefined) {
    this.appId = appId;
    this.begunAtMs = begunAtMs;
    this.deadlineMs = deadlineMs;
  }

  got({ partition, sort }: ItemKey, item: Item | undefined): void {
    if (this.known !== undefined) return;
    if (sort === 'eco-pool') {
      const { app } = this;
      if (app === undefined || app === 'absent' || partition !== `account#${app.ownerId}`) return;
      // A pass over another app of the account is under way: which one reads this is unknown.
      if (this.#poolRead) this.mixed = true;
      this.#poolRead = true;
      this.#pool = item?.value as EcoPool | undefined;
      return;
    }
    if (partition !== `app#${this.appId}`) return;
    if (sort === 'manager') this.mark = (item as Item<ManagerMark> | undefined) ?? 'absent';
    else if (sort === 'app') {
      this.app = (item?.value as App | undefined) ?? 'absent';
      this.appVersion = item?.version ?? 0;
    } else if (sort === 'rollouts') this.#rollouts = (item?.value as Rollouts | undefined) ?? {};
    else if (sort === 'traffic')
      this.#lastRequestAtMs = (item?.value as { lastRequestAtMs: number } | undefined)?.lastRequestAtMs;
    else if (sort.startsWith('release#') && item !== undefined) {
      const release = item.value as Release;
      this.#releases.set(release.version, release);
    }
  }

  listed(prefix: string, items: readonly Item[]): void {
    if (this.known !== undefined || prefix !== 'dyno#') return;
    this.#dynos = items.map(({ value }) => value as Dyno);
    for (const { value, version } of items) this.dynoVersions.set((value as Dyno).id, version);
  }

  /** The last read of a pass before it plans. */
  observed(seen: Observations, nowMs: number, recoveredAtMs: number | undefined, ecoLimitMs: number | undefined): void {
    const { app } = this;
    if (this.known !== undefined || app === undefined || app === 'absent' || this.#dynos === undefined) return;
    const releaseOf = (version: number | undefined) =>
      version === undefined ? undefined : this.#releases.get(version);
    this.known = {
      nowMs,
      app,
      release: releaseOf(app.currentReleaseVersion),
      pendingRelease: releaseOf(app.pendingReleaseVersions[0]),
      dynos: this.#dynos,
      rollouts: this.#rollouts,
      seen,
      lastRequestAtMs: this.#lastRequestAtMs,
      eco: ecoLimitMs === undefined || !this.#poolRead ? undefined : { pool: this.#pool, limitMs: ecoLimitMs },
      recoveredAtMs,
      overQuota: this.samples?.overQuota ?? new Map(),
      overThreshold: this.samples?.overThreshold ?? new Set(),
    };
  }

  /** Its dynos as the plan leaves them: starts are requested with these. */
  planned(): ReadonlyMap<string, Dyno> {
    const dynos = new Map(this.known?.dynos.map((dyno) => [dyno.id, dyno]));
    for (const write of this.plannedWrites) {
      if (write.kind === 'put' && write.key.sort.startsWith('dyno#'))
        dynos.set((write.value as Dyno).id, write.value as Dyno);
    }
    return dynos;
  }

  asked({ dynoId, name, attempt }: DynoSpec): StartAsked {
    const asked: StartAsked = { dynoId, name, attempt };
    this.starts.push(asked);
    return asked;
  }

  /** Whether this is the plan's transaction. */
  isPlan(writes: readonly Write[]): boolean {
    return writes.some(
      (write) => write.kind === 'put' && write.key.sort === 'manager' && !(write.value as ManagerMark).dirty,
    );
  }
}
