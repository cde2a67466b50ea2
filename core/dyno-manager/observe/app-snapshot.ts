import type { Observations, TaskObservation } from '../../ports/dyno-runtime.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Random } from '../../ports/random.ts';
import type { Item } from '../../ports/store.ts';
import type { App } from '../../records/app.ts';
import type { Dyno } from '../../records/dyno.ts';
import type { EcoPool } from '../../records/eco-pool.ts';
import type { Release } from '../../records/release.ts';
import type { Generation, Rollout, Rollouts } from '../../records/rollout.ts';
import type { Decision } from '../plan/decisions.ts';
import type { Condition } from './classify.ts';
import type { OwnTasks } from './own-tasks.ts';

/** Everything that one pass over an app has read. */
export interface AppSnapshot {
  readonly app: App;
  /** The current release; undefined before the first, or when it could not be read. */
  readonly release?: Release | undefined;
  /** The oldest release whose release phase has not ended. */
  readonly pendingRelease?: Release | undefined;
  readonly dynos: readonly Item<Dyno>[];
  readonly observations: Observations;
  /** Dynos far over their memory quota, with their usage. */
  readonly memory: ReadonlyMap<string, number>;
  /** Dynos whose memory stayed above the app's own threshold. */
  readonly overThreshold: ReadonlySet<string>;
  readonly rollouts: Rollouts;
  /** Only read for apps that may sleep. */
  readonly lastRequestAtMs?: number | undefined;
  /** Only read for apps with Eco dynos whose hours are limited. */
  readonly eco?: EcoSnapshot | undefined;
  /** When this process replaced one that is gone. The runtime may have lost its memory of requests at the same time. */
  readonly recoveredAtMs?: number;
  readonly nowMs: number;
  readonly random: Random;
  readonly ids: Ids;
}

/** A snapshot, with what follows from it for each process type. */
export interface Planning extends AppSnapshot {
  readonly types: ReadonlyMap<string, TypePlan>;
  readonly sleep: Sleep;
  /** Each dyno's own task. */
  readonly tasks: OwnTasks;
  /** Number of dynos that are being stopped and are still there, by type. */
  readonly leaving: ReadonlyMap<string, number>;
}

export interface TypePlan {
  readonly rollout?: Rollout;
  /** What new dynos of this type are. */
  readonly desired: Generation;
}

/** The pool of the app's owner. */
export interface EcoSnapshot {
  readonly pool: EcoPool;
  readonly expect: 'absent' | number;
  readonly limitMs: number;
}

/** Eco apps sleep without requests; `exhausted`: until the end of the month, also with requests. */
export type Sleep = 'awake' | 'fall-asleep' | 'asleep' | 'wake' | 'exhausted';

/** One dyno record in this pass. */
export interface Candidate<Kind extends Dyno = Dyno> {
  readonly dyno: Kind;
  /** Version of the record as it was read. */
  readonly version: number;
  readonly task?: TaskObservation;
  readonly condition: Condition;
}

export interface Subject<Kind extends Dyno = Dyno> extends Candidate<Kind> {
  readonly decision: Decision;
}
