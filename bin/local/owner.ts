import { existsSync, readFileSync } from 'node:fs';
import { mintAuthorization } from '../../core/account/authorization.ts';
import { createAccount } from '../../core/account/create-account.ts';
import type { Platform } from '../../core/platform.ts';
import { writeAtomically } from './data-directory.ts';

/** The one account of a fresh data directory. `.localhost` means this machine and can never receive mail. */
const OWNER_EMAIL = 'owner@dynoform.localhost';

export interface Owner {
  readonly apiKey: string;
  /** This data directory was never used before. */
  readonly isNew: boolean;
}

/** Reads the owner's token; at the first start makes the account and the token. */
export async function openOwner(platform: Platform, apiKeyPath: string): Promise<Owner> {
  if (existsSync(apiKeyPath)) return { apiKey: readFileSync(apiKeyPath, 'utf8').trim(), isNew: false };
  const account = await createAccount(platform, OWNER_EMAIL);
  if (!account.ok) throw new Error(account.error.message);
  const actor = { accountId: account.value.id, email: account.value.email };
  const minted = await mintAuthorization(platform, actor, { description: 'npm start' });
  if (!minted.ok) throw new Error(minted.error.message);
  // A kill before this line leaves a token that nobody knows; the next start makes another one.
  writeAtomically(apiKeyPath, `${minted.value.token}\n`, 0o600);
  return { apiKey: minted.value.token, isNew: true };
}
