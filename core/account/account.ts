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
  readonly scope: readonly string[];
  readonly tokenId: string;
  readonly tokenSha256: string;
  /** For lists: the first and last characters around ten asterisks (heroku-cli-routes §3). */
  readonly tokenRedacted: string;
  readonly expiresAtMs?: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Item: `token#<sha256 of the token>` / `token`: finds the authorization of a bearer token. */
export interface TokenPointer {
  readonly accountId: string;
  readonly authorizationId: string;
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

/** Who asks: the account behind a verified token. */
export interface Actor {
  readonly accountId: string;
  readonly email: string;
}
