import * as z from 'zod';
import { findStack } from '../../core/app/stack.ts';
import { notFound } from '../../core/failure.ts';
import type { Platform } from '../../core/platform.ts';
import { type Slug, slugRecord } from '../../core/records/slug.ts';
import { err, ok } from '../../core/result.ts';
import { createSlug } from '../../core/slug/create-slug.ts';
import { apiDate, HOUR_MS } from '../../core/time.ts';
import { isUuid } from '../../core/uuid.ts';
import { type Route, route } from '../route.ts';

async function slugBody(platform: Platform, slug: Slug, method: 'GET' | 'PUT') {
  const stack = findStack(slug.stackName);
  return {
    blob: {
      method,
      url: await platform.blobs.signedUrl(method, slug.artifact.blobKey, platform.clock.nowMs() + HOUR_MS),
    },
    buildpack_provided_description: slug.buildpackDescription === '' ? null : slug.buildpackDescription,
    checksum: slug.checksum === '' ? null : slug.checksum,
    commit: slug.commit ?? null,
    commit_description: slug.commitDescription ?? null,
    created_at: apiDate(slug.createdAtMs),
    deleted_at: null,
    id: slug.id,
    process_types: slug.processTypes,
    size: slug.sizeBytes === 0 ? null : slug.sizeBytes,
    stack: { name: slug.stackName, ...(stack.ok ? { id: stack.value.id } : {}) },
    updated_at: apiDate(slug.updatedAtMs),
  };
}

const creation = z.object({
  process_types: z.record(z.string(), z.string()),
  commit: z.string().nullish(),
  commit_description: z.string().nullish(),
  buildpack_provided_description: z.string().nullish(),
  checksum: z.string().nullish(),
  stack: z.string().nullish(),
});

export const slugRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/apps/:app/slugs',
    permission: 'app',
    body: creation,
    async handle({ platform, app, body }) {
      const created = await createSlug(platform, app, {
        processTypes: body.process_types,
        commit: body.commit ?? undefined,
        commitDescription: body.commit_description ?? undefined,
        buildpackDescription: body.buildpack_provided_description ?? undefined,
        checksum: body.checksum ?? undefined,
        stack: body.stack ?? undefined,
      });
      return created.ok ? ok({ status: 201, body: await slugBody(platform, created.value, 'PUT') }) : created;
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/slugs/:slug',
    permission: 'app',
    async handle({ platform, app, params }) {
      const id = params.slug;
      const item = isUuid(id) ? await slugRecord.get(platform.store, app.id, id) : undefined;
      return item === undefined ? err(notFound('slug')) : ok({ body: await slugBody(platform, item.value, 'GET') });
    },
  }),
];
