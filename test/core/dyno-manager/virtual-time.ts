import type { Clock } from '../../../core/ports/clock.ts';
import type { PassRequests } from '../../../core/ports/pass-requests.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it, timers on it, and pass requests that it delivers. */
export class VirtualTime implements Clock, PassRequests {
  #nowMs = Date.UTC(2026, 0, 1);
  #order = 0;
  #timers: Timer[] = [];
  #handlers: ((appId: string) => Promise<void>)[] = [];
  readonly #nudged = new Map<string, number>();
  /** Failed passes, in order. */
  readonly failures: unknown[] = [];
  looks = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  at(atMs: number, run: () => void): void {
    this.#timers.push({ atMs: Math.max(atMs, this.#nowMs), order: this.#order++, run });
  }

  enqueue(appId: string, delayMs = 0): void {
    const atMs = this.#nowMs + delayMs;
    this.#nudged.set(appId, Math.min(atMs, this.#nudged.get(appId) ?? Number.POSITIVE_INFINITY));
  }

  /** A later handler replaces an earlier one, like a new process. */
  handle(handler: (appId: string) => Promise<void>): void {
    this.#handlers = [handler];
  }

  /** Each request is delivered to all of these at once: a queue is not a lock. */
  handleByAll(handlers: readonly ((appId: string) => Promise<void>)[]): void {
    this.#handlers = [...handlers];
  }

  /** Time passes while something runs; what becomes due meanwhile runs afterwards. */
  skip(ms: number): void {
    this.#nowMs += ms;
  }

  forgetNudges(): void {
    this.#nudged.clear();
  }

  /** Runs everything that is due within the next `ms`. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (let turn = 0; ; turn += 1) {
      if (turn > 10_000) throw new Error('it never settles: 10,000 things were done and no time went by');
      const timer = this.#timers.reduce<Timer | undefined>(
        (first, each) =>
          first === undefined || each.atMs < first.atMs || (each.atMs === first.atMs && each.order < first.order)
            ? each
            : first,
        undefined,
      );
      const nudge = [...this.#nudged].reduce<[string, number] | undefined>(
        (first, each) => (first === undefined || each[1] < first[1] ? each : first),
        undefined,
      );
      const nextMs = Math.min(timer?.atMs ?? Number.POSITIVE_INFINITY, nudge?.[1] ?? Number.POSITIVE_INFINITY);
      if (nextMs > endMs) break;
      if (nextMs > this.#nowMs) turn = 0;
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      if (timer !== undefined && timer.atMs === nextMs) {
        this.#timers = this.#timers.filter((each) => each !== timer);
        timer.run();
      } else if (nudge !== undefined) {
        await this.#deliver(nudge[0]);
      }
    }
    this.#nowMs = endMs;
  }

  async #deliver(appId: string): Promise<void> {
    this.#nudged.delete(appId);
    this.looks += 1;
    const settled = await Promise.allSettled(this.#handlers.map((handler) => handler(appId)));
    for (const one of settled) {
      if (one.status === 'fulfilled') continue;
      this.failures.push(one.reason);
      this.enqueue(appId, 100);
    }
  }
}
