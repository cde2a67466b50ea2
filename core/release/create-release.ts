import { updateApp } from '../app/update-app.ts';
import { conflict, type Failure, invalid, notFound } from '../failure.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../records/account.ts';
import type { Release } from '../records/release.ts';
import { slugKey, slugRecord } from '../records/slug.ts';
import { err, ok, type Result } from '../result.ts';
import { readSlug } from '../slug/read-slug.ts';
import { isUuid } from '../uuid.ts';
import { findRelease, isEligibleForRollback } from './find-release.ts';
import { planRelease } from './plan-release.ts';

const DESCRIPTION_LENGTH_MAX = 1_000;

/** Releases a slug that was uploaded or built before, with the current config vars. */
export async function releaseSlug(
  platform: Platform,
  actor: Actor,
  appId: string,
  slugId: string,
  description?: string,
): Promise<Result<Release, Failure>> {
  const item = isUuid(slugId) ? await slugRecord.get(platform.store, appId, slugId) : undefined;
  if (item === undefined) return err(notFound('slug'));
  const blobBytes = await platform.blobs.size(item.value.artifact.blobKey);
  if (blobBytes === undefined) {
    return err(invalid('This slug has no content yet. PUT its archive to the blob.url that creating it answered.'));
  }
  const checked = validateDescription(description ?? deployDescription(item.value.commit));
  if (!checked.ok) return checked;
  // A built slug already has its size, and its blob may only describe an image that is stored elsewhere.
  const slug = item.value.sizeBytes === 0 ? { ...item.value, sizeBytes: blobBytes } : item.value;
  const updated = await updateApp(platform, appId, (app) => {
    const planned = planRelease(platform, app, actor, {
      description: checked.value,
      configVersion: app.configVersion,
      slug,
    });
    if (!planned.ok) return planned;
    const { app: next, writes, events, release, lines } = planned.value;
    // An uploaded slug gets its size here: its upload does not pass through the platform.
    const put = { kind: 'put', key: slugKey(appId, slugId), value: slug, expect: 'any' } as const;
    return ok({ app: next, writes: [...writes, put], events, value: { release, lines } });
  });
  if (!updated.ok) return updated;
  const { release, lines } = updated.value.value;
  logApiEvent(platform, appId, ...lines);
  return ok(release);
}

/** A new release with the slug and the config vars of an earlier one. */
export async function rollback(
  platform: Platform,
  actor: Actor,
  appId: string,
  identity: string,
): Promise<Result<Release, Failure>> {
  const found = await findRelease(platform, appId, identity);
  if (!found.ok) return found;
  const target = found.value;
  if (!isEligibleForRollback(target) || target.slugId === undefined) return err(notEligible(target));
  const slug = await readSlug(platform, appId, target.slugId);
  const updated = await updateApp(platform, appId, (app) => {
    const planned = planRelease(platform, app, actor, {
      description: `Rollback to v${target.version}`,
      configVersion: target.configVersion,
      slug,
    });
    if (!planned.ok) return planned;
    const { app: next, writes, events, release, lines } = planned.value;
    return ok({ app: next, writes, events, value: { release, lines } });
  });
  if (!updated.ok) return updated;
  const { release, lines } = updated.value.value;
  logApiEvent(platform, appId, ...lines);
  return ok(release);
}

function notEligible(target: Release): Failure {
  const name = `Cannot roll back to v${target.version}`;
  if (target.slugId === undefined) return invalid(`${name}: it has no slug.`);
  if (target.status === 'pending') return conflict(`${name}: its release command has not ended yet.`);
  return invalid(`${name}: its release command failed.`);
}

/** `Deploy 58d1fdd2`: a commit by its first eight digits, anything else as the user wrote it. */
export function deployDescription(version: string | undefined): string {
  if (version === undefined || version.trim() === '') return 'Deploy';
  const commit = /^[0-9a-f]{8,}$/i.test(version) ? version.slice(0, 8).toLowerCase() : version.slice(0, 100);
  return `Deploy ${oneLine(commit)}`;
}

function validateDescription(description: string): Result<string, Failure> {
  if (description.length > DESCRIPTION_LENGTH_MAX) {
    return err(invalid(`description is too long: the limit is ${DESCRIPTION_LENGTH_MAX} characters.`));
  }
  return ok(oneLine(description));
}

/** Descriptions are written to the log, where a line break would let a user forge the next line. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  return text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ').trim();
}
