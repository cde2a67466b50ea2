import * as z from 'zod';
import {
  describeAuthorization,
  findAuthorization,
  listAuthorizations,
  type MintedAuthorization,
  mintAuthorization,
  regenerateToken,
  revokeAuthorization,
} from '../../core/account/authorization.ts';
import { notFound } from '../../core/failure.ts';
import type { Actor, Authorization } from '../../core/records/account.ts';
import { err, ok } from '../../core/result.ts';
import { apiDate, SECOND_MS } from '../../core/time.ts';
import { unsupported } from '../kernel/unsupported.ts';
import { type Route, route } from '../route.ts';

/** Contains `token` in clear text only right after creation; afterwards nobody can read it. */
function serializeAuthorization(authorization: Authorization, actor: Actor, nowMs: number, token?: string) {
  const { expiresAtMs } = authorization;
  return {
    access_token: {
      expires_in: expiresAtMs === undefined ? null : Math.max(0, Math.ceil((expiresAtMs - nowMs) / SECOND_MS)),
      id: authorization.tokenId,
      token: token ?? authorization.tokenRedacted,
    },
    client: null,
    created_at: apiDate(authorization.createdAtMs),
    description: authorization.description,
    grant: null,
    id: authorization.id,
    refresh_token: null,
    scope: authorization.scope,
    session: null,
    updated_at: apiDate(authorization.updatedAtMs),
    user: { email: actor.email, full_name: null, id: actor.accountId },
  };
}

const minted = ({ authorization, token }: MintedAuthorization, actor: Actor, nowMs: number) =>
  serializeAuthorization(authorization, actor, nowMs, token);

const creation = z.object({
  client: unsupported(),
  description: z.string().nullish(),
  /** The official CLI sends its flag as text. */
  expires_in: z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^\d{1,10}$/)
          .transform(Number),
      ],
      'expected a number of seconds',
    )
    .nullish(),
  scope: z.array(z.string()).nullish(),
});

export const authorizationRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/oauth/authorizations',
    permission: 'account',
    handle: async ({ platform, actor }) => {
      const nowMs = platform.clock.nowMs();
      const list = await listAuthorizations(platform, actor);
      return ok({
        list: list.map((authorization) => serializeAuthorization(authorization, actor, nowMs)),
        sortKeys: ['id', 'created_at', 'updated_at'],
      });
    },
  }),
  route({
    method: 'POST',
    path: '/oauth/authorizations',
    permission: 'account',
    body: creation,
    handle: async ({ platform, actor, body }) => {
      const made = await mintAuthorization(platform, actor, {
        ...(body.description == null ? {} : { description: body.description }),
        ...(body.expires_in == null ? {} : { expiresInSeconds: body.expires_in }),
        ...(body.scope == null ? {} : { scope: body.scope }),
      });
      return made.ok ? ok({ status: 201, body: minted(made.value, actor, platform.clock.nowMs()) }) : made;
    },
  }),
  route({
    method: 'GET',
    path: '/oauth/authorizations/:authorization',
    permission: 'account',
    handle: async ({ platform, actor, params }) => {
      const found = await findAuthorization(platform, actor, params.authorization);
      return found.ok ? ok({ body: serializeAuthorization(found.value, actor, platform.clock.nowMs()) }) : found;
    },
  }),
  route({
    method: 'PATCH',
    path: '/oauth/authorizations/:authorization',
    permission: 'account',
    body: z.object({ client: unsupported(), description: z.string().nullish() }),
    handle: async ({ platform, actor, params, body }) => {
      const id = params.authorization;
      const changed = await describeAuthorization(platform, actor, id, body.description ?? undefined);
      return changed.ok ? ok({ body: serializeAuthorization(changed.value, actor, platform.clock.nowMs()) }) : changed;
    },
  }),
  route({
    method: 'DELETE',
    path: '/oauth/authorizations/:authorization',
    permission: 'account',
    handle: async ({ platform, actor, params }) => {
      const revoked = await revokeAuthorization(platform, actor, params.authorization);
      return revoked.ok ? ok({ body: serializeAuthorization(revoked.value, actor, platform.clock.nowMs()) }) : revoked;
    },
  }),
  route({
    method: 'POST',
    path: '/oauth/authorizations/:authorization/actions/regenerate-tokens',
    permission: 'account',
    handle: async ({ platform, actor, params }) => {
      const made = await regenerateToken(platform, actor, params.authorization);
      return made.ok ? ok({ body: minted(made.value, actor, platform.clock.nowMs()) }) : made;
    },
  }),
  // Authorizations make tokens, browser sessions do not. `heroku logout` accepts this answer and goes on to revoke the
  // authorization of its token.
  route({
    method: 'DELETE',
    path: '/oauth/sessions/:session',
    permission: 'account',
    handle: async () => err(notFound('session')),
  }),
  route({
    method: 'GET',
    path: '/oauth/sessions',
    permission: 'account',
    handle: async () => ok({ list: [], sortKeys: ['id'] }),
  }),
];
