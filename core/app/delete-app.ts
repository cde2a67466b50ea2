import { removeDomainsOfDeletedApp } from '../domain/remove-domain.ts';
import type { Failure } from '../failure.ts';
import type { Platform } from '../platform.ts';
import { type Item, type ItemKey, TRANSACTION_WRITES_MAX, type Write } from '../ports/store.ts';
import { type App, appKey, appNameKey, appRecord, collaboratorKey, managerKey, membershipKey } from '../records/app.ts';
import { buildRecord } from '../records/build.ts';
import { releaseRecord } from '../records/release.ts';
import { slugRecord } from '../records/slug.ts';
import { ok, type Result } from '../result.ts';
import { updateApp } from './update-app.ts';

/** The app disappears for all users and its name becomes free; the dyno manager stops its dynos, then calls `purgeApp`. */
export async function deleteApp(platform: Platform, appId: string): Promise<Result<App, Failure>> {
  const changed = await updateApp(platform, appId, (app) =>
    ok({
      // Its custom domains are free too: another app may claim them before this one's records are deleted.
      app: { ...app, customHosts: [], deletedAtMs: platform.clock.nowMs() },
      writes: [
        { kind: 'delete', key: appNameKey(app.name), expect: 'any' },
        { kind: 'delete', key: membershipKey(app.ownerId, app.id), expect: 'any' },
      ],
      value: undefined,
    }),
  );
  return changed.ok ? ok(changed.value.app) : changed;
}

/**
 * Deletes every record of a deleted app, in batches. The app itself and the manager's mark come last, so that a crash in
 * between leaves a mark that leads back here. May be repeated.
 */
export async function purgeApp(platform: Platform, appId: string): Promise<void> {
  const { partition, sort: appSort } = appKey(appId);
  const last: readonly ItemKey[] = [appKey(appId), managerKey(appId)];
  const app = await appRecord.get(platform.store, appId);
  if (app !== undefined && app.value.deletedAtMs === undefined) throw new Error('only a deleted app can be purged');
  await removeDomainsOfDeletedApp(platform, appId);
  const membershipPrefix = collaboratorKey(appId, '').sort;
  let after: string | undefined;
  for (;;) {
    // Half of a transaction, because a collaborator takes two writes.
    const items = await platform.store.list({
      partition,
      prefix: '',
      limit: TRANSACTION_WRITES_MAX / 2,
      ...(after === undefined ? {} : { after }),
    });
    const end = items.at(-1);
    if (end === undefined) break;
    after = end.sort;
    const keys = items.flatMap((item): readonly ItemKey[] => {
      if (item.sort === appSort || item.sort === managerKey(appId).sort) return [];
      if (!item.sort.startsWith(membershipPrefix)) return [item];
      return [item, membershipKey(item.sort.slice(membershipPrefix.length), appId)];
    });
    for (const item of items) await removeContent(platform, item);
    await remove(platform, keys);
  }
  await remove(platform, last);
}

/**
 * Keeps the blobs of slugs made by builds: they are named after their content, which another app may use too. What an
 * unreadable record points to is left behind: it must not keep the app from going.
 */
async function removeContent(platform: Platform, item: Item): Promise<void> {
  const [noun] = item.sort.split('#');
  if (noun === 'build' || noun === 'release') {
    const record = noun === 'build' ? buildRecord : releaseRecord;
    const streamId = record.tryReadAnyVersion(item)?.value.outputStreamId;
    if (streamId !== undefined) await platform.outputs.remove(streamId);
  }
  const slug = noun === 'slug' ? slugRecord.tryReadAnyVersion(item)?.value : undefined;
  if (slug?.artifact.blobKey.includes(slug.id)) await platform.blobs.remove(slug.artifact.blobKey);
}

async function remove(platform: Platform, keys: readonly ItemKey[]): Promise<void> {
  if (keys.length === 0) return;
  await platform.store.transact(
    keys.map(({ partition, sort }): Write => ({ kind: 'delete', key: { partition, sort }, expect: 'any' })),
  );
}
