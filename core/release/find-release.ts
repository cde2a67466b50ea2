import { notFound } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { App } from '../records/app.ts';
import { type Release, releaseIdRecord, releaseRecord } from '../records/release.ts';
import { err, ok, type Result } from '../result.ts';
import { isUuid } from '../uuid.ts';

/** By version (`7` or `v7`) or by id. */
export async function findRelease(platform: Platform, appId: string, identity: string): Promise<Result<Release>> {
  const version = await findVersion(platform, appId, identity);
  const release = version === undefined ? undefined : await readRelease(platform, appId, version);
  return release === undefined ? err(notFound('release')) : ok(release);
}

async function findVersion(platform: Platform, appId: string, identity: string): Promise<number | undefined> {
  const digits = /^v?(\d{1,10})$/.exec(identity)?.[1];
  if (digits !== undefined) return Number(digits);
  if (!isUuid(identity)) return undefined;
  return (await releaseIdRecord.get(platform.store, appId, identity))?.value.version;
}

export async function readRelease(platform: Platform, appId: string, version: number): Promise<Release | undefined> {
  return (await releaseRecord.get(platform.store, appId, version))?.value;
}

/** Oldest first. */
export async function listReleases(platform: Platform, appId: string): Promise<readonly Release[]> {
  const items = await releaseRecord.list(platform.store, { partition: `app#${appId}`, prefix: 'release#' });
  return items.map((item) => item.value);
}

/** For the most frequent request of clients, after each change of config vars; its cost does not grow with the app's history. */
export async function newestReleases(platform: Platform, appId: string, limit: number): Promise<readonly Release[]> {
  const query = { partition: `app#${appId}`, prefix: 'release#', order: 'desc', limit } as const;
  return (await releaseRecord.list(platform.store, query)).map((item) => item.value);
}

/** The release that dynos run now; undefined before the first. */
export async function currentRelease(platform: Platform, app: App): Promise<Release | undefined> {
  return app.currentReleaseVersion === undefined ? undefined : readRelease(platform, app.id, app.currentReleaseVersion);
}

/** Code that ran once can run again. The current release is included, because clients skip it themselves. */
export function isEligibleForRollback(release: Release): boolean {
  return release.status === 'succeeded' && release.slugId !== undefined;
}
