import { createHash } from 'node:crypto';
import * as z from 'zod';
import { addKey, findKey, listKeys, removeKey } from '../../core/account/account-key.ts';
import type { AccountKey } from '../../core/records/account-key.ts';
import { ok } from '../../core/result.ts';
import { apiDate } from '../../core/time.ts';
import { type Route, route } from '../route.ts';

function serializeKey(key: AccountKey) {
  return {
    comment: key.comment,
    created_at: apiDate(key.createdAtMs),
    email: key.email,
    fingerprint: key.fingerprint,
    id: key.id,
    public_key: key.publicKey,
    updated_at: apiDate(key.updatedAtMs),
  };
}

function fingerprintOf(base64: string): string {
  const digest = createHash('md5').update(Buffer.from(base64, 'base64')).digest('hex');
  return digest.replace(/..(?!$)/g, '$&:');
}

export const keyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/account/keys',
    permission: 'account',
    handle: async ({ platform, actor }) =>
      ok({ list: (await listKeys(platform, actor)).map(serializeKey), sortKeys: ['id', 'created_at'] }),
  }),
  route({
    method: 'POST',
    path: '/account/keys',
    permission: 'account',
    body: z.object({ public_key: z.string() }),
    handle: async ({ platform, actor, body }) => {
      const key = await addKey(platform, actor, body.public_key, fingerprintOf);
      return key.ok ? ok({ status: 201, body: serializeKey(key.value) }) : key;
    },
  }),
  route({
    method: 'GET',
    path: '/account/keys/:key',
    permission: 'account',
    handle: async ({ platform, actor, params }) => {
      const key = await findKey(platform, actor, params.key);
      return key.ok ? ok({ body: serializeKey(key.value) }) : key;
    },
  }),
  route({
    method: 'DELETE',
    path: '/account/keys/:key',
    permission: 'account',
    handle: async ({ platform, actor, params }) => {
      const key = await removeKey(platform, actor, params.key);
      return key.ok ? ok({ body: serializeKey(key.value) }) : key;
    },
  }),
];
