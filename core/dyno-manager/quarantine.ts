import type { Clock } from '../ports.ts';
import { MINUTE_MS, SECOND_MS } from '../time.ts';
import { UnreadableRecord } from './record-check.ts';

/** Passes that fail in a row before an app is left alone for a while. A record that cannot be read needs no second try. */
const FAILURES_MAX = 5;
const FIRST_MS = 30 * SECOND_MS;
/** Its users wait for as long once what broke works again. */
const LONGEST_MS = 5 * MINUTE_MS;

interface Failing {
  readonly failures: number;
  readonly untilMs: number;
}

/** Apps whose passes fail again and again: they must not cost the others anything, and somebody must know. */
export class Quarantine {
  readonly #clock: Clock;
  readonly #apps = new Map<string, Failing>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long this app is still to be left alone; undefined: it is not in quarantine. */
  leftMs(appId: string): number | undefined {
    const { untilMs = 0 } = this.#apps.get(appId) ?? {};
    const leftMs = untilMs - this.#clock.nowMs();
    return leftMs > 0 ? leftMs : undefined;
  }

  /** Undefined: not yet. Otherwise for how long it is left alone now. */
  failed(appId: string, error: unknown): number | undefined {
    const failures = (this.#apps.get(appId)?.failures ?? 0) + 1;
    const over = Math.max(failures, error instanceof UnreadableRecord ? FAILURES_MAX : 0) - FAILURES_MAX;
    if (over < 0) {
      this.#apps.set(appId, { failures, untilMs: 0 });
      return undefined;
    }
    const forMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(over, 10));
    this.#apps.set(appId, { failures: FAILURES_MAX + over, untilMs: this.#clock.nowMs() + forMs });
    return forMs;
  }

  succeeded(appId: string): void {
    this.#apps.delete(appId);
  }
}
