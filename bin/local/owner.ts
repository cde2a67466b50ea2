import { existsSync, readFileSync } from 'node:fs';
import { authenticate, listAuthorizations, mintAuthorization } from '../../core/account/authorization.ts';
import { createAccount } from '../../core/account/create-account.ts';
import type { Records } from '../../core/platform.ts';
import { writeAtomically } from './data-directory.ts';

/** The one account of a fresh data directory. `.localhost` means this machine and can never receive mail. */
const OWNER_EMAIL = 'owner@dynoform.localhost';

export interface Owner {
  readonly apiKey: string;
  /** This database was never used before. */
  readonly isNew: boolean;
  /** The data directory had a token that this database does not accept: terminals that use it must be set up again. */
  readonly isReplaced: boolean;
}

/** The owner's token. Makes the account at the first start, and a token whenever the one in the data directory does not work. */
export async function openOwner(platform: Records, apiKeyPath: string): Promise<Owner> {
  const known = existsSync(apiKeyPath) ? readFileSync(apiKeyPath, 'utf8').trim() : undefined;
  if (known !== undefined && (await authenticate(platform, known)) !== undefined) {
    return { apiKey: known, isNew: false, isReplaced: false };
  }
  const account = await createAccount(platform, OWNER_EMAIL);
  if (!account.ok) throw new Error(account.error.message);
  const actor = { accountId: account.value.id, email: account.value.email };
  const isNew = (await listAuthorizations(platform, actor)).length === 0;
  const minted = await mintAuthorization(platform, actor, { description: 'npm start' });
  if (!minted.ok) throw new Error(minted.error.message);
  // A kill before this line leaves a token that nobody knows; the next start makes another one.
  writeAtomically(apiKeyPath, `${minted.value.token}\n`, 0o600);
  return { apiKey: minted.value.token, isNew, isReplaced: known !== undefined };
}
