import type { AppRoutes } from '../../core/records/app-routes.ts';
import { APP_CRASHED, BLANK_APP, DYNO_HOURS_USED_UP, MAINTENANCE, NO_WEB_PROCESSES, type RouterCode } from './codes.ts';
import { Dyno } from './dyno.ts';

/** Heroku Dev Center, "HTTP Routing": H11 above this many requests in flight per router and running web dyno. */
export const REQUESTS_PER_DYNO_MAX = 200;

/** A request that waits for a dyno. */
export interface Waiter {
  dispatch(): void;
}

/** An app as this router knows it. */
export class App {
  routes: AppRoutes;
  removed = false;
  inFlight = 0;
  dynos: readonly Dyno[] = [];
  readonly waiting = new Set<Waiter>();
  /** The number of dynos before a restart stopped them all: it still decides how long the queue may be. */
  #lastDynos = 1;

  constructor(routes: AppRoutes) {
    this.routes = routes;
    this.update(routes);
  }

  update(routes: AppRoutes): void {
    const before = this.dynos;
    this.routes = routes;
    this.dynos = routes.dynos.map((target) => before.find((dyno) => dyno.is(target)) ?? new Dyno(target));
    for (const dyno of before) if (!this.dynos.includes(dyno)) dyno.retire();
    if (this.dynos.length > 0) this.#lastDynos = this.dynos.length;
    this.#wake();
  }

  remove(): void {
    this.removed = true;
    for (const dyno of this.dynos) dyno.retire();
    this.dynos = [];
    this.#wake();
  }

  /** Why the request may go to no dyno at all; undefined: find one, or wait for one. */
  refusal(): RouterCode | undefined {
    const { maintenance, situation } = this.routes;
    if (maintenance) return MAINTENANCE;
    if (situation === 'blank') return BLANK_APP;
    if (situation === 'no-web') return NO_WEB_PROCESSES;
    if (situation === 'crashed') return APP_CRASHED;
    if (situation === 'exhausted') return DYNO_HOURS_USED_UP;
    return undefined;
  }

  isFull(): boolean {
    return this.inFlight >= REQUESTS_PER_DYNO_MAX * this.#lastDynos;
  }

  /** A uniformly random dyno that is not in quarantine and that this request has not tried. */
  pick(random: () => number, nowMs: number, tried: ReadonlySet<Dyno> | undefined): Dyno | undefined {
    const any = this.dynos[Math.floor(random() * this.dynos.length)];
    if (any === undefined || isEligible(any, nowMs, tried)) return any;
    const eligible = this.dynos.filter((dyno) => isEligible(dyno, nowMs, tried));
    return eligible[Math.floor(random() * eligible.length)];
  }

  #wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const waiter of waiting) waiter.dispatch();
  }
}

function isEligible(dyno: Dyno, nowMs: number, tried: ReadonlySet<Dyno> | undefined): boolean {
  return dyno.quarantinedUntilMs <= nowMs && tried?.has(dyno) !== true;
}

/** Host name → app, in memory: it needs no control plane to serve. */
export class RouteTable {
  readonly #apps = new Map<string, App>();
  readonly #hosts = new Map<string, App>();

  find(host: string): App | undefined {
    // The wildcard comes second: an exact name wins.
    return this.#hosts.get(host) ?? this.#hosts.get(`*${host.slice(host.indexOf('.'))}`);
  }

  all(): Iterable<App> {
    return this.#apps.values();
  }

  /** Ignores a version older than the known one: messages may overtake each other. */
  update(routes: AppRoutes): void {
    const known = this.#apps.get(routes.appId);
    if (known !== undefined && routes.version < known.routes.version) return;
    const app = known ?? new App(routes);
    this.#apps.set(routes.appId, app);
    const before = known?.routes.hosts ?? [];
    for (const host of routes.hosts) this.#hosts.set(host, app);
    const kept = new Set(routes.hosts);
    for (const host of before) if (!kept.has(host)) this.#releaseHost(host, app);
    if (known !== undefined) known.update(routes);
  }

  remove(appId: string): void {
    const app = this.#apps.get(appId);
    if (app === undefined) return;
    this.#apps.delete(appId);
    for (const host of app.routes.hosts) this.#releaseHost(host, app);
    app.remove();
  }

  /** Keeps a name that another app has already claimed, e.g. when two apps swap names. */
  #releaseHost(host: string, app: App): void {
    if (this.#hosts.get(host) !== app) return;
    const other = [...this.#apps.values()].find((each) => each !== app && each.routes.hosts.includes(host));
    if (other === undefined) this.#hosts.delete(host);
    else this.#hosts.set(host, other);
  }
}
