import type { PassRequests } from '../../core/ports/pass-requests.ts';
import type { Problems } from '../../core/ports/problems.ts';

const CONCURRENT_APPS = 16;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 10_000;
/** setTimeout's limit; a longer delay only means an early pass. */
const TIMER_MAX_MS = 2 ** 31 - 1;

interface AppState {
  queued: boolean;
  running: boolean;
  /** Enqueued again while its handler ran. */
  again: boolean;
  failures: number;
  timer?: NodeJS.Timeout;
  timerAtMs: number;
}

/** In memory: what is lost with the process is found again through the store's due queue. */
export class LocalPassQueue implements PassRequests {
  readonly #problem: string;
  readonly #problems: Problems;
  readonly #apps = new Map<string, AppState>();
  #ready: string[] = [];
  #running = 0;
  #handler: ((appId: string) => Promise<void>) | undefined;
  #pumpAsked = false;
  #closed = false;
  #idleWaiters: (() => void)[] = [];

  /** `problem` is reported when a pass fails. */
  constructor(problem: string, problems: Problems) {
    this.#problem = problem;
    this.#problems = problems;
  }

  enqueue(appId: string, delayMs = 0): void {
    if (this.#closed) return;
    const app = this.#app(appId);
    if (delayMs > 0) this.#later(appId, app, delayMs);
    else this.#enqueue(appId, app);
  }

  handle(handler: (appId: string) => Promise<void>): void {
    if (this.#handler !== undefined) throw new Error('passes have one consumer');
    this.#handler = handler;
    this.#askPump();
  }

  /** Resolves when no handler runs and no app waits for one; delayed requests and retries do not count. */
  idle(): Promise<void> {
    if (this.#running === 0 && this.#ready.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Starts no more handlers and waits for the running ones. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#ready = [];
    for (const app of this.#apps.values()) clearTimeout(app.timer);
    await this.idle();
  }

  #app(appId: string): AppState {
    let app = this.#apps.get(appId);
    if (app === undefined) {
      app = { queued: false, running: false, again: false, failures: 0, timerAtMs: 0 };
      this.#apps.set(appId, app);
    }
    return app;
  }

  #later(appId: string, app: AppState, delayMs: number): void {
    const delay = Math.min(delayMs, TIMER_MAX_MS);
    // Not Date: a step of the wall clock must neither lose nor hasten a pass.
    const atMs = performance.now() + delay;
    if (app.timer !== undefined && app.timerAtMs <= atMs) return;
    clearTimeout(app.timer);
    app.timerAtMs = atMs;
    app.timer = setTimeout(() => {
      delete app.timer;
      this.#enqueue(appId, app);
    }, delay);
    app.timer.unref();
  }

  #enqueue(appId: string, app: AppState): void {
    if (app.queued) return;
    if (app.running) {
      app.again = true;
      return;
    }
    app.queued = true;
    this.#ready.push(appId);
    this.#askPump();
  }

  /**
   * Handlers start from the event loop: never inside the caller's stack, and with I/O in between, because a handler on the
   * embedded store runs on microtasks only.
   */
  #askPump(): void {
    if (this.#pumpAsked || this.#handler === undefined) return;
    this.#pumpAsked = true;
    setImmediate(() => {
      this.#pumpAsked = false;
      this.#pump();
    });
  }

  #pump(): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    const starting = this.#ready.splice(0, CONCURRENT_APPS - this.#running);
    for (const appId of starting) void this.#run(handler, appId, this.#app(appId));
  }

  async #run(handler: (appId: string) => Promise<void>, appId: string, app: AppState): Promise<void> {
    app.queued = false;
    app.running = true;
    app.again = false;
    this.#running += 1;
    try {
      await handler(appId);
      app.failures = 0;
    } catch (error) {
      app.failures += 1;
      this.#problems.report(this.#problem, error, { appId });
    }
    app.running = false;
    this.#running -= 1;
    if (!this.#closed) this.#afterRun(appId, app);
    if (this.#ready.length > 0) this.#askPump();
    else if (this.#running === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #afterRun(appId: string, app: AppState): void {
    if (app.failures > 0) {
      // Also for an app that was enqueued meanwhile: a handler that always fails must not spin.
      this.#later(appId, app, Math.min(RETRY_FIRST_MS * 2 ** (app.failures - 1), RETRY_MAX_MS));
    } else if (app.again) this.#enqueue(appId, app);
    else if (app.timer === undefined) this.#apps.delete(appId);
  }
}
