import * as z from 'zod';
import { buildpackUrl, parseBuildpacks } from '../../core/build/buildpack.ts';
import { cancelBuild, readBuild } from '../../core/build/complete-build.ts';
import { parseSourceUrl } from '../../core/build/source-url.ts';
import { listBuilds, startBuild } from '../../core/build/start-build.ts';
import { notFound } from '../../core/failure.ts';
import { outputUrl } from '../../core/output-url.ts';
import type { Platform } from '../../core/platform.ts';
import type { App } from '../../core/records/app.ts';
import type { Build } from '../../core/records/build.ts';
import { err, ok } from '../../core/result.ts';
import { apiDate, HOUR_MS } from '../../core/time.ts';
import { type Route, route } from '../route.ts';

async function buildBody(platform: Platform, app: App, build: Build) {
  const { source } = build;
  return {
    app: { id: app.id },
    buildpacks: build.buildpacks.map((name) => ({ name, url: buildpackUrl(name) })),
    created_at: apiDate(build.createdAtMs),
    generation: 'cedar',
    id: build.id,
    output_stream_url: outputUrl(platform, build.outputStreamId),
    release: build.releaseId === undefined ? null : { id: build.releaseId },
    slug: build.slugId === undefined ? null : { id: build.slugId },
    source_blob: {
      checksum: build.sourceChecksum ?? null,
      url:
        'url' in source
          ? source.url
          : await platform.blobs.signedUrl('GET', source.blobKey, platform.clock.nowMs() + HOUR_MS),
      version: build.sourceVersion ?? null,
      version_description: build.sourceVersionDescription ?? null,
    },
    stack: build.stackName,
    status: build.status,
    updated_at: apiDate(build.updatedAtMs),
    user: { id: build.userId, email: build.userEmail },
  };
}

const creation = z.object({
  source_blob: z.object({
    url: z.string(),
    checksum: z.string().nullish(),
    version: z.string().nullish(),
    version_description: z.string().nullish(),
  }),
  buildpacks: z.array(z.object({ url: z.string().nullish(), name: z.string().nullish() })).nullish(),
});

export const buildRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/builds',
    permission: 'app',
    async handle({ platform, app }) {
      const builds = await listBuilds(platform, app.id);
      const list = await Promise.all(builds.map((build) => buildBody(platform, app, build)));
      return ok({ list, sortKeys: ['id', 'created_at'], sortAliases: { started_at: 'created_at' } });
    },
  }),
  route({
    method: 'POST',
    path: '/apps/:app/builds',
    permission: 'app',
    body: creation,
    async handle({ platform, actor, app, body }) {
      const { url, checksum, version, version_description: description } = body.source_blob;
      const source = await parseSourceUrl(platform, url);
      if (!source.ok) return source;
      const buildpacks = parseBuildpacks((body.buildpacks ?? []).map((entry) => entry.url ?? entry.name ?? undefined));
      if (!buildpacks.ok) return buildpacks;
      const started = await startBuild(platform, actor, app, {
        source: source.value,
        ...(checksum == null ? {} : { checksum }),
        ...(version == null ? {} : { version }),
        ...(description == null ? {} : { versionDescription: description }),
        ...(buildpacks.value.length === 0 ? {} : { buildpacks: buildpacks.value }),
      });
      return started.ok ? ok({ status: 201, body: await buildBody(platform, app, started.value) }) : started;
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/builds/:build',
    permission: 'app',
    async handle({ platform, app, params }) {
      const item = await readBuild(platform, app.id, params.build);
      return item === undefined ? err(notFound('build')) : ok({ body: await buildBody(platform, app, item.value) });
    },
  }),
  route({
    method: 'DELETE',
    path: '/apps/:app/builds/:build',
    permission: 'app',
    async handle({ platform, app, params }) {
      const canceled = await cancelBuild(platform, app.id, params.build);
      return canceled.ok ? ok({ body: await buildBody(platform, app, canceled.value) }) : canceled;
    },
  }),
];
