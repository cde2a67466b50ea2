import type { Platform } from '../platform.ts';
import { type Slug, slugRecord } from '../records/slug.ts';

/** The slug that a release names. Slugs live as long as their app, so a missing one is a broken store. */
export async function readSlug(platform: Platform, appId: string, slugId: string): Promise<Slug> {
  const item = await slugRecord.get(platform.store, appId, slugId);
  if (item === undefined) throw new Error(`slug ${slugId} of app ${appId} is missing`);
  return item.value;
}
