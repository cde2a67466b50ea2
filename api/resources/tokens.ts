import * as z from 'zod';
import { listAuthorizations, revokeAuthorization } from '../../core/account/authorization.ts';
import { invalid, notFound } from '../../core/failure.ts';
import { err, ok } from '../../core/result.ts';
import { apiDate } from '../../core/time.ts';
import { type Route, route } from '../route.ts';

const exchange = z.object({
  grant: z.object({ code: z.string().nullish() }).nullish(),
  refresh_token: z.object({ token: z.string().nullish() }).nullish(),
});

export const tokenRoutes: readonly Route[] = [
  /** Grants and refresh tokens come from OAuth clients. This platform has none, so there is nothing to exchange. */
  route({
    method: 'POST',
    path: '/oauth/tokens',
    permission: 'account',
    body: exchange,
    handle: async ({ body }) => {
      if (body.grant?.code != null) return err(notFound('grant'));
      if (body.refresh_token?.token != null) return err(notFound('refresh token'));
      return err(invalid('Send grant.code or refresh_token.token, or make a token with POST /oauth/authorizations.'));
    },
  }),
  /** Revokes one of the caller's tokens, given by its id or by the token itself. */
  route({
    method: 'DELETE',
    path: '/oauth/tokens/:token',
    permission: 'account',
    handle: async ({ platform, actor, params }) => {
      const named = params.token;
      const sha256 = platform.ids.sha256(named);
      const authorizations = await listAuthorizations(platform, actor);
      const found = authorizations.find(({ tokenId, tokenSha256 }) => tokenId === named || tokenSha256 === sha256);
      if (found === undefined) return err(notFound('token'));
      const revoked = await revokeAuthorization(platform, actor, found.id);
      if (!revoked.ok) return revoked;
      return ok({
        body: {
          access_token: { expires_in: null, id: found.tokenId, token: found.tokenRedacted },
          authorization: { id: found.id },
          client: null,
          created_at: apiDate(found.createdAtMs),
          grant: null,
          id: found.tokenId,
          refresh_token: null,
          session: null,
          updated_at: apiDate(found.updatedAtMs),
          user: { id: actor.accountId },
        },
      });
    },
  }),
];
