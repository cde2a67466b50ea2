import { ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';

export const rateLimitRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/account/rate-limits',
    permission: 'account',
    unmetered: true,
    handle: async ({ remainingCalls }) => ok({ body: { remaining: remainingCalls } }),
  }),
];
