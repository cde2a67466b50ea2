import type { Platform } from '../../core/platform.ts';
import { ok } from '../../core/result.ts';
import { createSource } from '../../core/source/create-source.ts';
import { type Route, route } from '../route.ts';

async function answer(platform: Platform) {
  const { getUrl, putUrl } = await createSource(platform);
  return ok({ status: 201, body: { source_blob: { get_url: getUrl, put_url: putUrl } } } as const);
}

export const sourceRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/sources',
    permission: 'account',
    handle: ({ platform }) => answer(platform),
  }),
  route({
    method: 'POST',
    path: '/apps/:app/sources',
    permission: 'app',
    handle: ({ platform }) => answer(platform),
  }),
];
