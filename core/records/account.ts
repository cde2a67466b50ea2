import { count, fields, listOf, number, oneOf, optional, text } from './checks.ts';
import { defineRecord } from './define-record.ts';
import { TOKEN_SCOPES, type TokenScope } from './token-scope.ts';

/** Item: `account#<id>` / `account`; its e-mail is reserved by `account-email#<email>` / `account-email` (`{ accountId }`). */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Item: `account#<id>` / `authorization#<id>`. The token itself is stored only as a hash. */
export interface Authorization {
  readonly id: string;
  readonly accountId: string;
  readonly description: string;
  readonly scope: readonly TokenScope[];
  readonly tokenId: string;
  readonly tokenSha256: string;
  /** For lists: its first and last characters around ten asterisks, which clients compare with their own token. */
  readonly tokenRedacted: string;
  /** As requested, so that a regenerated token lives as long again. */
  readonly lifetimeSeconds?: number;
  readonly expiresAtMs?: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Item: `token#<sha256 of the token>` / `token`: finds the authorization of a bearer token. */
export interface TokenPointer {
  readonly accountId: string;
  readonly authorizationId: string;
  /** Copies, so that one read authenticates a request. Neither changes while the token lives. */
  readonly email: string;
  readonly scope: readonly TokenScope[];
  readonly expiresAtMs?: number;
}

export interface Collaborator {
  readonly id: string;
  readonly appId: string;
  readonly accountId: string;
  readonly email: string;
  readonly role: 'owner' | 'collaborator';
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const accountKey = (accountId: string) => ({ partition: `account#${accountId}`, sort: 'account' });
export const accountEmailKey = (email: string) => ({ partition: `account-email#${email}`, sort: 'account-email' });
export const authorizationKey = (accountId: string, id: string) => ({
  partition: `account#${accountId}`,
  sort: `authorization#${id}`,
});
export const tokenKey = (tokenSha256: string) => ({ partition: `token#${tokenSha256}`, sort: 'token' });

/** The caller: the account behind a verified token. */
export interface Actor {
  readonly accountId: string;
  readonly email: string;
  /** Absent for the platform itself, which may do everything. */
  readonly scope?: readonly TokenScope[];
}

const scopeShape = listOf(oneOf(...TOKEN_SCOPES));

export const accountRecord = defineRecord({
  noun: 'account',
  version: 1,
  key: accountKey,
  shape: fields<Account>({ id: text, email: text, name: text, createdAtMs: count, updatedAtMs: count }),
});
export const accountEmailRecord = defineRecord({
  noun: 'e-mail address',
  version: 1,
  key: accountEmailKey,
  shape: fields<{ readonly accountId: string }>({ accountId: text }),
});
export const authorizationRecord = defineRecord({
  noun: 'authorization',
  version: 1,
  key: authorizationKey,
  shape: fields<Authorization>({
    id: text,
    accountId: text,
    description: text,
    scope: scopeShape,
    tokenId: text,
    tokenSha256: text,
    tokenRedacted: text,
    lifetimeSeconds: optional(number),
    expiresAtMs: optional(number),
    createdAtMs: count,
    updatedAtMs: count,
  }),
});
export const tokenRecord = defineRecord({
  noun: 'token',
  version: 1,
  key: tokenKey,
  shape: fields<TokenPointer>({
    accountId: text,
    authorizationId: text,
    email: text,
    scope: scopeShape,
    expiresAtMs: optional(number),
  }),
});
