import type { Rollout, Rollouts } from '../../records/rollout.ts';
import type { AppSnapshot, Candidate, TypePlan } from '../observe/app-snapshot.ts';
import { targetGeneration } from './generation.ts';
import { advanceRollout, rolloutPassAtMs } from './rollout.ts';
import { rolloutAbandoned, type SystemLine } from './system-lines.ts';

export interface TypePlans {
  readonly types: ReadonlyMap<string, TypePlan>;
  /** Written if it is another object than the one that was read. */
  readonly rollouts: Rollouts;
  readonly lines: readonly SystemLine[];
  readonly lookAtMs: number;
}

/** The desired properties of each process type's dynos, and the progress of their rollouts. */
export function planTypes(snapshot: AppSnapshot, active: ReadonlyMap<string, readonly Candidate[]>): TypePlans {
  const { app, release, nowMs } = snapshot;
  const types = new Map<string, TypePlan>();
  // Without the release the desired state is unknown, and nothing changes.
  if (release === undefined || app.deletedAtMs !== undefined) {
    return { types, rollouts: snapshot.rollouts, lines: [], lookAtMs: Number.POSITIVE_INFINITY };
  }
  const rollouts: [string, Rollout][] = [];
  const lines: SystemLine[] = [];
  let nextPassAtMs = Number.POSITIVE_INFINITY;
  let same = true;
  for (const entry of app.formation) {
    const { type } = entry;
    const target = targetGeneration(app, release, entry);
    const before = Object.hasOwn(snapshot.rollouts, type) ? snapshot.rollouts[type] : undefined;
    const rollout = advanceRollout({ app, entry, target, before, active: active.get(type) ?? [], nowMs });
    const abandoned = rollout?.abandonedAtMs !== undefined;
    const desired = abandoned ? rollout.from : target;
    types.set(type, rollout === undefined ? { desired } : { desired, rollout });
    same &&= rollout === before;
    if (rollout === undefined) continue;
    rollouts.push([type, rollout]);
    if (abandoned && before?.abandonedAtMs === undefined) {
      const message = rolloutAbandoned(type, target.releaseVersion, rollout.from.releaseVersion);
      lines.push({ process: type, message });
    }
    nextPassAtMs = Math.min(nextPassAtMs, rolloutPassAtMs(rollout, nowMs) ?? Number.POSITIVE_INFINITY);
  }
  for (const type in snapshot.rollouts) same &&= types.has(type);
  // By entries: a process type may be called `__proto__`.
  return { types, rollouts: same ? snapshot.rollouts : Object.fromEntries(rollouts), lines, lookAtMs: nextPassAtMs };
}
