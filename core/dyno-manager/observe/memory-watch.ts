import type { Item } from '../../ports/store.ts';
import type { Dyno } from '../../records/dyno.ts';
import { MEMORY_SUSTAINED_MS } from '../plan/timers.ts';
import { type MemorySamples, NO_SAMPLES } from './read-snapshot.ts';

interface OfApp {
  readonly overQuota: Map<string, number>;
  /** Dyno → since when it is above the threshold. */
  readonly aboveSinceMs: Map<string, number>;
}

/** Memory samples, until a pass has acted on them. A crash loses them: the next samples repeat them. */
export class MemoryWatch {
  readonly #apps = new Map<string, OfApp>();
  /** For each app that has set one, as its last pass read it. */
  readonly #thresholds = new Map<string, number>();

  /** For one pass. A dyno over its quota is reported once. */
  samples(appId: string, nowMs: number): MemorySamples {
    const ofApp = this.#apps.get(appId);
    if (ofApp === undefined) return NO_SAMPLES;
    const overQuota = new Map(ofApp.overQuota);
    ofApp.overQuota.clear();
    const long = [...ofApp.aboveSinceMs].filter(([, sinceMs]) => nowMs - sinceMs >= MEMORY_SUSTAINED_MS);
    return { overQuota, overThreshold: new Set(long.map(([dynoId]) => dynoId)) };
  }

  /** What a pass has read: the current setting, and the existing dynos. */
  noteApp(appId: string, thresholdPercent: number | undefined, dynos: readonly Item<Dyno>[]): void {
    if (thresholdPercent === undefined) this.#thresholds.delete(appId);
    else this.#thresholds.set(appId, thresholdPercent);
    const ofApp = this.#apps.get(appId);
    if (ofApp === undefined) return;
    const dynoIds = new Set(dynos.map(({ value }) => value.id));
    for (const dynoId of ofApp.aboveSinceMs.keys()) {
      if (thresholdPercent === undefined || !dynoIds.has(dynoId)) ofApp.aboveSinceMs.delete(dynoId);
    }
    if (ofApp.aboveSinceMs.size + ofApp.overQuota.size === 0) this.#apps.delete(appId);
  }

  noteOverQuota(appId: string, dynoId: string, usedMiB: number): void {
    this.#ofApp(appId).overQuota.set(dynoId, usedMiB);
  }

  /** True: it has been above the threshold for long enough, and a pass should act. */
  sample(appId: string, dynoId: string, usedPercent: number, nowMs: number): boolean {
    const threshold = this.#thresholds.get(appId);
    if (threshold === undefined || usedPercent <= threshold) {
      this.#apps.get(appId)?.aboveSinceMs.delete(dynoId);
      return false;
    }
    const { aboveSinceMs } = this.#ofApp(appId);
    const sinceMs = aboveSinceMs.get(dynoId);
    // A later time means that the clock was set back: the five minutes start again.
    if (sinceMs === undefined || sinceMs > nowMs) aboveSinceMs.set(dynoId, nowMs);
    return sinceMs !== undefined && nowMs - sinceMs >= MEMORY_SUSTAINED_MS;
  }

  forget(appId: string): void {
    this.#apps.delete(appId);
    this.#thresholds.delete(appId);
  }

  #ofApp(appId: string): OfApp {
    let ofApp = this.#apps.get(appId);
    if (ofApp === undefined) {
      ofApp = { overQuota: new Map(), aboveSinceMs: new Map() };
      this.#apps.set(appId, ofApp);
    }
    return ofApp;
  }
}
