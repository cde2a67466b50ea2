import type { Platform } from '../platform.ts';
import { type PassFailures, passFailuresKey, passFailuresRecord } from '../records/pass-failures.ts';
import { HOUR_MS } from '../time.ts';

/** Records failed passes, to show why an app is stuck. Never rejects: no pass depends on it. */
export interface FailureLog {
  failed(reconciler: string, id: string, quarantinedForMs: number | undefined): Promise<void>;
  /** A pass has succeeded after failures in this process. */
  recovered(reconciler: string, id: string): Promise<void>;
}

/** In the store, which all processes and the API share. A success after another success costs no write. */
export class StoredFailures implements FailureLog {
  readonly #platform: Pick<Platform, 'store' | 'clock'>;

  constructor(platform: Pick<Platform, 'store' | 'clock'>) {
    this.#platform = platform;
  }

  async failed(reconciler: string, id: string, quarantinedForMs: number | undefined): Promise<void> {
    const { store, clock } = this.#platform;
    await ignoringErrors(async () => {
      const nowMs = clock.nowMs();
      const before = await passFailuresRecord.get(store, id, reconciler);
      const value: PassFailures = {
        count: (before?.value.count ?? 0) + 1,
        lastAtMs: nowMs,
        ...(quarantinedForMs === undefined ? {} : { quarantinedUntilMs: nowMs + quarantinedForMs }),
      };
      const key = passFailuresKey(id, reconciler);
      // Expires, because nothing deletes it once its app is gone.
      await store.transact([{ kind: 'put', key, value, expect: 'any', expiresAtMs: nowMs + HOUR_MS }]);
    });
  }

  async recovered(reconciler: string, id: string): Promise<void> {
    const key = passFailuresKey(id, reconciler);
    await ignoringErrors(() => this.#platform.store.transact([{ kind: 'delete', key, expect: 'any' }]));
  }
}

/** The pass's own failure is reported; a failure to record it most likely has the same cause. */
async function ignoringErrors(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // Then the status of the app shows less.
  }
}
