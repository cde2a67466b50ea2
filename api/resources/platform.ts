import { ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';

/** Beyond Heroku's API: what `dynoform connect` has to know of the platform that it leads to. */
export const platformRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/dynoform',
    permission: 'account',
    unmetered: true,
    handle: async ({ platform }) => ok({ body: { services_url: platform.urls.services } }),
  }),
];
