import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../core/ports/clock.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { RouteFeed } from '../../core/ports/route-feed.ts';
import type { Item } from '../../core/ports/store.ts';
import type { AppRoutes } from '../../core/records/app-routes.ts';
import { MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import type { DynamoStore } from './dynamo-store.ts';
import type { RouteSnapshot } from './route-snapshot.ts';
import { ROUTES_PARTITION, ROUTES_QUEUE, routesRecord } from './stored-route-feed.ts';

const POLL_MS = SECOND_MS;
/** The publishing function's clock dates the changes, and the index lags behind the table. */
const OVERLAP_MS = MINUTE_MS;
/** Everything is read again: repairs whatever a poll may have missed. */
const FULL_MS = 5 * MINUTE_MS;
const SNAPSHOT_MS = MINUTE_MS;

export interface RoutePollOptions {
  readonly store: Pick<DynamoStore, 'list' | 'dueSince'>;
  readonly snapshot: RouteSnapshot;
  /** The router's own feed. */
  readonly feed: RouteFeed;
  readonly clock: Clock;
  /** Trouble with the table or the snapshot: reported once until it is over. */
  readonly problems: Problems;
  readonly pollMs?: number;
}

interface Known {
  /** The item's version; 0: from a snapshot. */
  readonly version: number;
  /** Undefined: the app was removed. */
  readonly routes: AppRoutes | undefined;
}

/** Keeps a router's table up to date with the platform's; while nothing can be read, it keeps what it has. */
export class RoutePoll {
  readonly #options: RoutePollOptions;
  readonly #known = new Map<string, Known>();
  readonly #closing = new AbortController();
  readonly #troubles = new Set<string>();
  #readAtMs = 0;
  #fullAtMs: number | undefined;
  #snapshotAtMs = 0;
  #changed = false;
  #snapshotUnderWay: Promise<void> = Promise.resolve();
  #polling: Promise<void> = Promise.resolve();

  constructor(options: RoutePollOptions) {
    this.#options = options;
  }

  /** Resolves once the routes are known, from the table or from a snapshot: before that the router knows no app. */
  async start(): Promise<void> {
    while (!this.#closing.signal.aborted && !((await this.#read()) || (await this.#readSnapshot())))
      await this.#pause();
    this.#polling = this.#poll();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#polling;
    await this.#snapshotUnderWay;
  }

  async #poll(): Promise<void> {
    for (;;) {
      this.#keepSnapshot();
      await this.#pause();
      if (this.#closing.signal.aborted) return;
      await this.#read();
    }
  }

  /** Whether the table answered. */
  async #read(): Promise<boolean> {
    const nowMs = this.#options.clock.nowMs();
    try {
      if (this.#fullAtMs === undefined || isPast(this.#fullAtMs, FULL_MS, nowMs)) await this.#readAll(nowMs);
      else await this.#readChanges();
      this.#readAtMs = nowMs;
      this.#over('could not read the routes from the table; the known ones stay in use');
      return true;
    } catch (error) {
      this.#trouble('could not read the routes from the table; the known ones stay in use', error);
      return false;
    }
  }

  async #readAll(nowMs: number): Promise<void> {
    const items = await this.#options.store.list({ partition: ROUTES_PARTITION, prefix: '' });
    const found = new Set(items.map(({ sort }) => sort));
    for (const item of items) if (this.#known.get(item.sort)?.version !== item.version) this.#take(item);
    for (const [appId, { routes }] of this.#known) {
      if (found.has(appId)) continue;
      this.#known.delete(appId);
      if (routes === undefined) continue;
      this.#options.feed.remove(appId);
      this.#changed = true;
    }
    this.#fullAtMs = nowMs;
  }

  async #readChanges(): Promise<void> {
    const changes = await this.#options.store.dueSince(ROUTES_QUEUE, this.#readAtMs - OVERLAP_MS);
    // The index may lag behind what was read from the table itself.
    for (const item of changes) if (item.version > (this.#known.get(item.sort)?.version ?? 0)) this.#take(item);
  }

  #take(item: Item): void {
    const { sort: appId, version } = item;
    // One app's unreadable routes must not hold up the others.
    const stored = routesRecord.tryRead(item)?.value;
    if (stored === undefined) {
      this.#trouble(unreadable(appId), undefined);
      return;
    }
    this.#over(unreadable(appId));
    const routes = 'removed' in stored ? undefined : stored;
    this.#known.set(appId, { version, routes });
    if (routes === undefined) this.#options.feed.remove(appId);
    else this.#options.feed.publish(routes);
    this.#changed = true;
  }

  /** Whether there was a snapshot. */
  async #readSnapshot(): Promise<boolean> {
    try {
      const apps = await this.#options.snapshot.read();
      for (const routes of apps ?? []) {
        this.#known.set(routes.appId, { version: 0, routes });
        this.#options.feed.publish(routes);
      }
      return apps !== undefined;
    } catch (error) {
      this.#trouble('could not read the snapshot of the routes', error);
      return false;
    }
  }

  /** Writes only what was read from the table: an old snapshot must not become a new one. */
  #keepSnapshot(): void {
    const nowMs = this.#options.clock.nowMs();
    if (this.#fullAtMs === undefined || !this.#changed || !isPast(this.#snapshotAtMs, SNAPSHOT_MS, nowMs)) return;
    this.#snapshotAtMs = nowMs;
    this.#changed = false;
    const apps = [...this.#known.values()].flatMap(({ routes }) => routes ?? []);
    const before = this.#snapshotUnderWay;
    this.#snapshotUnderWay = before
      .then(() => this.#options.snapshot.write(apps))
      .then(
        () => this.#over('could not write the snapshot of the routes'),
        (error: unknown) => {
          this.#changed = true;
          this.#trouble('could not write the snapshot of the routes', error);
        },
      );
  }

  #trouble(problem: string, cause: unknown): void {
    if (!this.#troubles.has(problem)) this.#options.problems.report(problem, cause);
    this.#troubles.add(problem);
  }

  #over(problem: string): void {
    this.#troubles.delete(problem);
  }

  async #pause(): Promise<void> {
    await pause(this.#options.pollMs ?? POLL_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }
}

const unreadable = (appId: string) => `could not read the routes of app ${appId}`;

/** Also when the clock was set back to before `sinceMs`: waiting for that time again may take hours. */
function isPast(sinceMs: number, ms: number, nowMs: number): boolean {
  return nowMs < sinceMs || nowMs - sinceMs >= ms;
}
