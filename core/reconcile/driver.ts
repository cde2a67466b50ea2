import type { Platform } from '../platform.ts';
import type { PassRequests } from '../ports/pass-requests.ts';
import type { ItemKey } from '../ports/store.ts';
import { MINUTE_MS } from '../time.ts';
import type { FailureLog } from './failure-log.ts';
import { Quarantine } from './quarantine.ts';
import type { Reconciler } from './reconciler.ts';
import { sweep } from './sweep.ts';

export interface DriverDeps extends Pick<Platform, 'store' | 'clock' | 'problems'> {
  /** Requests passes of this reconciler. */
  readonly requests: PassRequests;
  readonly failures: FailureLog;
}

/** Passes nearer than this are requested ahead of time (the longest delay of a queue on AWS); the sweep finds the rest. */
const REQUEST_AHEAD_MAX_MS = 15 * MINUTE_MS;
/** Concurrent apps if a sweep does the work itself: it must not take a minute because each app takes a while. */
const APPS_AT_ONCE = 16;

interface Turn {
  again: boolean;
  due: ItemKey[];
  passes: Promise<void>;
}

/** Runs the passes of one reconciler: one at a time for each app, with quarantine, and requests the next one. */
export class Driver {
  readonly #reconciler: Reconciler;
  readonly #deps: DriverDeps;
  readonly #quarantine: Quarantine | undefined;
  readonly #turns = new Map<string, Turn>();
  /** Ids for which this process has recorded a failure. */
  readonly #failing = new Set<string>();

  constructor(reconciler: Reconciler, deps: DriverDeps) {
    this.#reconciler = reconciler;
    this.#deps = deps;
    const { quarantineMaxMs } = reconciler;
    if (quarantineMaxMs !== undefined) this.#quarantine = new Quarantine(deps.clock, quarantineMaxMs);
  }

  /**
   * One pass over one app. While one is running, any number of calls add only one more after it. Rejects when the pass failed and
   * must be requested again.
   */
  run(id: string, deadlineMs?: number, due: readonly ItemKey[] = []): Promise<void> {
    const running = this.#turns.get(id);
    if (running !== undefined) {
      running.again = true;
      running.due.push(...due);
      return running.passes;
    }
    const turn: Turn = { again: false, due: [...due], passes: Promise.resolve() };
    this.#turns.set(id, turn);
    turn.passes = this.#passes(id, deadlineMs, turn);
    return turn.passes;
  }

  /** Passes over everything that is due, in this process. A failed one is reported, is still due, and does not stop the others. */
  async runDue(deadlineMs?: number): Promise<void> {
    const { problems } = this.#deps;
    const work = (id: string, due: readonly ItemKey[]) =>
      this.run(id, deadlineMs, due).catch((error: unknown) =>
        problems.report(this.#reconciler.failure, error, { appId: id }),
      );
    await sweep(this.#reconciler, this.#deps, work, { atOnce: APPS_AT_ONCE, deadlineMs });
  }

  async #passes(id: string, deadlineMs: number | undefined, turn: Turn): Promise<void> {
    try {
      do {
        turn.again = false;
        await this.#passUnlessQuarantined(id, deadlineMs, turn.due.splice(0));
      } while (turn.again);
    } finally {
      this.#turns.delete(id);
    }
  }

  async #passUnlessQuarantined(id: string, deadlineMs: number | undefined, due: readonly ItemKey[]): Promise<void> {
    const { requests, problems, failures } = this.#deps;
    const { name } = this.#reconciler;
    const leftMs = this.#quarantine?.leftMs(id);
    if (leftMs !== undefined) return requests.enqueue(id, leftMs);
    try {
      await this.#pass(id, deadlineMs, due);
      this.#quarantine?.succeeded(id);
      if (this.#failing.delete(id)) await failures.recovered(name, id);
    } catch (error) {
      const forMs = this.#quarantine?.failed(id, error);
      this.#failing.add(id);
      await failures.failed(name, id, forMs);
      if (forMs === undefined) throw error;
      problems.report(`in quarantine for ${Math.round(forMs / 1_000)} s: its passes fail`, error, { appId: id });
      requests.enqueue(id, forMs);
    }
  }

  async #pass(id: string, deadlineMs: number | undefined, due: readonly ItemKey[]): Promise<void> {
    const { requests } = this.#deps;
    const result = await this.#reconciler.pass(id, { deadlineMs, due });
    if (result.kind === 'repeat') return requests.enqueue(id);
    const { nextPassInMs, failures } = result;
    if (nextPassInMs <= REQUEST_AHEAD_MAX_MS) requests.enqueue(id, Math.max(0, nextPassInMs));
    if (failures.length > 0) throw failures[0];
  }
}
