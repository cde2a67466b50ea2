import * as z from 'zod';
import { invalid } from '../../core/failure.ts';
import { outputUrl } from '../../core/output-url.ts';
import type { Platform } from '../../core/platform.ts';
import type { App } from '../../core/records/app.ts';
import type { Release } from '../../core/records/release.ts';
import { releaseSlug, rollback } from '../../core/release/create-release.ts';
import { findRelease, isEligibleForRollback, listReleases, newestReleases } from '../../core/release/find-release.ts';
import { err, ok } from '../../core/result.ts';
import { apiDate } from '../../core/time.ts';
import { parseRange, type RangeRequest } from '../kernel/range.ts';
import { unsupported } from '../kernel/unsupported.ts';
import { type Route, route } from '../route.ts';

function releaseBody(platform: Platform, app: App, release: Release) {
  return {
    addon_plan_names: [],
    app: { id: app.id, name: app.name },
    artifacts: release.slugId === undefined ? [] : [{ type: 'slug', id: release.slugId }],
    created_at: apiDate(release.createdAtMs),
    current: release.version === app.currentReleaseVersion,
    description: release.description,
    eligible_for_rollback: isEligibleForRollback(release),
    id: release.id,
    output_stream_url: release.outputStreamId === undefined ? null : outputUrl(platform, release.outputStreamId),
    slug: release.slugId === undefined ? null : { id: release.slugId },
    status: release.status,
    updated_at: apiDate(release.updatedAtMs),
    user: { id: release.userId, email: release.userEmail },
    version: release.version,
  };
}

const SORT_KEYS = ['id', 'version'] as const;

function isNewestFirst({ attribute, descending, first, last }: RangeRequest): boolean {
  return attribute === 'version' && descending && first === undefined && last === undefined;
}

/** `release` rolls back to that release (an id or a version); `slug` releases that slug. */
const creation = z.object({
  oci_image: unsupported(),
  release: z.union([z.string(), z.number().int()], 'expected a version or an id').optional(),
  slug: z.string().optional(),
  description: z.string().nullish(),
});

export const releaseRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/releases',
    permission: 'app',
    async handle({ platform, app, headers }) {
      const range = parseRange(headers.get('range'), SORT_KEYS);
      const newest = range.ok && isNewestFirst(range.value) ? range.value.max : undefined;
      const releases =
        newest === undefined
          ? await listReleases(platform, app.id)
          : // One more than asked for tells that there are more.
            await newestReleases(platform, app.id, newest + 1);
      return ok({ list: releases.map((release) => releaseBody(platform, app, release)), sortKeys: SORT_KEYS });
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/releases/:release',
    permission: 'app',
    async handle({ platform, app, params }) {
      const found = await findRelease(platform, app.id, params.release);
      return found.ok ? ok({ body: releaseBody(platform, app, found.value) }) : found;
    },
  }),
  route({
    method: 'POST',
    path: '/apps/:app/releases',
    permission: 'app',
    body: creation,
    async handle({ platform, actor, app, body }) {
      const { release, slug, description } = body;
      if (release === undefined && slug === undefined) return err(invalid('Missing required field `slug`.'));
      const created =
        slug === undefined
          ? await rollback(platform, actor, app.id, String(release))
          : await releaseSlug(platform, actor, app.id, slug, description ?? undefined);
      if (!created.ok) return created;
      const { status, version } = created.value;
      const current = status === 'succeeded' ? { currentReleaseVersion: version } : {};
      return ok({ status: 201, body: releaseBody(platform, { ...app, ...current }, created.value) });
    },
  }),
];
