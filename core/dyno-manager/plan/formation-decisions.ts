import { findDynoSize } from '../../dyno/dyno-size.ts';
import type { App } from '../../records/app.ts';
import type { FormationDyno, StopCause } from '../../records/dyno.ts';
import type { Generation } from '../../records/rollout.ts';
import type { Candidate as AnyCandidate, Planning, TypePlan } from '../observe/app-snapshot.ts';
import { cycleDueMs, rejittered } from './cycling.ts';
import { type Decision, entryOf, epochOf, KEEP, remove } from './decisions.ts';
import { belongsTo } from './generation.ts';
import { batchOf, isOld } from './rollout.ts';
import { CYCLE_OVERDUE_MS, REFUSALS_MAX, REPLACEMENT_PATIENCE_MS, SPOT_PATIENCE_MS } from './timers.ts';

type Candidate = AnyCandidate<FormationDyno>;

/** Adds the decisions for all dynos of one process type without a requested stop; `active` is sorted by age, oldest first. */
export function formationDecisions(
  planning: Planning,
  type: string,
  active: readonly Candidate[],
  decisions: Map<string, Decision>,
): void {
  const { app, sleep } = planning;
  const quantity = app.deletedAtMs === undefined ? (entryOf(app, type)?.quantity ?? 0) : 0;
  const cause: StopCause = app.deletedAtMs === undefined ? 'scale' : 'app-deleted';
  const plan = planning.types.get(type);
  const turns = new Turns(planning, plan, quantity, active);
  const slots: (Candidate | Slot)[] = [];
  for (const candidate of active) {
    const { dyno } = candidate;
    if (dyno.number > quantity) decisions.set(dyno.id, scaledDown(plan, dyno, quantity, cause));
    else slots[dyno.number] = joined(slots[dyno.number], candidate);
  }
  for (const slot of slots) {
    if (slot === undefined) continue;
    if (isOne(slot)) decisions.set(slot.dyno.id, plan === undefined ? KEEP : turns.decisionFor(slot));
    else for (const [id, decision] of slotDecisions(planning, plan, turns, slot)) decisions.set(id, decision);
  }
  if (sleep === 'exhausted') {
    for (const { dyno, condition } of active) {
      if (decisions.get(dyno.id)?.kind !== 'remove')
        decisions.set(dyno.id, condition === 'idle' ? KEEP : { kind: 'sleep' });
    }
  }
  if (sleep === 'fall-asleep' || sleep === 'wake') {
    for (const { dyno, condition } of active) {
      if (decisions.get(dyno.id)?.kind !== 'keep') continue;
      if (sleep === 'fall-asleep') decisions.set(dyno.id, { kind: 'sleep' });
      else if (condition === 'idle') decisions.set(dyno.id, { kind: 'wake' });
    }
  }
}

/** Scaled down. During preboot that means the new dynos; the old ones serve until the switch. */
function scaledDown(plan: TypePlan | undefined, dyno: FormationDyno, quantity: number, cause: StopCause): Decision {
  const rollout = plan?.rollout;
  const serves = rollout?.mode === 'preboot' && rollout.switchedAtMs === undefined && isOld(rollout, dyno);
  const abandoned = rollout?.abandonedAtMs !== undefined;
  return serves && !abandoned && quantity > 0 ? { kind: 'outgoing' } : remove(cause);
}

/** The dynos of one name. Nearly always there is only one, and then no list is made. */
type Slot = readonly Candidate[];

const isOne = (slot: Candidate | Slot): slot is Candidate => 'dyno' in slot;

function joined(slot: Candidate | Slot | undefined, candidate: Candidate): Candidate | Slot {
  if (slot === undefined) return candidate;
  return isOne(slot) ? [slot, candidate] : [...slot, candidate];
}

/** Several dynos with the same name. */
function slotDecisions(
  planning: Planning,
  plan: TypePlan | undefined,
  turns: Turns,
  slot: Slot,
): readonly (readonly [string, Decision])[] {
  // Without its release it is unknown which of two is right.
  if (plan === undefined) return slot.map(({ dyno }) => [dyno.id, KEEP]);
  const causes = new Map(slot.map((candidate) => [candidate.dyno.id, turns.causeFor(candidate)]));
  for (const { dyno } of slot) {
    const { replaces } = dyno;
    // A replacement under way is not canceled when its reason disappears: memory falls, a setting changes.
    const own =
      replaces?.cause === 'cycle' || replaces?.cause === 'memory-threshold' || replaces?.cause === 'host-fault';
    if (own && causes.get(dyno.id) === undefined && causes.has(replaces.dynoId)) {
      causes.set(replaces.dynoId, causes.get(replaces.dynoId) ?? replaces.cause);
    }
  }
  const good = slot.filter(({ dyno }) => causes.get(dyno.id) === undefined);
  const [keeper] = good;
  if (keeper !== undefined) {
    return slot.map((candidate) => {
      const { dyno, condition } = candidate;
      const cause = causes.get(dyno.id);
      if (dyno === keeper.dyno) return [dyno.id, turns.keep(dyno)];
      if (cause === undefined) return [dyno.id, remove('duplicate')];
      return [dyno.id, condition === 'up' ? successorPair(planning, plan, keeper, candidate, cause) : replaced(cause)];
    });
  }
  const serving = slot.filter(({ condition }) => condition === 'up');
  const old =
    plan.rollout === undefined ? undefined : serving.find(({ dyno }) => plan.rollout && isOld(plan.rollout, dyno));
  const basis = old ?? serving[0] ?? slot[0];
  return slot.map((candidate) => {
    const { dyno } = candidate;
    const cause = causes.get(dyno.id) ?? 'release';
    return [dyno.id, candidate === basis ? turns.replace(candidate, cause) : replaced(cause)];
  });
}

const replaced = (cause: StopCause): Decision => ({ kind: 'remove', cause, replaced: true });

/** An old dyno and its replacement, side by side. */
function successorPair(
  { nowMs }: Planning,
  { rollout }: TypePlan,
  keeper: Candidate,
  { dyno, task }: Candidate,
  cause: StopCause,
): Decision {
  if (rollout?.abandonedAtMs !== undefined && belongsTo(dyno, rollout.target)) return replaced('abandoned');
  const rolled = rollout !== undefined && rollout.abandonedAtMs === undefined && isOld(rollout, dyno);
  if (rolled && rollout.mode === 'preboot') {
    return rollout.switchedAtMs === undefined ? { kind: 'outgoing' } : replaced(cause);
  }
  if (keeper.condition === 'up') return replaced(cause);
  // No room for two: the old one makes room.
  if (keeper.task === undefined && keeper.dyno.attempt > REFUSALS_MAX) return replaced(cause);
  if (rolled) return { kind: 'outgoing' };
  if (keeper.dyno.replaces?.dynoId !== dyno.id) return replaced(cause);
  const patienceMs = task?.hostFault === 'spot-notice' ? SPOT_PATIENCE_MS : REPLACEMENT_PATIENCE_MS;
  const untilMs = keeper.dyno.replaces.sinceMs + patienceMs;
  return nowMs >= untilMs ? replaced(cause) : { kind: 'outgoing', untilMs };
}

/** Which dynos of one type may be replaced in this pass, and how: at most a quarter at a time for the platform's own reasons. */
class Turns {
  readonly #planning: Planning;
  readonly #plan: TypePlan | undefined;
  /** Dynos that are due for their cycle, and since when. */
  readonly #late: ReadonlyMap<string, number>;
  readonly #overdue: boolean;
  #rolling: number;
  #cycling: number;

  constructor(planning: Planning, plan: TypePlan | undefined, quantity: number, active: Slot) {
    // Still stopping: the machine has no room for more at the same time.
    const leaving = planning.leaving.get(active[0]?.dyno.type ?? '') ?? 0;
    this.#planning = planning;
    this.#plan = plan;
    const batch = batchOf(quantity);
    this.#rolling = plan?.rollout?.mode === 'rolling' ? batch - underWay(active, plan.desired) - leaving : 0;
    this.#cycling = batch - (plan === undefined ? 0 : booting(active, plan.desired));
    this.#late = lateOnes(planning, active);
    this.#overdue = [...this.#late.values()].filter((lateMs) => lateMs > CYCLE_OVERDUE_MS).length > batch;
  }

  /** For the only dyno of its name. */
  decisionFor(candidate: Candidate): Decision {
    const cause = this.causeFor(candidate);
    return cause === undefined ? this.keep(candidate.dyno) : this.replace(candidate, cause);
  }

  /** Why this dyno must be replaced; undefined: no reason. */
  causeFor({ dyno, task, condition }: Candidate): StopCause | undefined {
    const { app, observations, overThreshold } = this.#planning;
    const desired = this.#plan?.desired;
    if (desired === undefined) return undefined;
    const outdated = staleFor(app, desired, dyno);
    if (outdated !== undefined) return outdated;
    // The platform's own reasons wait until everything can be seen.
    if (!observations.complete) return undefined;
    const { hostFault } = task ?? {};
    if (hostFault !== undefined && hostFault !== 'lost' && task?.state !== 'stopped') return 'host-fault';
    // A dyno that has crashed since uses no memory, and is in back-off.
    if (condition === 'up' && overThreshold.has(dyno.id)) return 'memory-threshold';
    return this.#late.has(dyno.id) && !this.#overdue ? 'cycle' : undefined;
  }

  keep(dyno: FormationDyno): Decision {
    const { nowMs, random, observations } = this.#planning;
    if (!this.#overdue || !observations.complete || !this.#late.has(dyno.id)) return KEEP;
    return { kind: 'keep', cycleAtMs: rejittered(nowMs, random) };
  }

  replace({ dyno, condition, task }: Candidate, cause: StopCause): Decision {
    const replace = (how: 'at-once' | 'first' | 'later'): Decision => ({ kind: 'replace', cause, how });
    if (condition !== 'up') return replace('at-once');
    const rollout = this.#plan?.rollout;
    if (cause === 'release' || cause === 'resize' || (cause === 'restart' && this.#isOfType(dyno))) {
      if (rollout === undefined) return replace('at-once');
      if (rollout.mode === 'rolling') return replace(this.#rolling-- > 0 ? 'first' : 'later');
      return replace(rollout.abandonedAtMs === undefined && isOld(rollout, dyno) ? 'first' : 'at-once');
    }
    const first = cause === 'host-fault' || startsFirst(dyno);
    if (cause === 'restart' || task?.hostFault === 'spot-notice') return replace(first ? 'first' : 'at-once');
    if (this.#cycling-- <= 0) return replace('later');
    return replace(first ? 'first' : 'at-once');
  }

  #isOfType(dyno: FormationDyno): boolean {
    return dyno.restartEpoch < (this.#plan?.desired.epoch ?? 0);
  }
}

/** Places whose new dyno is not up, or whose old one still exists. */
function underWay(active: Slot, desired: Generation): number {
  const fresh = active.filter(({ dyno }) => belongsTo(dyno, desired));
  const unproven = fresh.filter(({ condition }) => condition !== 'up').map(({ dyno }) => dyno.number);
  const freshNumbers = new Set(fresh.map(({ dyno }) => dyno.number));
  const old = active.filter(({ dyno }) => !belongsTo(dyno, desired)).map(({ dyno }) => dyno.number);
  return new Set([...unproven, ...old.filter((number) => freshNumbers.has(number))]).size;
}

function booting(active: Slot, desired: Generation): number {
  let count = 0;
  for (const { dyno, condition } of active) if (BOOTING.has(condition) && belongsTo(dyno, desired)) count += 1;
  return count;
}

const NONE_LATE: ReadonlyMap<string, number> = new Map();

function lateOnes({ app, nowMs }: Planning, active: Slot): ReadonlyMap<string, number> {
  let late: Map<string, number> | undefined;
  for (const { dyno } of active) {
    const dueMs = cycleDueMs(dyno, app.dynoManager);
    if (dueMs === undefined || nowMs < dueMs) continue;
    late ??= new Map();
    late.set(dyno.id, nowMs - dueMs);
  }
  return late ?? NONE_LATE;
}

const BOOTING: ReadonlySet<string> = new Set(['unstarted', 'pending', 'booting', 'lost', 'exited']);

/** Its replacement starts first, so that no web dyno is missing meanwhile. Eco and Basic have one dyno per type and no room for two. */
function startsFirst({ type, size }: FormationDyno): boolean {
  const tier = findDynoSize(size)?.tier;
  if (tier === 'private' || tier === 'shield' || tier === 'fir') return true;
  return type === 'web' && (tier === 'standard' || tier === 'performance');
}

/** Which of a user's changes requires another dyno in its place. */
function staleFor(app: App, desired: Generation, dyno: FormationDyno): 'release' | 'resize' | 'restart' | undefined {
  if (dyno.releaseVersion !== desired.releaseVersion) return 'release';
  if (dyno.size !== desired.size) return 'resize';
  return dyno.restartEpoch < Math.max(desired.epoch, epochOf(app, dyno.name)) ? 'restart' : undefined;
}
