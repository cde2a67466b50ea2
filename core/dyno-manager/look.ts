import type { App } from '../app/app.ts';
import type { Dyno } from '../dyno/dyno.ts';
import type { Ids, Item, Observations, Random, TaskObservation } from '../ports.ts';
import type { Release } from '../release/release.ts';
import type { Condition } from './classify.ts';
import type { Wish } from './wishes.ts';

/** Everything that one look at an app knows. */
export interface Look {
  readonly app: App;
  /** The current release; undefined before the first, or when it could not be read. */
  readonly release?: Release;
  /** The oldest release whose release phase has not ended. */
  readonly pendingRelease?: Release;
  readonly dynos: readonly Item<Dyno>[];
  readonly observations: Observations;
  /** Dynos far over their memory quota, with what they use. */
  readonly memory: ReadonlyMap<string, number>;
  readonly nowMs: number;
  readonly random: Random;
  readonly ids: Ids;
}

/** One dyno record as this look sees it. */
export interface Subject {
  readonly dyno: Dyno;
  /** Of the record as it was read. */
  readonly version: number;
  readonly task?: TaskObservation;
  readonly condition: Condition;
  readonly wish: Wish;
}
