import type { Dyno, StopCause } from '../../../core/records/dyno.ts';
import type { Rollout } from '../../../core/records/rollout.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import { cycleAtMs } from './cycles.ts';
import { isInSpace, OURS, tierOf } from './heroku.ts';
import type { Kin, Known, Seen, TypeState, Want } from './known.ts';
import { epochOf, isKin, isOldKin, quarterOf } from './rollouts.ts';
import type { SleepState } from './sleeps.ts';

const KEEP: Want = { kind: 'keep' };
const go = (cause: StopCause, replaced = false): Want => ({ kind: 'remove', cause, replaced });

/** The decision for each dyno of one type that is not being stopped. */
export class Wants {
  readonly #known: Known;
  readonly #state: TypeState | undefined;
  readonly #standing: readonly Seen[];
  readonly #quantity: number;
  readonly #overdue: boolean;
  /** How many more places may be replaced now, in a rolling deploy and for the platform's own reasons. */
  #rollingLeft: number;
  #cyclingLeft: number;

  constructor(known: Known, type: string, state: TypeState | undefined, standing: readonly Seen[], leaving: number) {
    this.#known = known;
    this.#state = state;
    this.#standing = standing;
    const entry = known.app.formation.find((each) => each.type === type);
    this.#quantity = known.app.deletedAtMs === undefined ? (entry?.quantity ?? 0) : 0;
    const quarter = quarterOf(this.#quantity);
    const waiting = standing.filter(({ dyno }) => this.#lateMs(dyno) > OURS.overdueMs);
    this.#overdue = waiting.length > quarter;
    const rolling = state?.rollout?.mode === 'rolling';
    this.#rollingLeft = rolling ? quarter - changingOver(standing, state.wanted) - leaving : 0;
    const comingUp =
      state === undefined ? [] : standing.filter(({ dyno, is }) => COMES_UP.has(is) && isKin(dyno, state.wanted));
    this.#cyclingLeft = quarter - comingUp.length;
  }

  /** By dyno. */
  all(sleep: SleepState): ReadonlyMap<string, Want> {
    const wants = new Map<string, Want>();
    for (const { dyno } of this.#standing) if (dyno.number > this.#quantity) wants.set(dyno.id, this.#tooMany(dyno));
    for (let number = 1; number <= this.#quantity; number += 1) {
      const named = this.#standing.filter(({ dyno }) => dyno.number === number);
      for (const [id, want] of this.#ofName(named)) wants.set(id, want);
    }
    for (const { dyno, is } of this.#standing) {
      const want = wants.get(dyno.id) ?? KEEP;
      if (sleep === 'exhausted' && want.kind !== 'remove') wants.set(dyno.id, is === 'idle' ? KEEP : { kind: 'sleep' });
      if (sleep === 'fall-asleep' && want.kind === 'keep') wants.set(dyno.id, { kind: 'sleep' });
      if (sleep === 'wake' && want.kind === 'keep' && is === 'idle') wants.set(dyno.id, { kind: 'wake' });
    }
    return wants;
  }

  /** Scaled down; but dynos that serve until the switch to new ones keep serving. */
  #tooMany(dyno: Dyno): Want {
    const rollout = this.#state?.rollout;
    const serves =
      rollout?.mode === 'preboot' &&
      rollout.switchedAtMs === undefined &&
      rollout.abandonedAtMs === undefined &&
      isOldKin(rollout, dyno);
    if (serves && this.#quantity > 0) return { kind: 'outgoing' };
    return go(this.#known.app.deletedAtMs === undefined ? 'scale' : 'app-deleted');
  }

  #ofName(named: readonly Seen[]): readonly (readonly [string, Want])[] {
    const state = this.#state;
    if (state === undefined) return named.map(({ dyno }) => [dyno.id, KEEP]);
    const [only] = named;
    if (named.length === 1 && only !== undefined) {
      const why = this.#why(only);
      return [[only.dyno.id, why === undefined ? this.#stay(only.dyno) : this.#replace(only, why)]];
    }
    const why = new Map(named.map((each) => [each.dyno.id, this.#why(each)]));
    for (const { dyno } of named) {
      const handover = fieldsOf(dyno).replaces;
      // A replacement that the platform began is not canceled when its reason disappears.
      const platforms = handover !== undefined && ['cycle', 'memory-threshold', 'host-fault'].includes(handover.cause);
      if (!platforms || why.get(dyno.id) !== undefined || !why.has(handover.dynoId)) continue;
      if (why.get(handover.dynoId) === undefined) why.set(handover.dynoId, handover.cause);
    }
    const right = named.find(({ dyno }) => why.get(dyno.id) === undefined);
    if (right === undefined) return this.#noneRight(named, why);
    return named.map((each): readonly [string, Want] => {
      const cause = why.get(each.dyno.id);
      if (each === right) return [each.dyno.id, this.#stay(each.dyno)];
      if (cause === undefined) return [each.dyno.id, go('duplicate')];
      return [each.dyno.id, each.is === 'up' ? this.#beside(state, right, each, cause) : go(cause, true)];
    });
  }

  /** Replaces one of them, if possible the serving one; stops the others. */
  #noneRight(
    named: readonly Seen[],
    why: ReadonlyMap<string, StopCause | undefined>,
  ): readonly (readonly [string, Want])[] {
    const rollout = this.#state?.rollout;
    const up = named.filter(({ is }) => is === 'up');
    const proven = up.find(({ dyno }) => rollout !== undefined && isOldKin(rollout, dyno));
    const basis = proven ?? up[0] ?? named[0];
    return named.map((each) => {
      const cause = why.get(each.dyno.id) ?? 'release';
      return [each.dyno.id, each === basis ? this.#replace(each, cause) : go(cause, true)];
    });
  }

  /** An old dyno that is up, and its replacement, side by side. */
  #beside({ rollout }: TypeState, right: Seen, { dyno, task }: Seen, cause: StopCause): Want {
    if (rollout?.abandonedAtMs !== undefined && isKin(dyno, rollout.target)) return go('abandoned', true);
    const rolled = rollout !== undefined && rollout.abandonedAtMs === undefined && isOldKin(rollout, dyno);
    if (rolled && rollout.mode === 'preboot') {
      return rollout.switchedAtMs === undefined ? { kind: 'outgoing' } : go(cause, true);
    }
    const proven = right.is === 'up';
    const noRoom = right.task === undefined && right.dyno.attempt > OURS.refusalsMax;
    if (proven || noRoom) return go(cause, true);
    if (rolled) return { kind: 'outgoing' };
    const handover = fieldsOf(right.dyno).replaces;
    if (handover?.dynoId !== dyno.id) return go(cause, true);
    const patienceMs = task?.hostFault === 'spot-notice' ? OURS.spotPatienceMs : OURS.replacementPatienceMs;
    const untilMs = handover.sinceMs + patienceMs;
    return this.#known.nowMs < untilMs ? { kind: 'outgoing', untilMs } : go(cause, true);
  }

  /** Why it must be replaced; undefined: no reason. A user's change comes before the platform's own reasons. */
  #why({ dyno, task, is }: Seen): StopCause | undefined {
    const wanted = this.#state?.wanted;
    if (wanted === undefined) return undefined;
    if (dyno.releaseVersion !== wanted.releaseVersion) return 'release';
    if (dyno.size !== wanted.size) return 'resize';
    if (dyno.restartEpoch < wanted.epoch || dyno.restartEpoch < epochOf(this.#known, dyno.name)) return 'restart';
    if (!this.#known.seen.complete) return undefined;
    const leavingHost = task?.hostFault !== undefined && task.hostFault !== 'lost' && task.state !== 'stopped';
    if (leavingHost) return 'host-fault';
    if (is === 'up' && this.#known.overThreshold.has(dyno.id)) return 'memory-threshold';
    return this.#isLate(dyno) && !this.#overdue ? 'cycle' : undefined;
  }

  /** A cycle that was missed during a downtime gets a new time. */
  #stay(dyno: Dyno): Want {
    return this.#overdue && this.#known.seen.complete && this.#isLate(dyno) ? { kind: 'keep', again: true } : KEEP;
  }

  #replace({ dyno, task, is }: Seen, cause: StopCause): Want {
    if (is !== 'up') return { kind: 'replace at-once', cause };
    const rollout = this.#state?.rollout;
    const ofAll = cause === 'restart' && dyno.restartEpoch < (this.#state?.wanted.epoch ?? 0);
    if (cause === 'release' || cause === 'resize' || ofAll) return this.#rollOut(rollout, dyno, cause);
    const hasRoom = startsFirst(dyno) || cause === 'host-fault';
    const kind = hasRoom ? 'replace first' : 'replace at-once';
    // A user's restart of one dyno, and a machine that is gone in two minutes, do not wait for a turn.
    if (cause === 'restart' || task?.hostFault === 'spot-notice') return { kind, cause };
    this.#cyclingLeft -= 1;
    return { kind: this.#cyclingLeft < 0 ? 'replace later' : kind, cause };
  }

  #rollOut(rollout: Rollout | undefined, dyno: Dyno, cause: StopCause): Want {
    if (rollout === undefined) return { kind: 'replace at-once', cause };
    if (rollout.mode === 'preboot') {
      const serves = rollout.abandonedAtMs === undefined && isOldKin(rollout, dyno);
      return { kind: serves ? 'replace first' : 'replace at-once', cause };
    }
    this.#rollingLeft -= 1;
    return { kind: this.#rollingLeft < 0 ? 'replace later' : 'replace first', cause };
  }

  #isLate(dyno: Dyno): boolean {
    return this.#lateMs(dyno) >= 0;
  }

  #lateMs(dyno: Dyno): number {
    return this.#known.nowMs - cycleAtMs(dyno, this.#known.app);
  }
}

const COMES_UP: ReadonlySet<string> = new Set(['unstarted', 'pending', 'booting', 'lost', 'exited']);

/** Web dynos of Standard and Performance, and every dyno of a space; the others have no room for two. */
function startsFirst({ type, size }: Dyno): boolean {
  const tier = tierOf(size);
  return isInSpace(size) || (type === 'web' && (tier === 'standard' || tier === 'performance'));
}

/** Places whose new dyno is not up, or whose old one still exists. */
function changingOver(standing: readonly Seen[], wanted: Kin): number {
  const numbers = new Set(standing.map(({ dyno }) => dyno.number));
  let count = 0;
  for (const number of numbers) {
    const named = standing.filter(({ dyno }) => dyno.number === number);
    const fresh = named.filter(({ dyno }) => isKin(dyno, wanted));
    if (fresh.length > 0 && (fresh.length < named.length || fresh.some(({ is }) => is !== 'up'))) count += 1;
  }
  return count;
}
