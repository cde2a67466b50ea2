import type { Condition } from '../../core/dyno-manager/observe/classify.ts';
import type { Decision } from '../../core/dyno-manager/plan/decisions.ts';
import type { rolloutStatus } from '../../core/dyno-manager/plan/rollout.ts';
import type { TaskExit } from '../../core/ports/dyno-runtime.ts';
import type { Dyno, StartCause, StopCause } from '../../core/records/dyno.ts';
import type { RolloutMode } from '../../core/records/rollout.ts';

/** A decision, and the kind of replacement where the manager distinguishes them. */
export type Wanted = Exclude<Decision['kind'], 'replace'> | 'replace at-once' | 'replace first' | 'replace later';
type ByCondition = Partial<Record<Condition, readonly Wanted[]>>;

/** A dyno of the formation without a running task is replaced at once or not at all. */
const DOWN: readonly Wanted[] = ['keep', 'outgoing', 'remove', 'replace at-once'];
const BOOTING: readonly Wanted[] = [...DOWN, 'sleep'];
/** All decisions have the same effect there. */
const ANY: readonly Wanted[] = ['keep'];
const RUNS_ONCE: readonly Wanted[] = ['keep', 'remove'];

const FORMATION: ByCondition = {
  unstarted: BOOTING,
  pending: BOOTING,
  booting: BOOTING,
  up: [...BOOTING, 'replace first', 'replace later'],
  killed: ANY,
  stopping: ANY,
  stopped: ANY,
  exited: DOWN,
  lost: DOWN,
  crashed: BOOTING,
  idle: ['keep', 'remove', 'replace at-once', 'wake'],
  unknown: ANY,
};

const RELEASE: ByCondition = {
  unstarted: RUNS_ONCE,
  pending: RUNS_ONCE,
  up: RUNS_ONCE,
  killed: ANY,
  stopping: ANY,
  stopped: ANY,
  exited: ANY,
  lost: ANY,
  finished: ANY,
  unknown: ANY,
};

/** Only a recurring job's one-off has an outcome to report. */
const ONE_OFF: ByCondition = { ...RELEASE, 'awaiting-client': RUNS_ONCE };

const ROWS: Readonly<Record<Dyno['kind'], ByCondition>> = {
  formation: FORMATION,
  'one-off': ONE_OFF,
  release: RELEASE,
};

export const decision = (kind: Dyno['kind'], condition: Condition, wanted: Wanted): string => {
  const decisions = ROWS[kind][condition];
  return decisions === ANY ? `${kind}: ${condition}` : `${kind}: ${condition} → ${wanted}`;
};

/** Every case of the manager's decisions: a dyno's kind and condition, and the decision where it matters. */
export const DECISIONS: readonly string[] = Object.entries(ROWS).flatMap(([kind, byCondition]) =>
  Object.entries(byCondition).flatMap(([condition, decisions]) =>
    decisions.map((wanted) => decision(kind as Dyno['kind'], condition as Condition, wanted)),
  ),
);

export const STOP_CAUSES = Object.keys({
  release: 1,
  restart: 1,
  resize: 1,
  scale: 1,
  cycle: 1,
  stop: 1,
  'time-to-live': 1,
  'release-timeout': 1,
  superseded: 1,
  duplicate: 1,
  'app-deleted': 1,
  'host-fault': 1,
  'memory-threshold': 1,
  idle: 1,
  abandoned: 1,
  'pending-timeout': 1,
  'boot-timeout': 1,
  'memory-quota': 1,
} satisfies Record<StopCause, 1>);

/** Causes of a stop that never start a dyno: what ends for them does not come back. */
type NeverStarts =
  | 'scale'
  | 'stop'
  | 'time-to-live'
  | 'release-timeout'
  | 'superseded'
  | 'duplicate'
  | 'app-deleted'
  | 'abandoned'
  | 'pending-timeout'
  | 'boot-timeout'
  | 'memory-quota';

export const START_CAUSES = Object.keys({
  new: 1,
  crash: 1,
  lost: 1,
  wake: 1,
  idle: 1,
  release: 1,
  restart: 1,
  resize: 1,
  cycle: 1,
  'host-fault': 1,
  'memory-threshold': 1,
} satisfies Record<Exclude<StartCause, NeverStarts>, 1>);

export const EXITS = Object.keys({
  exited: 1,
  'attach-timeout': 1,
  'out-of-memory': 1,
  'start-failed': 1,
  'no-room': 1,
  lost: 1,
} satisfies Record<TaskExit['reason'], 1>);

const MODES = Object.keys({ preboot: 1, rolling: 1 } satisfies Record<RolloutMode, 1>);
const STATUSES = Object.keys({ 'in-progress': 1, switched: 1, abandoned: 1 } satisfies Record<
  ReturnType<typeof rolloutStatus>,
  1
>);
/** A rolling deploy has no moment at which it switches. */
export const ROLLOUTS = MODES.flatMap((mode) => STATUSES.map((status) => `${mode}: ${status}`)).filter(
  (row) => row !== 'rolling: switched',
);
