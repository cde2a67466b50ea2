import type { App } from '../app/app.ts';
import type { Dyno, StopCause } from '../dyno/dyno.ts';
import type { FormationEntry } from '../formation/formation.ts';
import type { TaskObservation } from '../ports.ts';
import { SECOND_MS } from '../time.ts';
import { RELEASE_TIMEOUT_MS } from './timers.ts';

/** What should become of a dyno, whatever its condition. */
export type Wish =
  | { readonly kind: 'keep' }
  | { readonly kind: 'replace'; readonly cause: StopCause }
  | { readonly kind: 'remove'; readonly cause: StopCause };

const KEEP: Wish = { kind: 'keep' };
const replace = (cause: StopCause): Wish => ({ kind: 'replace', cause });
const remove = (cause: StopCause): Wish => ({ kind: 'remove', cause });

export interface WishContext {
  readonly app: App;
  /** The release that replacements would run; without it nothing can be replaced. */
  readonly releaseVersion: number | undefined;
  readonly pendingVersion: number | undefined;
  readonly nowMs: number;
}

/** `duplicate`: another record of the same name is kept. */
export function wishFor(context: WishContext, dyno: Dyno, task: TaskObservation | undefined, duplicate: boolean): Wish {
  if (context.app.deletedAtMs !== undefined) return remove('app-deleted');
  if (dyno.kind === 'formation') return formationWish(context, dyno, duplicate);
  if (dyno.kind === 'release') return releaseWish(context, dyno, task);
  return oneOffWish(context, dyno, task);
}

function formationWish({ app, releaseVersion, nowMs }: WishContext, dyno: Dyno, duplicate: boolean): Wish {
  const entry = entryOf(app, dyno.type);
  if (entry === undefined || dyno.number > entry.quantity) return remove('scale');
  if (duplicate) return remove('duplicate');
  if (releaseVersion === undefined) return KEEP;
  if (dyno.releaseVersion !== releaseVersion) return replace('release');
  if (dyno.size !== entry.size) return replace('resize');
  if (dyno.restartEpoch < restartEpochFor(app, dyno)) return replace('restart');
  if (isOverdue(dyno, nowMs)) return replace('cycle');
  return KEEP;
}

/** One-offs know no releases and no restarts of "all": they run what they were started with until they end. */
function oneOffWish({ nowMs }: WishContext, dyno: Dyno, task: TaskObservation | undefined): Wish {
  if (dyno.stopRequested === true) return remove('stop');
  if (dyno.timeToLiveSeconds !== undefined && lifetimeMs(task, nowMs) >= dyno.timeToLiveSeconds * SECOND_MS) {
    return remove('time-to-live');
  }
  return isOverdue(dyno, nowMs) ? remove('cycle') : KEEP;
}

function releaseWish({ pendingVersion, nowMs }: WishContext, dyno: Dyno, task: TaskObservation | undefined): Wish {
  if (dyno.releaseVersion !== pendingVersion) return remove('superseded');
  if (dyno.stopRequested === true) return remove('stop');
  return lifetimeMs(task, nowMs) >= RELEASE_TIMEOUT_MS ? remove('release-timeout') : KEEP;
}

export function entryOf(app: App, type: string): FormationEntry | undefined {
  return app.formation.find((entry) => entry.type === type);
}

/** The highest epoch among those of all dynos, of its type and of itself. */
export function restartEpochFor(app: App, dyno: { readonly type: string; readonly name: string }): number {
  const { byScope } = app.restarts;
  const epoch = (scope: string) => (Object.hasOwn(byScope, scope) ? (byScope[scope] ?? 0) : 0);
  return Math.max(epoch('*'), epoch(dyno.type), epoch(dyno.name));
}

function isOverdue(dyno: Dyno, nowMs: number): boolean {
  return dyno.cycleAtMs !== undefined && nowMs >= dyno.cycleAtMs;
}

/** Counted from the launch: the wait for a client is not part of it. */
function lifetimeMs(task: TaskObservation | undefined, nowMs: number): number {
  return task?.launchedAtMs === undefined ? 0 : nowMs - task.launchedAtMs;
}
