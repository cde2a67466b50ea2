import { notFound } from '../../core/failure.ts';
import { err, ok } from '../../core/result.ts';
import { type ListAnswer, type Route, route } from '../route.ts';

/** This platform sells no add-ons and has no pipelines; the official CLI asks for both when it shows an app. */
const none: ListAnswer = { list: [], sortKeys: ['id', 'name'] };

export const addOnRoutes: readonly Route[] = [
  route({ method: 'GET', path: '/addons', permission: 'account', handle: async () => ok(none) }),
  route({ method: 'GET', path: '/addon-attachments', permission: 'account', handle: async () => ok(none) }),
  route({ method: 'GET', path: '/apps/:app/addons', permission: 'app', handle: async () => ok(none) }),
  route({ method: 'GET', path: '/apps/:app/addon-attachments', permission: 'app', handle: async () => ok(none) }),
  route({
    method: 'GET',
    path: '/apps/:app/pipeline-couplings',
    permission: 'app',
    handle: async () => err(notFound('pipeline coupling')),
  }),
];
