import type { Platform } from '../../platform.ts';
import type { App } from '../../records/app.ts';
import type { AppRoutes } from '../../records/app-routes.ts';
import type { Release } from '../../records/release.ts';
import type { Routing } from '../plan/routes.ts';
import { maySleep } from '../plan/sleep.ts';
import { PageUrls } from './page-urls.ts';

type Unversioned = Omit<AppRoutes, 'version'>;

/** The routes that were last published, so that only changes are published. */
export class PublishedRoutes {
  readonly #platform: Platform;
  readonly #pageUrls: PageUrls;
  readonly #last = new Map<string, { readonly routes: Unversioned; readonly mark: number }>();

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#pageUrls = new PageUrls(platform);
  }

  async routesOf(app: App, release: Release | undefined, routing: Routing): Promise<Unversioned> {
    const own = this.#platform.urls.hosts(app.name);
    const routes: Unversioned = {
      appId: app.id,
      appName: app.name,
      hosts: app.customHosts === undefined ? own : [...own, ...app.customHosts],
      maintenance: app.maintenance,
      situation: routing.situation,
      dynos: routing.dynos,
    };
    const urls = this.#pageUrls.known(app, release) ?? (await this.#readPageUrls(app, release));
    return { ...routes, ...urls, ...(maySleep(app) ? { sleeps: true } : {}) };
  }

  /** Unreadable custom page URLs are no reason to leave an app unrouted. */
  async #readPageUrls(app: App, release: Release | undefined): ReturnType<PageUrls['read']> {
    try {
      return release === undefined ? {} : await this.#pageUrls.read(app, release);
    } catch (error) {
      const problem = 'could not read the page URLs in the config vars; the default pages are shown';
      this.#platform.problems.report(problem, error, { appId: app.id });
      return {};
    }
  }

  /** True: the routes differ, or another process may have published since this one last wrote the mark. */
  hasChanged(routes: Unversioned, mark: number): boolean {
    const last = this.#last.get(routes.appId);
    return last?.mark !== mark || !same(last.routes, routes);
  }

  /** This process wrote the mark, and its published routes are still valid. */
  confirm(appId: string, mark: number): void {
    const last = this.#last.get(appId);
    if (last !== undefined) this.#last.set(appId, { ...last, mark });
  }

  publish(routes: Unversioned, version: number): void {
    this.#platform.routes.publish({ ...routes, version });
    this.#last.set(routes.appId, { routes, mark: version });
  }

  remove(appId: string): void {
    this.#platform.routes.remove(appId);
    this.#last.delete(appId);
    this.#pageUrls.forget(appId);
  }
}

/** Compares JSON values. Comparing their texts would cost more than the rest of a pass over a large app. */
function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  const before = left as Fields;
  const after = right as Fields;
  let count = 0;
  for (const key in before) {
    if (!same(before[key], after[key])) return false;
    count += 1;
  }
  for (const _key in after) count -= 1;
  return count === 0;
}

type Fields = Readonly<Record<string, unknown>>;
