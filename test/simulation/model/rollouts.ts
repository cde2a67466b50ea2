import type { Dyno } from '../../../core/records/dyno.ts';
import type { FormationEntry } from '../../../core/records/formation.ts';
import type { Rollout } from '../../../core/records/rollout.ts';
import { HEROKU, isInSpace, OURS, tierOf } from './heroku.ts';
import type { Kin, Known, Seen, TypeState } from './known.ts';

export const isKin = (dyno: Dyno, kin: Kin): boolean =>
  dyno.releaseVersion === kin.releaseVersion && dyno.size === kin.size && dyno.restartEpoch >= kin.epoch;

/** Whether it is of the generation that served before the change. */
export const isOldKin = ({ target, from }: Rollout, dyno: Dyno): boolean =>
  !isKin(dyno, target) && dyno.releaseVersion === from.releaseVersion && dyno.size === from.size;

export const epochOf = ({ app: { restarts } }: Known, scope: string): number =>
  Object.entries(restarts.byScope).find(([name]) => name === scope)?.[1] ?? 0;

const kinOf = ({ releaseVersion, releaseId, command, size, restartEpoch }: Dyno): Rollout['from'] => ({
  releaseVersion,
  releaseId,
  command,
  size,
  epoch: restartEpoch,
});

/** At most a quarter of a type, rounded up. */
export const quarterOf = (quantity: number): number => Math.ceil(quantity * HEROKU.rollingShare);

/** Undefined: without its release the desired properties of a type are unknown. */
export function typeState(known: Known, entry: FormationEntry, standing: readonly Seen[]): TypeState | undefined {
  const { app, release } = known;
  if (release === undefined || app.deletedAtMs !== undefined) return undefined;
  const epoch = Math.max(epochOf(known, '*'), epochOf(known, entry.type));
  const target: Kin = { releaseVersion: release.version, size: entry.size, epoch };
  const before = Object.entries(known.rollouts).find(([type]) => type === entry.type)?.[1];
  const rollout =
    entry.quantity === 0 ? undefined : rolloutNow(known, entry, { target, releaseId: release.id, before }, standing);
  const abandoned = rollout?.abandonedAtMs !== undefined;
  const wanted = abandoned ? rollout.from : target;
  return { target, wanted, rollout, abandonedNow: abandoned && before?.abandonedAtMs === undefined };
}

function rolloutNow(
  { app, nowMs }: Known,
  entry: FormationEntry,
  {
    target,
    releaseId,
    before,
  }: { readonly target: Kin; readonly releaseId: string; readonly before: Rollout | undefined },
  standing: readonly Seen[],
): Rollout | undefined {
  const goesOn =
    before !== undefined &&
    before.target.releaseVersion === target.releaseVersion &&
    before.target.size === target.size &&
    before.target.epoch === target.epoch;
  if (goesOn) return furtherOn(before, entry, standing, nowMs);
  const tier = tierOf(entry.size);
  const preboots =
    entry.type === 'web' && app.features.preboot === true && (tier === 'standard' || tier === 'performance');
  if (!preboots && !isInSpace(entry.size)) return undefined;
  const serving = standing.filter(({ dyno, is }) => is === 'up' && !isKin(dyno, target));
  const [first] = serving;
  if (first === undefined) return undefined;
  // The generation that was to serve until now continues: the old one until the switch, then the new one.
  const switched = before?.switchedAtMs !== undefined;
  const proven =
    before !== undefined &&
    serving.some(({ dyno }) => (switched ? isKin(dyno, before.target) : isOldKin(before, dyno)));
  const from = !proven ? kinOf(first.dyno) : switched ? before.target : before.from;
  return {
    mode: preboots ? 'preboot' : 'rolling',
    target: { ...target, releaseId, command: entry.command },
    from,
    startedAtMs: nowMs,
    proven: 0,
    progressAtMs: nowMs,
  };
}

function furtherOn(
  before: Rollout,
  { quantity }: FormationEntry,
  standing: readonly Seen[],
  nowMs: number,
): Rollout | undefined {
  if (before.abandonedAtMs !== undefined) return before;
  let now: Rollout = before;
  if (!standing.some(({ dyno }) => isOldKin(before, dyno))) {
    // A rolling deploy that replaced another one has a second old generation to replace.
    const other = standing.find(({ dyno, is }) => is === 'up' && !isKin(dyno, before.target));
    if (before.mode === 'preboot' || other === undefined) return undefined;
    now = { ...before, from: kinOf(other.dyno) };
  }
  if (now.switchedAtMs !== undefined) return now;
  const up = new Set(
    standing.filter(({ dyno, is }) => is === 'up' && isKin(dyno, now.target)).map(({ dyno }) => dyno.number),
  );
  if (up.size > now.proven) now = { ...now, proven: up.size, progressAtMs: nowMs };
  let all = true;
  for (let number = 1; number <= quantity; number += 1) all &&= up.has(number);
  if (all) {
    const windowOver = nowMs - now.startedAtMs >= HEROKU.prebootMs;
    return now.mode === 'preboot' && windowOver ? { ...now, switchedAtMs: nowMs } : now;
  }
  return nowMs >= givenUpAtMs(now) ? { ...now, abandonedAtMs: nowMs } : now;
}

function givenUpAtMs({ mode, startedAtMs, progressAtMs }: Rollout): number {
  return (mode === 'rolling' ? progressAtMs : startedAtMs) + OURS.rolloutPatienceMs;
}

/** When time alone continues it. */
export function rolloutLookMs(rollout: Rollout | undefined, nowMs: number): number {
  if (rollout === undefined || rollout.abandonedAtMs !== undefined || rollout.switchedAtMs !== undefined) {
    return Number.POSITIVE_INFINITY;
  }
  const times = [givenUpAtMs(rollout)];
  if (rollout.mode === 'preboot') times.push(rollout.startedAtMs + HEROKU.prebootMs);
  return Math.min(...times.filter((atMs) => atMs > nowMs));
}
