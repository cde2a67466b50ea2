import type { AppRoutes } from '../../core/records/app-routes.ts';

/** How one router's report of a request travels. */
export interface Evidence {
  readonly router?: number;
  readonly lateMs?: number;
  readonly twice?: boolean;
}

/** The routers' routes, and their reports of arriving requests. They outlive a control plane in trouble. */
export class Routers {
  readonly #routes = new Map<string, AppRoutes>();
  /** The routes of routers that receive nothing for a while. */
  readonly #behind = new Map<number, ReadonlyMap<string, AppRoutes>>();
  /** With their machine. */
  down = false;
  onPublished: (routes: AppRoutes) => void = () => undefined;
  /** A request arrived for this app, which perhaps sleeps. */
  onRequest: (appId: string, asleep: boolean, evidence: Evidence) => void = () => undefined;

  of(appId: string): AppRoutes | undefined {
    return this.#routes.get(appId);
  }

  publish(routes: AppRoutes): void {
    const known = this.#routes.get(routes.appId);
    if (this.down || (known !== undefined && routes.version < known.version)) return;
    this.#routes.set(routes.appId, routes);
    this.onPublished(routes);
  }

  remove(appId: string): void {
    this.#routes.delete(appId);
  }

  /** On one machine they end with it, and must get all routes again. */
  end(): void {
    this.down = true;
    this.#routes.clear();
    this.#behind.clear();
  }

  behind(router: number): void {
    this.#behind.set(router, new Map(this.#routes));
  }

  caughtUp(router: number): void {
    this.#behind.delete(router);
  }

  /** A router that knows that the app sleeps reports it and waits. */
  request(appId: string, evidence: Evidence): void {
    const routes = (this.#behind.get(evidence.router ?? 0) ?? this.#routes).get(appId);
    if (routes !== undefined) this.onRequest(appId, routes.situation === 'asleep', evidence);
  }
}
