import type { Dyno } from '../../../core/records/dyno.ts';
import { memoryCase, percentOfQuota } from './heroku.ts';
import type { Known } from './known.ts';

const SUSTAINED_MS = 5 * 60_000;

interface Told {
  percent: number | undefined;
  readonly overQuota: Map<string, number>;
  readonly aboveSinceMs: Map<string, number>;
}

/** One process's memory samples: it acts only on its own. */
export class MemoryTold {
  readonly #apps = new Map<string, Told>();

  /** A sample of a dyno, as the process receives it. Returns whether the log must warn of it. */
  sampled(appId: string, dyno: Dyno | undefined, usedMiB: number, nowMs: number): 'nothing' | 'R14' {
    if (dyno === undefined || dyno.stopCause !== undefined) return 'nothing';
    const told = this.#of(appId);
    const above = told.percent !== undefined && percentOfQuota(dyno.size, usedMiB) > told.percent;
    if (!above) told.aboveSinceMs.delete(dyno.id);
    else if ((told.aboveSinceMs.get(dyno.id) ?? Number.POSITIVE_INFINITY) > nowMs)
      told.aboveSinceMs.set(dyno.id, nowMs);
    const found = memoryCase(dyno.size, usedMiB);
    if (found === 'R15') told.overQuota.set(dyno.id, usedMiB);
    return found === 'R14' ? 'R14' : 'nothing';
  }

  /** The samples for a pass that begins now; a dyno over its quota is reported once. */
  passBegins(appId: string, nowMs: number): Pick<Known, 'overQuota' | 'overThreshold'> {
    const told = this.#of(appId);
    const overQuota = new Map(told.overQuota);
    told.overQuota.clear();
    const long = [...told.aboveSinceMs].filter(([, sinceMs]) => nowMs - sinceMs >= SUSTAINED_MS);
    return { overQuota, overThreshold: new Set(long.map(([id]) => id)) };
  }

  passReads(appId: string, percent: number | undefined, dynos: readonly Dyno[]): void {
    const told = this.#of(appId);
    told.percent = percent;
    for (const id of told.aboveSinceMs.keys()) {
      if (percent === undefined || !dynos.some((dyno) => dyno.id === id)) told.aboveSinceMs.delete(id);
    }
  }

  forget(appId: string): void {
    this.#apps.delete(appId);
  }

  #of(appId: string): Told {
    let told = this.#apps.get(appId);
    if (told === undefined) {
      told = { percent: undefined, overQuota: new Map(), aboveSinceMs: new Map() };
      this.#apps.set(appId, told);
    }
    return told;
  }
}
