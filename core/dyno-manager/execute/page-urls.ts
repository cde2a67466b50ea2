import { readConfig } from '../../config/read-config.ts';
import type { Platform } from '../../platform.ts';
import type { App } from '../../records/app.ts';
import type { AppRoutes } from '../../records/app-routes.ts';
import type { Release } from '../../records/release.ts';

type Urls = Pick<AppRoutes, 'errorPageUrl' | 'maintenancePageUrl'>;

const NONE: Urls = {};

/** The two config vars that routers need, cached per app: config vars of a release never change. */
export class PageUrls {
  readonly #platform: Platform;
  readonly #known = new Map<string, { readonly configVersion: number; readonly urls: Urls }>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Undefined: they must be read. */
  known(app: App, release: Release | undefined): Urls | undefined {
    if (release === undefined) return NONE;
    const known = this.#known.get(app.id);
    return known?.configVersion === release.configVersion ? known.urls : undefined;
  }

  async read(app: App, release: Release): Promise<Urls> {
    const { ERROR_PAGE_URL, MAINTENANCE_PAGE_URL } = await readConfig(this.#platform, app.id, release.configVersion);
    const urls = {
      ...(ERROR_PAGE_URL ? { errorPageUrl: ERROR_PAGE_URL } : {}),
      ...(MAINTENANCE_PAGE_URL ? { maintenancePageUrl: MAINTENANCE_PAGE_URL } : {}),
    };
    this.#known.set(app.id, { configVersion: release.configVersion, urls });
    return urls;
  }

  forget(appId: string): void {
    this.#known.delete(appId);
  }
}
