import { type Check, count, fields, isObject, mapOf, oneOf, optional, text } from './checks.ts';
import { defineRecord } from './define-record.ts';

/** What the dynos of one process type share when nothing is left to replace. */
export interface Generation {
  readonly releaseVersion: number;
  readonly releaseId: string;
  readonly command: string;
  readonly size: string;
  /** Counts restarts of the type or of all; a restart of one dyno makes no new generation. */
  readonly epoch: number;
}

/**
 * The change of one process type from one generation to the next while the old dynos keep serving. Kept in one item per app, next
 * to the dynos, and written in the same transaction: which generation serves must not depend on a process's memory.
 */
export interface Rollout {
  readonly mode: RolloutMode;
  readonly target: Generation;
  readonly from: Generation;
  readonly startedAtMs: number;
  /** The highest number of target dynos that were up at once, and since when. */
  readonly proven: number;
  readonly progressAtMs: number;
  /** Preboot: requests go to the new dynos only. */
  readonly switchedAtMs?: number;
  /** The new dynos never came up: `from` keeps running until there is another target. */
  readonly abandonedAtMs?: number;
}

/** `preboot`: all new dynos next to all old ones, then one switch; `rolling`: one quarter after the other. */
export type RolloutMode = 'preboot' | 'rolling';

/** By process type. */
export type Rollouts = Readonly<Record<string, Rollout>>;

/** Item value: `Rollouts`; absent: none is under way. */
export const rolloutsKey = (appId: string) => ({ partition: `app#${appId}`, sort: 'rollouts' });

const generationShape = fields<Generation>({
  releaseVersion: count,
  releaseId: text,
  command: text,
  size: text,
  epoch: count,
});
const rolloutsShape = mapOf(
  fields<Rollout>({
    mode: oneOf('preboot', 'rolling'),
    target: generationShape,
    from: generationShape,
    startedAtMs: count,
    proven: count,
    progressAtMs: count,
    switchedAtMs: optional(count),
    abandonedAtMs: optional(count),
  }),
);

/** A process type may be called `schemaVersion`; a value of this name that is no object is the record's version. */
const versionedRolloutsShape: Check<Rollouts> = (value) => {
  if (!isObject(value) || isObject(value.schemaVersion)) return rolloutsShape(value);
  const { schemaVersion: _version, ...rollouts } = value;
  return rolloutsShape(rollouts);
};

export const rolloutsRecord = defineRecord({
  noun: 'rollouts',
  version: 1,
  key: rolloutsKey,
  shape: versionedRolloutsShape,
});
