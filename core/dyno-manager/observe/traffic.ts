import { managerDirty } from '../../app/update-app.ts';
import type { Platform } from '../../platform.ts';
import type { Store } from '../../ports/store.ts';
import { type Traffic, trafficKey, trafficRecord } from '../../records/traffic.ts';

/** How often a busy app is written, which is exact enough for half an hour. */
const WRITE_EVERY_MS = 60_000;

export async function readLastRequest(store: Store, appId: string): Promise<number | undefined> {
  return (await trafficRecord.get(store, appId))?.value.lastRequestAtMs;
}

/** Records the routers' reports of requests for apps that may sleep. */
export class TrafficLedger {
  readonly #platform: Platform;
  readonly #written = new Map<string, number>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async requests(appIds: readonly string[]): Promise<void> {
    const nowMs = this.#platform.clock.nowMs();
    for (const appId of appIds) {
      const before = this.#written.get(appId);
      // Written by a clock that was ahead and is right again: not within the last minute.
      if (before !== undefined && before <= nowMs && nowMs - before < WRITE_EVERY_MS) continue;
      this.#written.set(appId, nowMs);
      await this.#platform.store.transact([put(appId, nowMs)]);
    }
  }

  /** A request waits for an app that sleeps. */
  async wake(appId: string): Promise<void> {
    const nowMs = this.#platform.clock.nowMs();
    this.#written.set(appId, nowMs);
    await this.#platform.store.transact([put(appId, nowMs), managerDirty(appId, nowMs)]);
    this.#platform.passRequests.enqueue(appId);
  }

  forget(appId: string): void {
    this.#written.delete(appId);
  }
}

function put(appId: string, lastRequestAtMs: number) {
  const value: Traffic = { lastRequestAtMs };
  return { kind: 'put', key: trafficKey(appId), value, expect: 'any' } as const;
}
