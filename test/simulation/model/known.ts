import type { Condition } from '../../../core/dyno-manager/observe/classify.ts';
import type { Observations, TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { App } from '../../../core/records/app.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { EcoPool } from '../../../core/records/eco-pool.ts';
import type { Release } from '../../../core/records/release.ts';
import type { Rollout, Rollouts } from '../../../core/records/rollout.ts';

/** Everything that one pass of a manager has read, by the manager's own clock. */
export interface Known {
  readonly nowMs: number;
  readonly app: App;
  readonly release: Release | undefined;
  readonly pendingRelease: Release | undefined;
  readonly dynos: readonly Dyno[];
  readonly rollouts: Rollouts;
  readonly seen: Observations;
  readonly lastRequestAtMs: number | undefined;
  /** The owner's hours, if they are limited and this app uses them. */
  readonly eco: { readonly pool: EcoPool | undefined; readonly limitMs: number } | undefined;
  readonly recoveredAtMs: number | undefined;
  /** This process's memory samples: dynos far over their quota, and those above the app's own threshold for long. */
  readonly overQuota: ReadonlyMap<string, number>;
  readonly overThreshold: ReadonlySet<string>;
}

/** A dyno, its own task, and its condition. */
export interface Seen {
  readonly dyno: Dyno;
  readonly task: TaskObservation | undefined;
  readonly is: Condition;
}

/** The desired properties of a process type's dynos. */
export interface Kin {
  readonly releaseVersion: number;
  readonly size: string;
  readonly epoch: number;
}

export interface TypeState {
  readonly target: Kin;
  readonly wanted: Kin;
  readonly rollout: Rollout | undefined;
  /** Abandoned in this very pass. */
  readonly abandonedNow: boolean;
}

export type Want =
  | { readonly kind: 'keep'; readonly again?: true }
  | {
      readonly kind: 'replace at-once' | 'replace first' | 'replace later';
      readonly cause: NonNullable<Dyno['stopCause']>;
    }
  | { readonly kind: 'outgoing'; readonly untilMs?: number }
  | { readonly kind: 'remove'; readonly cause: NonNullable<Dyno['stopCause']>; readonly replaced: boolean }
  | { readonly kind: 'sleep' | 'wake' };
