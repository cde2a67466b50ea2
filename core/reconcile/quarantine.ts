import type { Clock } from '../ports/clock.ts';
import { UnreadableRecord } from '../records/define-record.ts';
import { SECOND_MS } from '../time.ts';

/** Failed passes in a row before an app is quarantined. After an unreadable record no second try is needed. */
const FAILURES_MAX = 5;
const FIRST_MS = 30 * SECOND_MS;

interface Failing {
  readonly failures: number;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Apps whose passes fail again and again: they must cost the others nothing, and the operator must know. */
export class Quarantine {
  readonly #clock: Clock;
  readonly #longestMs: number;
  readonly #apps = new Map<string, Failing>();

  constructor(clock: Clock, longestMs: number) {
    this.#clock = clock;
    this.#longestMs = longestMs;
  }

  /** How long this app stays in quarantine; undefined: it is not in quarantine. */
  leftMs(appId: string): number | undefined {
    const { sinceMs = 0, untilMs = 0 } = this.#apps.get(appId) ?? {};
    const nowMs = this.#clock.nowMs();
    // A clock that was set back must not prolong it by hours.
    return sinceMs <= nowMs && nowMs < untilMs ? untilMs - nowMs : undefined;
  }

  /** Undefined: not yet. Otherwise how long it is now in quarantine. */
  failed(appId: string, error: unknown): number | undefined {
    const failures = (this.#apps.get(appId)?.failures ?? 0) + 1;
    const over = Math.max(failures, error instanceof UnreadableRecord ? FAILURES_MAX : 0) - FAILURES_MAX;
    if (over < 0) {
      this.#apps.set(appId, { failures, sinceMs: 0, untilMs: 0 });
      return undefined;
    }
    const forMs = Math.min(this.#longestMs, FIRST_MS * 2 ** Math.min(over, 10));
    const sinceMs = this.#clock.nowMs();
    this.#apps.set(appId, { failures: FAILURES_MAX + over, sinceMs, untilMs: sinceMs + forMs });
    return forMs;
  }

  succeeded(appId: string): void {
    this.#apps.delete(appId);
  }
}
