import { mintAuthorization, revokeAuthorization } from '../../core/account/authorization.ts';
import { addCollaborator, removeCollaborator } from '../../core/app/collaborator.ts';
import { createApp } from '../../core/app/create-app.ts';
import type { ApiFixture, Principal } from './api-fixture.ts';

export const OWNER_SCOPES = ['global', 'identity', 'read', 'read-protected', 'write', 'write-protected'] as const;

export interface Callers {
  readonly owner: Principal;
  readonly appId: string;
  /** By the caller's name in tables of permissions; `nobody` has no token. */
  readonly tokens: ReadonlyMap<string, string | undefined>;
}

/** Makes the app `shop`, and a token of every kind of caller that it may have. The clock is a second later afterwards. */
export async function makeCallers(fixture: ApiFixture): Promise<Callers> {
  const { platform } = fixture;
  const owner = await fixture.principal('owner@example.com');
  const app = await createApp(platform, owner.actor, { name: 'shop' });
  if (!app.ok) throw new Error(app.error.message);
  const mint = async (expiresInSeconds?: number) => {
    const minted = await mintAuthorization(platform, owner.actor, expiresInSeconds ? { expiresInSeconds } : {});
    if (!minted.ok) throw new Error(minted.error.message);
    return minted.value;
  };
  const member = async (email: string, scope?: string): Promise<string> => {
    await addCollaborator(platform, app.value, email);
    return (await fixture.principal(email, scope === undefined ? undefined : [scope])).token;
  };
  const tokens = new Map<string, string | undefined>([['nobody', undefined]]);
  tokens.set('a former collaborator', await member('former@example.com'));
  await removeCollaborator(platform, owner.actor, app.value, 'former@example.com');
  const revoked = await mint();
  await revokeAuthorization(platform, owner.actor, revoked.authorization.id);
  tokens.set('a wrong token', 'HRKU-00000000-0000-4000-8000-000000000000');
  tokens.set('an expired token', (await mint(1)).token);
  tokens.set('a revoked token', revoked.token);
  tokens.set('a stranger', (await fixture.principal('stranger@example.com')).token);
  tokens.set('a collaborator', await member('collaborator@example.com'));
  tokens.set('a collaborator: read', await member('reader@example.com', 'read'));
  for (const scope of OWNER_SCOPES) {
    tokens.set(`the owner: ${scope}`, (await fixture.principal('owner@example.com', [scope])).token);
  }
  fixture.clock.advance(1_000);
  return { owner, appId: app.value.id, tokens };
}
