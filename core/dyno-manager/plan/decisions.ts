import type { TaskObservation } from '../../ports/dyno-runtime.ts';
import type { App } from '../../records/app.ts';
import type { OneOffDyno, ReleaseDyno, RunOnceDyno, StopCause } from '../../records/dyno.ts';
import type { FormationEntry } from '../../records/formation.ts';
import { SECOND_MS } from '../../time.ts';
import { RELEASE_TIMEOUT_MS } from './timers.ts';

/** The decision about a dyno, whatever its condition. */
export type Decision =
  /** `cycleAtMs`: its cycle was missed, and it gets another time. */
  | { readonly kind: 'keep'; readonly cycleAtMs?: number }
  /**
   * `at-once`: stopped, and its replacement started in the same pass; `first`: the replacement is started while the dyno keeps
   * running; `later`: others are replaced first. A dyno without a process is always replaced at once.
   */
  | { readonly kind: 'replace'; readonly cause: StopCause; readonly how: 'at-once' | 'first' | 'later' }
  /** Its replacement was started; it keeps running until that one is proven, and is not restarted. */
  | { readonly kind: 'outgoing'; readonly untilMs?: number }
  /** `replaced`: by a dyno of the same name, so the log already shows what happens to it. */
  | { readonly kind: 'remove'; readonly cause: StopCause; readonly replaced?: true }
  | { readonly kind: 'sleep' }
  | { readonly kind: 'wake' };

export const KEEP: Decision = { kind: 'keep' };
export const remove = (cause: StopCause): Decision => ({ kind: 'remove', cause });

export interface RunOnceContext {
  readonly app: App;
  readonly pendingVersion: number | undefined;
  readonly nowMs: number;
}

/** One-offs and release phases; decisions about dynos of the formation depend on each other (formation-decisions.ts). */
export function runOnceDecision(
  context: RunOnceContext,
  dyno: RunOnceDyno,
  task: TaskObservation | undefined,
): Decision {
  if (context.app.deletedAtMs !== undefined) return remove('app-deleted');
  return dyno.kind === 'release' ? releaseDecision(context, dyno, task) : oneOffDecision(context, dyno, task);
}

/** Releases and restarts of "all" do not affect one-offs: they run what they were started with until they end. */
function oneOffDecision({ nowMs }: RunOnceContext, dyno: OneOffDyno, task: TaskObservation | undefined): Decision {
  if (dyno.stopRequested === true) return remove('stop');
  if (dyno.timeToLiveSeconds !== undefined && lifetimeMs(task, nowMs) >= dyno.timeToLiveSeconds * SECOND_MS) {
    return remove('time-to-live');
  }
  return dyno.cycleAtMs !== undefined && nowMs >= dyno.cycleAtMs ? remove('cycle') : KEEP;
}

function releaseDecision(
  { pendingVersion, nowMs }: RunOnceContext,
  dyno: ReleaseDyno,
  task: TaskObservation | undefined,
): Decision {
  if (dyno.releaseVersion !== pendingVersion) return remove('superseded');
  if (dyno.stopRequested === true) return remove('stop');
  return lifetimeMs(task, nowMs) >= RELEASE_TIMEOUT_MS ? remove('release-timeout') : KEEP;
}

export function entryOf(app: App, type: string): FormationEntry | undefined {
  return app.formation.find((entry) => entry.type === type);
}

/** The higher of the epochs of all dynos and of the type. */
export function typeEpochFor(app: App, type: string): number {
  return Math.max(epochOf(app, '*'), epochOf(app, type));
}

export function epochOf({ restarts }: App, scope: string): number {
  return Object.hasOwn(restarts.byScope, scope) ? (restarts.byScope[scope] ?? 0) : 0;
}

/** Counted from the launch: waiting for a client does not count. */
function lifetimeMs(task: TaskObservation | undefined, nowMs: number): number {
  return task?.launchedAtMs === undefined ? 0 : nowMs - task.launchedAtMs;
}
