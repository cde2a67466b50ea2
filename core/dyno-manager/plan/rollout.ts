import { findDynoSize } from '../../dyno/dyno-size.ts';
import type { Store } from '../../ports/store.ts';
import type { App } from '../../records/app.ts';
import type { Dyno } from '../../records/dyno.ts';
import type { FormationEntry } from '../../records/formation.ts';
import type { Generation } from '../../records/rollout.ts';
import { type Rollout, type RolloutMode, type Rollouts, rolloutsRecord } from '../../records/rollout.ts';
import type { Candidate } from '../observe/app-snapshot.ts';
import { belongsTo, generationOf, sameGeneration } from './generation.ts';
import { PREBOOT_WINDOW_MS, ROLLOUT_PATIENCE_MS } from './timers.ts';

export async function readRollouts(store: Store, appId: string): Promise<Rollouts> {
  return (await rolloutsRecord.get(store, appId))?.value ?? {};
}

export function rolloutStatus({ abandonedAtMs, switchedAtMs }: Rollout): 'in-progress' | 'switched' | 'abandoned' {
  if (abandonedAtMs !== undefined) return 'abandoned';
  return switchedAtMs === undefined ? 'in-progress' : 'switched';
}

/** Undefined: as on Heroku, the old dynos stop and the new ones start at once. */
export function rolloutMode(app: App, entry: FormationEntry): RolloutMode | undefined {
  const tier = findDynoSize(entry.size)?.tier;
  if (tier === 'private' || tier === 'shield' || tier === 'fir') return 'rolling';
  const prebooted = tier === 'standard' || tier === 'performance';
  return prebooted && entry.type === 'web' && app.features.preboot === true ? 'preboot' : undefined;
}

/** Heroku Dev Center, "Rolling Deploys": at most 25 %, rounded up, of a type at a time. */
export const batchOf = (quantity: number): number => Math.ceil(quantity / 4);

export interface RolloutView {
  readonly app: App;
  readonly entry: FormationEntry;
  readonly target: Generation;
  readonly before: Rollout | undefined;
  /** All dynos of the type without a requested stop. */
  readonly active: readonly Candidate[];
  readonly nowMs: number;
}

/** The rollout now; undefined: no old dyno keeps running. */
export function advanceRollout(view: RolloutView): Rollout | undefined {
  const { before, target, entry } = view;
  if (entry.quantity === 0) return undefined;
  return before !== undefined && sameGeneration(before.target, target) ? goOn(view, before) : begin(view);
}

export function isOld(rollout: Rollout, dyno: Dyno): boolean {
  const { target, from } = rollout;
  return !belongsTo(dyno, target) && dyno.releaseVersion === from.releaseVersion && dyno.size === from.size;
}

/** The newest wins: it replaces a rollout under way, and what was proven before that one still serves. */
function begin({ app, entry, target, before, active, nowMs }: RolloutView): Rollout | undefined {
  const mode = rolloutMode(app, entry);
  if (mode === undefined) return undefined;
  const serving = active.filter(({ dyno, condition }) => condition === 'up' && !belongsTo(dyno, target));
  const from = provenBefore(before, serving) ?? (serving[0] === undefined ? undefined : generationOf(serving[0].dyno));
  return from && { mode, target, from, startedAtMs: nowMs, proven: 0, progressAtMs: nowMs };
}

/** The generation that was to serve until now, if any of its dynos is up: the old one until the switch, then the new one. */
function provenBefore(before: Rollout | undefined, serving: readonly Candidate[]): Generation | undefined {
  if (before === undefined) return undefined;
  const switched = before.switchedAtMs !== undefined;
  const stands = serving.some(({ dyno }) => (switched ? belongsTo(dyno, before.target) : isOld(before, dyno)));
  if (!stands) return undefined;
  return switched ? before.target : before.from;
}

function goOn({ entry, active, nowMs }: RolloutView, last: Rollout): Rollout | undefined {
  if (last.abandonedAtMs !== undefined) return last;
  const before = withOld(last, active);
  if (before === undefined || before.switchedAtMs !== undefined) return before;
  const upNumbers = new Set(
    active
      .filter(({ dyno, condition }) => condition === 'up' && belongsTo(dyno, before.target))
      .map(({ dyno }) => dyno.number),
  );
  const proven = upNumbers.size;
  const next = proven > before.proven ? { ...before, proven, progressAtMs: nowMs } : before;
  const all = Array.from({ length: entry.quantity }, (_, index) => index + 1).every((number) => upNumbers.has(number));
  if (next.mode === 'preboot' && all && nowMs >= next.startedAtMs + PREBOOT_WINDOW_MS) {
    return { ...next, switchedAtMs: nowMs };
  }
  // All are up and only wait for the window's end: not stuck.
  if (!all && nowMs >= patienceEndsAtMs(next)) return { ...next, abandonedAtMs: nowMs };
  return next;
}

/** Undefined: nothing old keeps running. A rolling deploy that replaced another one half-way has two old generations to replace. */
function withOld(rollout: Rollout, active: readonly Candidate[]): Rollout | undefined {
  if (active.some(({ dyno }) => isOld(rollout, dyno))) return rollout;
  if (rollout.mode !== 'rolling') return undefined;
  const other = active.find(({ dyno, condition }) => condition === 'up' && !belongsTo(dyno, rollout.target));
  return other && { ...rollout, from: generationOf(other.dyno) };
}

function patienceEndsAtMs({ mode, startedAtMs, progressAtMs }: Rollout): number {
  return (mode === 'preboot' ? startedAtMs : progressAtMs) + ROLLOUT_PATIENCE_MS;
}

/** When time alone will continue it. */
export function rolloutPassAtMs(rollout: Rollout, nowMs: number): number | undefined {
  if (rollout.switchedAtMs !== undefined || rollout.abandonedAtMs !== undefined) return undefined;
  const times = [patienceEndsAtMs(rollout)];
  if (rollout.mode === 'preboot') times.push(rollout.startedAtMs + PREBOOT_WINDOW_MS);
  return times.filter((atMs) => atMs > nowMs).sort((left, right) => left - right)[0];
}
