import { LocalPassQueue } from '../../adapters/local/pass-queue.ts';
import type { Platform } from '../../core/platform.ts';
import type { ItemKey } from '../../core/ports/store.ts';
import { Driver } from '../../core/reconcile/driver.ts';
import { StoredFailures } from '../../core/reconcile/failure-log.ts';
import type { Reconciler, ReconcilerQueue } from '../../core/reconcile/reconciler.ts';
import { sweep } from '../../core/reconcile/sweep.ts';
import { MINUTE_MS } from '../../core/time.ts';

/** A timer may fire a little early, and nothing is due in a minute that has not begun. */
const TIMER_SLACK_MS = 5;

/** All reconcilers of this machine, each with its own queue: for requests and, once a minute, for whatever is due. */
export class ReconcileLoop {
  readonly #deps: Pick<Platform, 'store' | 'clock' | 'problems'>;
  readonly #queues: LocalPassQueue[] = [];
  readonly #sweeps: (() => Promise<void>)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(deps: Pick<Platform, 'store' | 'clock' | 'problems'>) {
    this.#deps = deps;
  }

  /** Requests that arrive before their reconciler is added wait in the queue. */
  openQueue({ failure }: ReconcilerQueue): LocalPassQueue {
    const queue = new LocalPassQueue(failure, this.#deps.problems);
    this.#queues.push(queue);
    return queue;
  }

  /** Adds a reconciler; returns the queue in which its passes are requested. */
  add(reconciler: Reconciler, queue = this.openQueue(reconciler)): LocalPassQueue {
    const driver = new Driver(reconciler, { ...this.#deps, requests: queue, failures: new StoredFailures(this.#deps) });
    const found = new Map<string, readonly ItemKey[]>();
    queue.handle((id) => {
      const due = found.get(id);
      found.delete(id);
      return driver.run(id, undefined, due);
    });
    this.#sweeps.push(() =>
      sweep(reconciler, this.#deps, (id, due) => {
        found.set(id, due);
        queue.enqueue(id);
      }).catch((error: unknown) => this.#deps.problems.report(`the sweep of ${reconciler.name} failed`, error)),
    );
    return queue;
  }

  /** Sweeps after this time, then at the beginning of each minute of the clock, so that work which is due then starts then. */
  start(firstAfterMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#sweeping = Promise.all(this.#sweeps.map((sweepOne) => sweepOne())).then(() =>
        this.start(MINUTE_MS - (this.#deps.clock.nowMs() % MINUTE_MS) + TIMER_SLACK_MS),
      );
    }, firstAfterMs);
  }

  /** Resolves when no pass is running any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
    await Promise.all(this.#queues.map((queue) => queue.close()));
  }
}
