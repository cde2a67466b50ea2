import { type Failure, notFound } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Item } from '../ports/store.ts';
import { DYNO_PREFIX, type Dyno, dynoRecord } from '../records/dyno.ts';
import { err, ok, type Result } from '../result.ts';

export function readDynos(platform: Platform, appId: string): Promise<readonly Item<Dyno>[]> {
  return dynoRecord.list(platform.store, { partition: `app#${appId}`, prefix: DYNO_PREFIX });
}

/**
 * The dynos that users see: one per name. While a new instance replaces an old one both have records, and the old one is no
 * longer shown.
 */
export async function listDynos(platform: Platform, appId: string): Promise<readonly Dyno[]> {
  const items = await readDynos(platform, appId);
  return visibleDynos(items.map((item) => item.value));
}

export function visibleDynos(dynos: readonly Dyno[]): readonly Dyno[] {
  const newest = new Map<string, Dyno>();
  for (const dyno of dynos) {
    if (dyno.state === 'stopping') continue;
    const other = newest.get(dyno.name);
    if (other === undefined || isNewer(dyno, other)) newest.set(dyno.name, dyno);
  }
  return [...newest.values()];
}

function isNewer(dyno: Dyno, other: Dyno): boolean {
  return dyno.createdAtMs === other.createdAtMs
    ? dyno.releaseVersion > other.releaseVersion
    : dyno.createdAtMs > other.createdAtMs;
}

/** By name (`web.1`) or by id. */
export async function findDyno(platform: Platform, appId: string, identity: string): Promise<Result<Dyno, Failure>> {
  const dynos = await listDynos(platform, appId);
  const dyno = dynos.find(({ name, id }) => name === identity || id === identity);
  return dyno === undefined ? err(notFound('dyno')) : ok(dyno);
}
