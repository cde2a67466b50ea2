import type { Clock } from '../../ports/clock.ts';
import type { Dyno } from '../../records/dyno.ts';

/** What is requested from the runtime first when not everything can be; 0 is the most urgent. */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5;

export interface ActionRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** A crashed web dyno, a crashed worker, a release, a scale, a move to another host, a cycle. */
export function startPriority(dyno: Dyno): Priority {
  if (dyno.kind !== 'formation') return 2;
  switch (dyno.startedBecause) {
    case 'crash':
    case 'lost':
    case 'wake':
      return dyno.type === 'web' ? 0 : 1;
    case 'new':
      return 3;
    case 'host-fault':
      return 4;
    case 'cycle':
    case 'memory-threshold':
      return 5;
    default:
      return 2;
  }
}

/** Each lower priority leaves this share of the burst to those above it. */
const RESERVED_SHARE = 0.1;

/** One token per start or stop, shared by all apps of a process: ECS throttles an account, not an app. */
export class ActionBudget {
  readonly #rate: ActionRate;
  readonly #clock: Clock;
  #tokens: number;
  #atMs: number;

  constructor(rate: ActionRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#atMs = clock.nowMs();
  }

  take(priority: Priority): boolean {
    this.#refill();
    if (this.#tokens < 1 + this.#reserve(priority)) return false;
    this.#tokens -= 1;
    return true;
  }

  /** How long until a token of this priority may be available. */
  waitMs(priority: Priority): number {
    this.#refill();
    const short = 1 + this.#reserve(priority) - this.#tokens;
    return Math.max(1, Math.ceil((short / this.#rate.perSecond) * 1_000));
  }

  #reserve(priority: Priority): number {
    return Math.floor(this.#rate.burst * RESERVED_SHARE * priority);
  }

  #refill(): void {
    const nowMs = this.#clock.nowMs();
    const { perSecond, burst } = this.#rate;
    // A clock that was set back neither adds nor removes tokens.
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs / 1_000) * perSecond);
    this.#atMs = nowMs;
  }
}
