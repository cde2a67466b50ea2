import { DeleteObjectsCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { type Account, unlessGone } from '../account.ts';
import type { Say } from '../say.ts';

/** Removes objects, versions and delete markers. The CDK's own function for it stops after 15 minutes, with a large bucket half empty. */
export async function emptyBuckets({ s3 }: Account, buckets: readonly string[], say: Say): Promise<void> {
  for (const Bucket of buckets) {
    let removed = 0;
    for (;;) {
      // Always the first page: what it lists is gone before the next one is read.
      const page = await unlessGone(s3.send(new ListObjectVersionsCommand({ Bucket })), 'NoSuchBucket');
      const Objects = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
        Key,
        VersionId,
      }));
      if (Objects.length === 0) break;
      const answer = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      const [refused] = answer.Errors ?? [];
      if (refused !== undefined) throw new Error(`${Bucket}: ${refused.Key} cannot be removed: ${refused.Message}`);
      removed += Objects.length;
      say(`${Bucket}: ${removed} objects removed`);
    }
  }
}
