import { ALL_QUARANTINED, BOOT_TIMEOUT, CONNECTION_REFUSED, CONNECTION_TIMEOUT, type RouterCode } from './codes.ts';
import type { RouterContext } from './context.ts';
import type { Dyno } from './dyno.ts';
import type { ConnectFailure } from './dyno-connection.ts';
import type { App } from './route-table.ts';

/** Heroku Dev Center, "HTTP Routing": connections tried before giving up. */
const ATTEMPTS_MAX = 10;
const FIRST_BACK_OFF_MS = 100;

export type SearchResult =
  | { readonly kind: 'found'; readonly dyno: Dyno }
  | { readonly kind: 'gave-up'; readonly code: RouterCode }
  /** Until the app's routes change, or `retryAtMs`. */
  | { readonly kind: 'wait'; readonly retryAtMs: number };

/** Finds a dyno for one request. */
export class DynoSearch {
  readonly #app: App;
  readonly #context: RouterContext;
  #tried: Set<Dyno> | undefined;
  #attempts = 0;
  #lastFailure: ConnectFailure = 'refused';
  #backOffMs = 0;

  constructor(app: App, context: RouterContext) {
    this.#app = app;
    this.#context = context;
  }

  next(nowMs: number): SearchResult {
    const app = this.#app;
    const context = this.#context;
    const tried = this.#tried;
    const dyno = this.#attempts < ATTEMPTS_MAX ? app.pick(context.random, nowMs, tried) : undefined;
    if (dyno !== undefined) return { kind: 'found', dyno };
    if (app.dynos.length === 0) return { kind: 'wait', retryAtMs: Number.POSITIVE_INFINITY };
    if (this.#attempts >= ATTEMPTS_MAX || app.dynos.every((each) => tried?.has(each))) {
      return { kind: 'gave-up', code: this.#lastFailure === 'timeout' ? CONNECTION_TIMEOUT : CONNECTION_REFUSED };
    }
    this.#backOffMs = Math.min(context.timeouts.quarantineMs, Math.max(FIRST_BACK_OFF_MS, this.#backOffMs * 2));
    return { kind: 'wait', retryAtMs: nowMs + this.#backOffMs };
  }

  /** Other requests avoid this dyno for a while, this request does not try it again. */
  failed(dyno: Dyno, failure: ConnectFailure, nowMs: number): void {
    this.#attempts += 1;
    this.#lastFailure = failure;
    this.#tried ??= new Set();
    this.#tried.add(dyno);
    dyno.quarantinedUntilMs = nowMs + this.#context.timeouts.quarantineMs;
  }

  /** Why the request waited in the queue until its timeout. */
  timeout(): RouterCode {
    return this.#app.dynos.length === 0 ? BOOT_TIMEOUT : ALL_QUARANTINED;
  }
}
