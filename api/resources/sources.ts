import type { Platform } from '../../core/platform.ts';
import { ok } from '../../core/result.ts';
import { createSource } from '../../core/source/create-source.ts';
import { type Route, route } from '../route.ts';

function answer(platform: Platform) {
  const { getUrl, putUrl } = createSource(platform);
  return ok({ status: 201, body: { source_blob: { get_url: getUrl, put_url: putUrl } } } as const);
}

export const sourceRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/sources',
    permission: 'account',
    handle: async ({ platform }) => answer(platform),
  }),
  route({
    method: 'POST',
    path: '/apps/:app/sources',
    permission: 'app',
    handle: async ({ platform }) => answer(platform),
  }),
];
