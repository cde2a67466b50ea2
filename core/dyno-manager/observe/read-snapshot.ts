import { poolAt, usesEcoHours } from '../../account/eco-pool.ts';
import { readDynos } from '../../dyno/find-dyno.ts';
import type { Platform } from '../../platform.ts';
import type { DynoRuntime, Observations } from '../../ports/dyno-runtime.ts';
import { type App, appRecord } from '../../records/app.ts';
import { ecoPoolRecord } from '../../records/eco-pool.ts';
import { type Release, releaseRecord } from '../../records/release.ts';
import { rolloutsRecord } from '../../records/rollout.ts';
import { HOUR_MS } from '../../time.ts';
import { isEco, maySleep } from '../plan/sleep.ts';
import { OBSERVATIONS_FRESH_MS } from '../plan/timers.ts';
import type { AppSnapshot, EcoSnapshot } from './app-snapshot.ts';
import { readLastRequest } from './traffic.ts';

export interface ReadSnapshot {
  readonly snapshot: AppSnapshot;
  readonly appVersion: number;
  readonly rolloutsExpect: 'absent' | number;
}

/** What only this process knows of an app's dynos. */
export interface MemorySamples {
  /** Far over the quota: dyno → MiB. */
  readonly overQuota: ReadonlyMap<string, number>;
  /** For long above the app's own threshold. */
  readonly overThreshold: ReadonlySet<string>;
}

export const NO_SAMPLES: MemorySamples = { overQuota: new Map(), overThreshold: new Set() };

/**
 * The order matters: records before tasks. A record that names a task was written after the runtime had accepted the task, so a
 * task that is missing in a complete observation is gone. Undefined: the app no longer exists.
 */
export async function readSnapshot(
  platform: Platform,
  runtime: DynoRuntime,
  appId: string,
  memory: MemorySamples,
): Promise<ReadSnapshot | undefined> {
  const item = await appRecord.get(platform.store, appId);
  if (item === undefined) return undefined;
  const app = item.value;
  const dynos = await readDynos(platform, appId);
  const rollouts = await rolloutsRecord.get(platform.store, appId);
  const { currentReleaseVersion: current, pendingReleaseVersions } = app;
  const [pending] = pendingReleaseVersions;
  const release = current === undefined ? undefined : await releaseOf(platform, appId, current);
  const pendingRelease = pending === undefined ? undefined : await releaseOf(platform, appId, pending);
  const lastRequestAtMs = maySleep(app) ? await readLastRequest(platform.store, appId) : undefined;
  const hours = platform.ecoHoursPerMonth;
  const eco = hours === undefined ? undefined : await readEco(platform, app, dynos, hours);
  const observed = await runtime.observe(appId);
  const nowMs = platform.clock.nowMs();
  const snapshot: AppSnapshot = {
    app,
    release,
    pendingRelease,
    dynos,
    observations: freshOnly(observed, nowMs),
    memory: memory.overQuota,
    overThreshold: memory.overThreshold,
    rollouts: rollouts?.value ?? {},
    lastRequestAtMs,
    eco,
    nowMs,
    random: platform.random,
    ids: platform.ids,
  };
  return { snapshot, appVersion: item.version, rolloutsExpect: rollouts?.version ?? 'absent' };
}

async function readEco(
  platform: Platform,
  app: App,
  dynos: AppSnapshot['dynos'],
  hoursPerMonth: number,
): Promise<EcoSnapshot | undefined> {
  if (!isEco(app) && !dynos.some(({ value }) => usesEcoHours(value))) return undefined;
  const item = await ecoPoolRecord.get(platform.store, app.ownerId);
  const pool = poolAt(item?.value, platform.clock.nowMs());
  return { pool, expect: item?.version ?? 'absent', limitMs: hoursPerMonth * HOUR_MS };
}

async function releaseOf(platform: Platform, appId: string, version: number): Promise<Release | undefined> {
  return (await releaseRecord.get(platform.store, appId, version))?.value;
}

/** Old observations may cause starts, but never stops. */
export function freshOnly(observations: Observations, nowMs: number): Observations {
  const { takenAtMs = nowMs } = observations;
  return nowMs - takenAtMs <= OBSERVATIONS_FRESH_MS ? observations : { ...observations, complete: false };
}
