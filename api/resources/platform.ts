import { ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';

/** Not part of Heroku's API: what `dynoform connect` needs to know of the platform. */
export const platformRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/dynoform',
    permission: 'account',
    unmetered: true,
    handle: async ({ platform }) => ok({ body: { services_url: platform.urls.services } }),
  }),
];
