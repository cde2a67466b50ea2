import type { AppRoutes } from '../../core/records/app-routes.ts';
import { APP_CRASHED, BLANK_APP, DYNO_HOURS_USED_UP, MAINTENANCE, NO_WEB_PROCESSES, type RouterCode } from './codes.ts';
import { Dyno } from './dyno.ts';

/** Heroku Dev Center, "HTTP Routing": requests in flight per router and running web dyno, beyond which H11. */
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
  /** Dynos before a restart took them all: the queue may be as deep as the requests were. */
  private lastDynos = 1;

  constructor(routes: AppRoutes) {
    this.routes = routes;
    this.update(routes);
  }

  update(routes: AppRoutes): void {
    const before = this.dynos;
    this.routes = routes;
    this.dynos = routes.dynos.map((target) => before.find((dyno) => dyno.is(target)) ?? new Dyno(target));
    for (const dyno of before) if (!this.dynos.includes(dyno)) dyno.retire();
    if (this.dynos.length > 0) this.lastDynos = this.dynos.length;
    this.wake();
  }

  remove(): void {
    this.removed = true;
    for (const dyno of this.dynos) dyno.retire();
    this.dynos = [];
    this.wake();
  }

  /** Why no dyno may be asked at all; undefined: look for one, or wait for one. */
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
    return this.inFlight >= REQUESTS_PER_DYNO_MAX * this.lastDynos;
  }

  /** Uniformly random among those that are not in quarantine and were not tried by this request. */
  pick(random: () => number, nowMs: number, tried: ReadonlySet<Dyno> | undefined): Dyno | undefined {
    const any = this.dynos[Math.floor(random() * this.dynos.length)];
    if (any === undefined || isEligible(any, nowMs, tried)) return any;
    const eligible = this.dynos.filter((dyno) => isEligible(dyno, nowMs, tried));
    return eligible[Math.floor(random() * eligible.length)];
  }

  private wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const waiter of waiting) waiter.dispatch();
  }
}

function isEligible(dyno: Dyno, nowMs: number, tried: ReadonlySet<Dyno> | undefined): boolean {
  return dyno.quarantinedUntilMs <= nowMs && tried?.has(dyno) !== true;
}

/** Host name → app, in memory; it keeps serving whatever happens to the control plane. */
export class RouteTable {
  private readonly apps = new Map<string, App>();
  private readonly hosts = new Map<string, App>();

  find(host: string): App | undefined {
    // The wildcard comes second: a name of its own wins over it.
    return this.hosts.get(host) ?? this.hosts.get(`*${host.slice(host.indexOf('.'))}`);
  }

  all(): Iterable<App> {
    return this.apps.values();
  }

  /** An older version than the known one is ignored: messages may overtake each other. */
  update(routes: AppRoutes): void {
    const known = this.apps.get(routes.appId);
    if (known !== undefined && routes.version < known.routes.version) return;
    const app = known ?? new App(routes);
    this.apps.set(routes.appId, app);
    const before = known?.routes.hosts ?? [];
    for (const host of routes.hosts) this.hosts.set(host, app);
    const kept = new Set(routes.hosts);
    for (const host of before) if (!kept.has(host)) this.releaseHost(host, app);
    if (known !== undefined) known.update(routes);
  }

  remove(appId: string): void {
    const app = this.apps.get(appId);
    if (app === undefined) return;
    this.apps.delete(appId);
    for (const host of app.routes.hosts) this.releaseHost(host, app);
    app.remove();
  }

  /** Another app may have claimed the name already, e.g. when two apps swap names. */
  private releaseHost(host: string, app: App): void {
    if (this.hosts.get(host) !== app) return;
    const other = [...this.apps.values()].find((each) => each !== app && each.routes.hosts.includes(host));
    if (other === undefined) this.hosts.delete(host);
    else this.hosts.set(host, other);
  }
}
