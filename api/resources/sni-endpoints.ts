import { readDomains } from '../../core/domain/find-domain.ts';
import { type Failure, invalid, notFound } from '../../core/failure.ts';
import type { Platform } from '../../core/platform.ts';
import type { App } from '../../core/records/app.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type Route, route } from '../route.ts';
import { serializeAutomaticEndpoint } from '../serialize-domain.ts';

const AUTOMATIC_ONLY = invalid(
  'Certificates are issued and renewed automatically here: use heroku certs:auto:enable and certs:auto:disable.',
);

export const sniEndpointRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/sni-endpoints',
    permission: 'app',
    async handle({ platform, app }) {
      const endpoint = await automaticEndpoint(platform, app);
      return ok({ list: endpoint === undefined ? [] : [endpoint], sortKeys: ['id', 'name'] });
    },
  }),
  route({
    method: 'POST',
    path: '/apps/:app/sni-endpoints',
    permission: 'app',
    handle: async () => err(AUTOMATIC_ONLY),
  }),
  route({
    method: 'GET',
    path: '/apps/:app/sni-endpoints/:endpoint',
    permission: 'app',
    async handle({ platform, app, params }) {
      const found = await findEndpoint(platform, app, params.endpoint);
      return found.ok ? ok({ body: found.value }) : found;
    },
  }),
  ...(['PATCH', 'DELETE'] as const).map((method) =>
    route({
      method,
      path: '/apps/:app/sni-endpoints/:endpoint',
      permission: 'app',
      async handle({ platform, app, params }) {
        const found = await findEndpoint(platform, app, params.endpoint);
        return found.ok ? err(AUTOMATIC_ONLY) : found;
      },
    }),
  ),
];

/** Accepts null, or an endpoint of the app. */
export async function checkEndpoint(
  platform: Platform,
  app: App,
  identity: string | null,
): Promise<Result<unknown, Failure>> {
  return identity === null ? ok(undefined) : findEndpoint(platform, app, identity);
}

async function findEndpoint(platform: Platform, app: App, identity: string) {
  const endpoint = await automaticEndpoint(platform, app);
  return endpoint !== undefined && (endpoint.id === identity || endpoint.name === identity)
    ? ok(endpoint)
    : err(notFound('SNI endpoint'));
}

async function automaticEndpoint({ store }: Platform, app: App) {
  const domains = await readDomains(store, app.id);
  return serializeAutomaticEndpoint(
    app,
    domains.map(({ value }) => value),
  );
}
