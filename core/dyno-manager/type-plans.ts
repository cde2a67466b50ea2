import { targetGeneration } from './generation.ts';
import type { Candidate, Look, TypePlan } from './look.ts';
import { advanceRollout, type Rollout, type Rollouts, rolloutLookAtMs } from './rollout.ts';
import { rolloutAbandoned, type SystemLine } from './system-lines.ts';

export interface TypePlans {
  readonly types: ReadonlyMap<string, TypePlan>;
  /** To be written where it is another object than the one that was read. */
  readonly rollouts: Rollouts;
  readonly lines: readonly SystemLine[];
  readonly lookAtMs?: number;
}

/** What the dynos of each process type should be, and how far they are on their way there. */
export function planTypes(look: Look, standing: ReadonlyMap<string, readonly Candidate[]>): TypePlans {
  const { app, release, nowMs } = look;
  const types = new Map<string, TypePlan>();
  // Without the release nothing can be said, and nothing changes.
  if (release === undefined || app.deletedAtMs !== undefined) return { types, rollouts: look.rollouts, lines: [] };
  const rollouts = new Map<string, Rollout>();
  const lines: SystemLine[] = [];
  const times: number[] = [];
  for (const entry of app.formation) {
    const { type } = entry;
    const target = targetGeneration(app, release, entry);
    const before = Object.hasOwn(look.rollouts, type) ? look.rollouts[type] : undefined;
    const rollout = advanceRollout({ app, entry, target, before, standing: standing.get(type) ?? [], nowMs });
    const abandoned = rollout?.abandonedAtMs !== undefined;
    types.set(type, { desired: abandoned ? rollout.from : target, ...(rollout === undefined ? {} : { rollout }) });
    if (rollout === undefined) continue;
    rollouts.set(type, rollout);
    if (abandoned && before?.abandonedAtMs === undefined) {
      const message = rolloutAbandoned(type, target.releaseVersion, rollout.from.releaseVersion);
      lines.push({ process: type, message });
    }
    const lookAtMs = rolloutLookAtMs(rollout, nowMs);
    if (lookAtMs !== undefined) times.push(lookAtMs);
  }
  const same =
    rollouts.size === Object.keys(look.rollouts).length &&
    [...rollouts].every(([type, rollout]) => rollout === look.rollouts[type]);
  return {
    types,
    rollouts: same ? look.rollouts : Object.fromEntries(rollouts),
    lines,
    ...(times.length === 0 ? {} : { lookAtMs: Math.min(...times) }),
  };
}
