import { createAccount, findAccount } from '../account/create-account.ts';
import { type Failure, invalid, notFound } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Actor, Collaborator } from '../records/account.ts';
import { type App, collaboratorKey, collaboratorRecord, membershipKey } from '../records/app.ts';
import { err, ok, type Result } from '../result.ts';
import { isUuid } from '../uuid.ts';

export async function listCollaborators(platform: Platform, appId: string): Promise<readonly Collaborator[]> {
  const { partition, sort } = collaboratorKey(appId, '');
  return (await collaboratorRecord.list(platform.store, { partition, prefix: sort })).map((item) => item.value);
}

/** By e-mail address, account id, or the collaborator's own id. */
export async function findCollaborator(
  platform: Platform,
  appId: string,
  identity: string,
): Promise<Result<Collaborator, Failure>> {
  const wanted = identity.toLowerCase();
  const collaborators = await listCollaborators(platform, appId);
  const collaborator = collaborators.find(({ id, accountId, email }) => [id, accountId, email].includes(wanted));
  return collaborator === undefined ? err(notFound('collaborator')) : ok(collaborator);
}

/** An unknown e-mail address gets an account, without a token at first. */
export async function addCollaborator(
  platform: Platform,
  app: App,
  emailOrId: string,
): Promise<Result<Collaborator, Failure>> {
  const known = isUuid(emailOrId) ? await findAccount(platform, emailOrId) : undefined;
  if (known === undefined && !emailOrId.includes('@')) return err(notFound('user'));
  const account = known === undefined ? await createAccount(platform, emailOrId) : ok(known);
  if (!account.ok) return account;
  const { id: accountId, email } = account.value;
  const nowMs = platform.clock.nowMs();
  const collaborator: Collaborator = {
    id: platform.ids.uuid(),
    appId: app.id,
    accountId,
    email,
    role: 'collaborator',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const written = await platform.store.transact([
    { kind: 'put', key: collaboratorKey(app.id, accountId), value: collaborator, expect: 'absent' },
    {
      kind: 'put',
      key: membershipKey(accountId, app.id),
      value: { appId: app.id, role: 'collaborator' },
      expect: 'any',
    },
  ]);
  return written.ok ? ok(collaborator) : err(invalid(`User ${email} is already a collaborator on ${app.name}.`));
}

/** The owner may remove anybody; others may only leave. */
export async function removeCollaborator(
  platform: Platform,
  actor: Actor,
  app: App,
  identity: string,
): Promise<Result<Collaborator, Failure>> {
  const found = await findCollaborator(platform, app.id, identity);
  if (!found.ok) return found;
  const { accountId, role } = found.value;
  if (app.ownerId !== actor.accountId && accountId !== actor.accountId) {
    return err({ id: 'forbidden', message: `Only the owner of ${app.name} can remove other collaborators.` });
  }
  if (role === 'owner') return err(invalid(`The owner of ${app.name} cannot be removed.`));
  await platform.store.transact([
    { kind: 'delete', key: collaboratorKey(app.id, accountId), expect: 'any' },
    { kind: 'delete', key: membershipKey(accountId, app.id), expect: 'any' },
  ]);
  return found;
}
