import { type Failure, invalid, notFound } from '../failure.ts';
import type { Records } from '../platform.ts';
import type { Expectation, Item, Write } from '../ports/store.ts';
import {
  type Actor,
  type Authorization,
  authorizationKey,
  authorizationRecord,
  type TokenPointer,
  tokenKey,
  tokenRecord,
} from '../records/account.ts';
import { TOKEN_SCOPES, type TokenScope } from '../records/token-scope.ts';
import { err, ok, type Result } from '../result.ts';
import { SECOND_MS } from '../time.ts';
import { isUuid } from '../uuid.ts';
import { isTokenScope } from './token-scope.ts';

/** An authorization with its token in clear text, which is shown only once. */
export interface MintedAuthorization {
  readonly authorization: Authorization;
  readonly token: string;
}

export interface AuthorizationRequest {
  readonly description?: string;
  /** Default: `global`. */
  readonly scope?: readonly string[];
  /** Default: never expires. */
  readonly expiresInSeconds?: number;
}

/** Ten years: a later date would be no different from "never". */
const EXPIRES_IN_SECONDS_MAX = 10 * 365 * 86_400;
const DESCRIPTION_LENGTH_MAX = 255;

export async function mintAuthorization(
  platform: Records,
  actor: Actor,
  request: AuthorizationRequest,
): Promise<Result<MintedAuthorization, Failure>> {
  const scope = checkScope(request.scope ?? ['global']);
  if (!scope.ok) return scope;
  const description = checkDescription(request.description ?? 'Long-lived user authorization');
  if (!description.ok) return description;
  const { expiresInSeconds } = request;
  if (expiresInSeconds !== undefined && !(expiresInSeconds >= 1 && expiresInSeconds <= EXPIRES_IN_SECONDS_MAX)) {
    return err(invalid(`expires_in must be between 1 and ${EXPIRES_IN_SECONDS_MAX} seconds.`));
  }
  const nowMs = platform.clock.nowMs();
  const minted = withToken(platform, {
    id: platform.ids.uuid(),
    accountId: actor.accountId,
    description: description.value,
    scope: scope.value,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...lifetime(nowMs, expiresInSeconds),
  });
  const { authorization } = minted;
  const written = await platform.store.transact([
    authorizationWrite(authorization, 'absent'),
    pointerWrite(authorization, actor.email),
  ]);
  if (!written.ok) throw new Error('a new id or token exists already');
  return ok(minted);
}

/** The owner of this token. Expired and unknown tokens give the same answer. */
export async function authenticate(platform: Records, token: string): Promise<Actor | undefined> {
  const pointer = await tokenRecord.get(platform.store, platform.ids.sha256(token));
  if (pointer === undefined) return undefined;
  const { accountId, email, scope, expiresAtMs } = pointer.value;
  if (expiresAtMs !== undefined && expiresAtMs <= platform.clock.nowMs()) return undefined;
  return { accountId, email, scope };
}

export async function listAuthorizations(platform: Records, actor: Actor): Promise<readonly Authorization[]> {
  const items = await readAuthorizations(platform, actor);
  const nowMs = platform.clock.nowMs();
  return items.map((item) => item.value).filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > nowMs);
}

export async function findAuthorization(
  platform: Records,
  actor: Actor,
  id: string,
): Promise<Result<Authorization, Failure>> {
  const item = await readAuthorization(platform, actor, id);
  return item === undefined ? err(notFound('authorization')) : ok(item.value);
}

export async function describeAuthorization(
  platform: Records,
  actor: Actor,
  id: string,
  description: string | undefined,
): Promise<Result<Authorization, Failure>> {
  const checked = description === undefined ? undefined : checkDescription(description);
  if (checked !== undefined && !checked.ok) return checked;
  return changeAuthorization(platform, actor, id, (authorization) => ({
    authorization: {
      ...authorization,
      description: checked?.value ?? authorization.description,
      updatedAtMs: platform.clock.nowMs(),
    },
    writes: [],
    value: undefined,
  })).then((changed) => (changed.ok ? ok(changed.value.authorization) : changed));
}

/** Replaces the token, which stops working at once. The lifetime starts again. */
export async function regenerateToken(
  platform: Records,
  actor: Actor,
  id: string,
): Promise<Result<MintedAuthorization, Failure>> {
  const changed = await changeAuthorization(platform, actor, id, (old) => {
    const nowMs = platform.clock.nowMs();
    const minted = withToken(platform, { ...old, updatedAtMs: nowMs, ...lifetime(nowMs, old.lifetimeSeconds) });
    return {
      authorization: minted.authorization,
      writes: [
        { kind: 'delete', key: tokenKey(old.tokenSha256), expect: 'any' },
        pointerWrite(minted.authorization, actor.email),
      ],
      value: minted.token,
    };
  });
  return changed.ok ? ok({ authorization: changed.value.authorization, token: changed.value.value }) : changed;
}

/** Refuses to revoke the last token that can do everything: nobody could then make another, and the account would be lost. */
export async function revokeAuthorization(
  platform: Records,
  actor: Actor,
  id: string,
): Promise<Result<Authorization, Failure>> {
  for (;;) {
    const item = await readAuthorization(platform, actor, id);
    if (item === undefined) return err(notFound('authorization'));
    const others = (await readApiKeys(platform, actor)).filter(({ value }) => value.id !== item.value.id);
    const [other] = others;
    if (isApiKey(item.value) && other === undefined) return err(LAST_KEY);
    const written = await platform.store.transact([
      { kind: 'delete', key: authorizationKey(actor.accountId, item.value.id), expect: item.version },
      { kind: 'delete', key: tokenKey(item.value.tokenSha256), expect: 'any' },
      // Of the last two, revoked at the same moment, one stays.
      ...(other === undefined ? [] : [checkWrite(other)]),
    ]);
    if (written.ok) return ok(item.value);
  }
}

const LAST_KEY = invalid(
  'This is the last token that can do everything in your account. Make another with `heroku authorizations:create`, then revoke this one.',
);

const checkWrite = ({ value, version }: Item<Authorization>): Write => ({
  kind: 'check',
  key: authorizationKey(value.accountId, value.id),
  expect: version,
});

/** Heroku's name for the account's API key. `heroku logout` asks which one that is, and does not revoke it. */
const API_KEY = '~';

const isApiKey = ({ scope, expiresAtMs }: Authorization) => scope.includes('global') && expiresAtMs === undefined;

/** Tokens that can do everything and never expire, the oldest first. */
async function readApiKeys(platform: Records, actor: Actor): Promise<readonly Item<Authorization>[]> {
  const items = (await readAuthorizations(platform, actor)).filter(({ value }) => isApiKey(value));
  return items.sort((a, b) => a.value.createdAtMs - b.value.createdAtMs);
}

function readAuthorizations(platform: Records, actor: Actor): Promise<readonly Item<Authorization>[]> {
  const { partition, sort: prefix } = authorizationKey(actor.accountId, '');
  return authorizationRecord.list(platform.store, { partition, prefix });
}

async function readAuthorization(
  platform: Records,
  actor: Actor,
  id: string,
): Promise<Item<Authorization> | undefined> {
  if (id === API_KEY) return (await readApiKeys(platform, actor))[0];
  return isUuid(id) ? authorizationRecord.get(platform.store, actor.accountId, id) : undefined;
}

interface AuthorizationChange<T> {
  readonly authorization: Authorization;
  readonly writes: readonly Write[];
  readonly value: T;
}

async function changeAuthorization<T>(
  platform: Records,
  actor: Actor,
  id: string,
  change: (authorization: Authorization) => AuthorizationChange<T>,
): Promise<Result<AuthorizationChange<T>, Failure>> {
  for (;;) {
    const item = await readAuthorization(platform, actor, id);
    if (item === undefined) return err(notFound('authorization'));
    const changed = change(item.value);
    const written = await platform.store.transact([
      authorizationWrite(changed.authorization, item.version),
      ...changed.writes,
    ]);
    if (written.ok) return ok(changed);
  }
}

function withToken(
  platform: Records,
  authorization: Omit<Authorization, 'tokenId' | 'tokenSha256' | 'tokenRedacted'>,
): MintedAuthorization {
  const token = `HRKU-${platform.ids.uuid()}`;
  return {
    token,
    authorization: {
      ...authorization,
      tokenId: platform.ids.uuid(),
      tokenSha256: platform.ids.sha256(token),
      tokenRedacted: `${token.slice(0, 9)}**********${token.slice(-4)}`,
    },
  };
}

function lifetime(nowMs: number, seconds: number | undefined) {
  return seconds === undefined ? {} : { lifetimeSeconds: seconds, expiresAtMs: nowMs + seconds * SECOND_MS };
}

function authorizationWrite(authorization: Authorization, expect: Expectation): Write {
  const { accountId, id, expiresAtMs } = authorization;
  return {
    kind: 'put',
    key: authorizationKey(accountId, id),
    value: authorization,
    expect,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  };
}

function pointerWrite(authorization: Authorization, email: string): Write {
  const { accountId, scope, expiresAtMs } = authorization;
  const pointer: TokenPointer = {
    accountId,
    authorizationId: authorization.id,
    email,
    scope,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  };
  return {
    kind: 'put',
    key: tokenKey(authorization.tokenSha256),
    value: pointer,
    expect: 'absent',
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  };
}

function checkScope(scope: readonly string[]): Result<readonly TokenScope[], Failure> {
  const known = [...new Set(scope)].filter(isTokenScope);
  if (known.length === 0 || scope.some((name) => !isTokenScope(name))) {
    return err(invalid(`Scope must be one or more of ${TOKEN_SCOPES.join(', ')}.`));
  }
  return ok(known);
}

function checkDescription(description: string): Result<string, Failure> {
  return description.length > DESCRIPTION_LENGTH_MAX
    ? err(invalid(`Description must be at most ${DESCRIPTION_LENGTH_MAX} characters.`))
    : ok(description);
}
