import * as z from 'zod';
import { addDomain } from '../../core/domain/add-domain.ts';
import { findDomain, readDomains } from '../../core/domain/find-domain.ts';
import { removeDomain } from '../../core/domain/remove-domain.ts';
import { type Failure, invalid } from '../../core/failure.ts';
import type { Platform } from '../../core/platform.ts';
import type { App } from '../../core/records/app.ts';
import type { Domain } from '../../core/records/domain.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type Route, route } from '../route.ts';
import { serializeDomain, serializeOwnDomain } from '../serialize-domain.ts';
import { checkEndpoint } from './sni-endpoints.ts';

const sniEndpoint = z.string().nullable();

export const domainRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/domains',
    permission: 'app',
    async handle({ platform, app }) {
      const domains = await readDomains(platform.store, app.id);
      return ok({
        list: [serializeOwnDomain(platform, app), ...domains.map(({ value }) => serializeDomain(app, value))],
        sortKeys: ['id', 'hostname', 'created_at', 'updated_at'],
      });
    },
  }),
  route({
    method: 'POST',
    path: '/apps/:app/domains',
    permission: 'app',
    body: z.object({ hostname: z.string(), sni_endpoint: sniEndpoint }),
    async handle({ platform, app, body }) {
      const endpoint = await checkEndpoint(platform, app, body.sni_endpoint);
      if (!endpoint.ok) return endpoint;
      const added = await addDomain(platform, app.id, body.hostname);
      return added.ok ? ok({ status: 201, body: serializeDomain(app, added.value) }) : added;
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/domains/:domain',
    permission: 'app',
    async handle({ platform, app, params }) {
      if (isOwn(platform, app, params.domain)) return ok({ body: serializeOwnDomain(platform, app) });
      const found = await findDomain(platform.store, app.id, params.domain);
      return found.ok ? ok({ body: serializeDomain(app, found.value.value) }) : found;
    },
  }),
  route({
    method: 'PATCH',
    path: '/apps/:app/domains/:domain',
    permission: 'app',
    body: z.object({ sni_endpoint: sniEndpoint }),
    async handle({ platform, app, params, body }) {
      const found = await findDomain(platform.store, app.id, params.domain);
      if (!found.ok) return found;
      const bound = await bind(platform, app, found.value.value, body.sni_endpoint);
      return bound.ok ? ok({ body: serializeDomain(app, bound.value) }) : bound;
    },
  }),
  route({
    method: 'DELETE',
    path: '/apps/:app/domains/:domain',
    permission: 'app',
    async handle({ platform, app, params }) {
      if (isOwn(platform, app, params.domain)) {
        return err(invalid(`The domain ${params.domain} comes with the app and cannot be removed.`));
      }
      const removed = await removeDomain(platform, app.id, params.domain);
      return removed.ok ? ok({ body: serializeDomain(app, removed.value) }) : removed;
    },
  }),
];

function isOwn({ urls }: Platform, app: App, identity: string): boolean {
  return identity === app.id || urls.hosts(app.name).includes(identity.toLowerCase());
}

/** The app's switch decides which certificate a domain gets; nothing is stored. */
async function bind(
  platform: Platform,
  app: App,
  domain: Domain,
  identity: string | null,
): Promise<Result<Domain, Failure>> {
  const checked = await checkEndpoint(platform, app, identity);
  if (!checked.ok) return checked;
  if (identity === null && app.acm?.enabled === true) {
    return err(invalid('Automated Certificate Management chooses the certificate: see heroku certs:auto:disable.'));
  }
  return ok(domain);
}
