import type { Clock } from '../../core/ports/clock.ts';
import type { RouteFeed } from '../../core/ports/route-feed.ts';
import type { Store } from '../../core/ports/store.ts';
import { type AppRoutes, routesShape } from '../../core/records/app-routes.ts';
import { either, fields, oneOf, text } from '../../core/records/checks.ts';
import { defineRecord } from '../../core/records/define-record.ts';
import { DAY_MS } from '../../core/time.ts';
import type { Background } from './background.ts';

export const ROUTES_PARTITION = 'routes';
/** Items enter it when they are published, so it is a list of changes. */
export const ROUTES_QUEUE = 'routes';

/** Routers read all routes again long before a tombstone expires. */
const TOMBSTONE_MS = DAY_MS;
const ATTEMPTS_MAX = 10;

/** A deletion is final: nothing follows `removed`. */
export type StoredRoutes = AppRoutes | RemovedRoutes;

interface RemovedRoutes {
  readonly appId: string;
  readonly removed: true;
}

export const routesRecord = defineRecord({
  noun: 'routes',
  version: 1,
  key: (appId: string) => ({ partition: ROUTES_PARTITION, sort: appId }),
  shape: either(fields<RemovedRoutes>({ appId: text, removed: oneOf(true) }), routesShape),
});

export interface StoredRouteFeedOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly background: Background;
}

/** Publishes to the routers through the table: they are many, come and go, and read what changed. */
export class StoredRouteFeed implements RouteFeed {
  readonly #options: StoredRouteFeedOptions;

  constructor(options: StoredRouteFeedOptions) {
    this.#options = options;
  }

  publish(routes: AppRoutes): void {
    this.#remember(routes);
  }

  remove(appId: string): void {
    this.#remember({ appId, removed: true });
  }

  #remember(routes: StoredRoutes): void {
    this.#options.background.track(`could not store the routes of app ${routes.appId}`, this.#store(routes));
  }

  async #store(routes: StoredRoutes): Promise<void> {
    const { store, clock } = this.#options;
    const key = routesRecord.key(routes.appId);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const item = await routesRecord.get(store, routes.appId);
      if (item !== undefined && !hasChanged(routes, item.value)) return;
      const nowMs = clock.nowMs();
      const written = await store.transact([
        {
          kind: 'put',
          key,
          value: routes,
          expect: item?.version ?? 'absent',
          due: { queue: ROUTES_QUEUE, atMs: nowMs },
          ...('removed' in routes ? { expiresAtMs: nowMs + TOMBSTONE_MS } : {}),
        },
      ]);
      if (written.ok) return;
    }
    throw new Error(`others were faster ${ATTEMPTS_MAX} times`);
  }
}

function hasChanged(routes: StoredRoutes, before: StoredRoutes): boolean {
  if ('removed' in before) return false;
  if ('removed' in routes) return true;
  if (routes.version !== before.version) return routes.version > before.version;
  return JSON.stringify(routes) !== JSON.stringify(before);
}
