import { type App, appKey } from '../app/app.ts';
import { readDynos } from '../dyno/find-dyno.ts';
import type { Platform } from '../platform.ts';
import type { DynoRuntime } from '../ports.ts';
import { readRelease } from '../release/find-release.ts';
import type { Look } from './look.ts';

export interface ReadLook {
  readonly look: Look;
  readonly appVersion: number;
}

/**
 * The order matters: records before tasks. A record that names a task was written after the runtime had accepted it,
 * so a task that a complete observation does not show is gone. Undefined: there is no such app any more.
 */
export async function readLook(
  platform: Platform,
  runtime: DynoRuntime,
  appId: string,
  memory: ReadonlyMap<string, number>,
): Promise<ReadLook | undefined> {
  const item = await platform.store.get<App>(appKey(appId));
  if (item === undefined) return undefined;
  const app = item.value;
  const dynos = await readDynos(platform, appId);
  const release = await releaseOf(platform, appId, app.currentReleaseVersion);
  const pendingRelease = await releaseOf(platform, appId, app.pendingReleaseVersions[0]);
  const observations = await runtime.observe(appId);
  const look: Look = {
    app,
    ...(release === undefined ? {} : { release }),
    ...(pendingRelease === undefined ? {} : { pendingRelease }),
    dynos,
    observations,
    memory,
    nowMs: platform.clock.nowMs(),
    random: platform.random,
    ids: platform.ids,
  };
  return { look, appVersion: item.version };
}

async function releaseOf(platform: Platform, appId: string, version: number | undefined) {
  return version === undefined ? undefined : readRelease(platform, appId, version);
}
