import { findShippedBuildpack, SHIPPED_BUILDPACKS, type ShippedBuildpack } from '../../core/build/buildpack.ts';
import { notFound } from '../../core/failure.ts';
import { err, ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';

/**
 * The CLI asks other hosts than the API for this, and asks here if `HEROKU_STATUS_HOST` and
 * `HEROKU_BUILDPACK_REGISTRY_URL` say so. It sends them no token.
 */
function registryBody({ id, name, description }: ShippedBuildpack) {
  const slash = name.indexOf('/');
  return {
    id,
    name: name.slice(slash + 1),
    namespace: name.slice(0, slash),
    full_name: name,
    description,
    blob_url: `urn:buildpack:${name}`,
    published: true,
    official: true,
  };
}

export const sideHostRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/buildpacks',
    permission: 'public',
    handle: async () => ok({ body: SHIPPED_BUILDPACKS.map(registryBody) }),
  }),
  route({
    method: 'GET',
    path: '/buildpacks/:name',
    permission: 'public',
    async handle({ params }) {
      const found = findShippedBuildpack(params.name);
      return found === undefined ? err(notFound('buildpack')) : ok({ body: registryBody(found) });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v4/current-status',
    permission: 'public',
    handle: async () =>
      ok({
        body: {
          status: ['Apps', 'Data', 'Tools'].map((system) => ({ system, status: 'green' })),
          incidents: [],
          scheduled: [],
        },
      }),
  }),
];
