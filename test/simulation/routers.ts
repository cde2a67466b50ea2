import type { AppRoutes } from '../../core/route/app-routes.ts';

/** What the routers know, and what they tell of the requests that arrive. They outlive a control plane in trouble. */
export class Routers {
  readonly #routes = new Map<string, AppRoutes>();
  /** With their machine. */
  down = false;
  onPublished: (routes: AppRoutes) => void = () => undefined;
  /** A request arrived for this app, which perhaps sleeps. */
  onRequest: (appId: string, asleep: boolean) => void = () => undefined;

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

  /** On one machine they end with it, and have to be told everything again. */
  end(): void {
    this.down = true;
    this.#routes.clear();
  }

  /** A router that knows of a sleeping app says so and waits. */
  request(appId: string): void {
    const routes = this.#routes.get(appId);
    if (routes !== undefined) this.onRequest(appId, routes.situation === 'asleep');
  }
}
