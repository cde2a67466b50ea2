import * as z from 'zod';
import { findAccount } from '../../core/account/create-account.ts';
import { renameAccount } from '../../core/account/rename-account.ts';
import { type Failure, notFound } from '../../core/failure.ts';
import type { Account, Actor } from '../../core/records/account.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { apiDate } from '../../core/time.ts';
import { unsupported } from '../kernel/unsupported.ts';
import { type ApiRequest, type ObjectAnswer, type Route, route } from '../route.ts';

export function serializeAccount(account: Account) {
  return {
    allow_tracking: false,
    beta: false,
    country_of_residence: null,
    created_at: apiDate(account.createdAtMs),
    default_organization: null,
    default_team: null,
    delinquent_at: null,
    email: account.email,
    federated: false,
    id: account.id,
    identity_provider: null,
    last_login: null,
    name: account.name === '' ? null : account.name,
    sms_number: null,
    suspended_at: null,
    two_factor_authentication: false,
    updated_at: apiDate(account.updatedAtMs),
    verified: true,
  };
}

/** Parameters of routes for the caller's own account, with or without its name. */
export interface OwnAccount {
  readonly account?: string;
}

/** `~`, or the caller's own id or e-mail address; nobody can see another account. */
export function ownAccount(actor: Actor, identity: string | undefined): Result<void, Failure> {
  const own = identity === undefined || ['~', actor.accountId, actor.email].includes(identity.toLowerCase());
  return own ? ok(undefined) : err(notFound('account'));
}

const changes = z.object({ name: z.string().nullish(), allow_tracking: unsupported(), beta: unsupported() });

async function show({
  platform,
  actor,
  params,
}: ApiRequest<unknown, OwnAccount>): Promise<Result<ObjectAnswer, Failure>> {
  const own = ownAccount(actor, params.account);
  if (!own.ok) return own;
  const account = await findAccount(platform, actor.accountId);
  return account === undefined ? err(notFound('account')) : ok({ body: serializeAccount(account) });
}

async function update(
  request: ApiRequest<z.infer<typeof changes>, OwnAccount>,
): Promise<Result<ObjectAnswer, Failure>> {
  const { platform, actor, params, body } = request;
  const own = ownAccount(actor, params.account);
  if (!own.ok) return own;
  if (body.name === undefined) return show(request);
  const account = await renameAccount(platform, actor, body.name ?? '');
  return account.ok ? ok({ body: serializeAccount(account.value) }) : account;
}

export const accountRoutes: readonly Route[] = [
  route({ method: 'GET', path: '/account', permission: 'account', handle: show }),
  route({ method: 'PATCH', path: '/account', permission: 'account', body: changes, handle: update }),
  route({ method: 'GET', path: '/users/:account', permission: 'account', handle: show }),
  route({ method: 'PATCH', path: '/users/:account', permission: 'account', body: changes, handle: update }),
];
