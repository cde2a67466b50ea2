import * as z from 'zod';
import { buildpackUrl } from '../../core/build/buildpack.ts';
import { setBuildpacks } from '../../core/build/set-buildpacks.ts';
import { ok } from '../../core/result.ts';
import { type ListAnswer, type Route, route } from '../route.ts';

/** In the order in which they run, whatever order a client asks for. */
function installations(buildpacks: readonly string[]): ListAnswer {
  return {
    list: buildpacks.map((name, ordinal) => ({ ordinal, buildpack: { name, url: buildpackUrl(name) } })),
    sortKeys: ['ordinal'],
    sortAliases: { id: 'ordinal' },
  };
}

const replacement = z.object({ updates: z.array(z.object({ buildpack: z.string().nullish() })) });

export const buildpackInstallationRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/buildpack-installations',
    permission: 'app',
    handle: async ({ app }) => ok(installations(app.buildpacks)),
  }),
  route({
    method: 'PUT',
    path: '/apps/:app/buildpack-installations',
    permission: 'app',
    body: replacement,
    async handle({ platform, app, body }) {
      const updates = body.updates.map(({ buildpack }) => buildpack ?? undefined);
      const set = await setBuildpacks(platform, app.id, updates);
      return set.ok ? ok(installations(set.value)) : set;
    },
  }),
];
