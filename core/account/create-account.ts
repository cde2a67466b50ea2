import { type Failure, invalid } from '../failure.ts';
import type { Records } from '../platform.ts';
import { type Account, accountEmailKey, accountEmailRecord, accountKey, accountRecord } from '../records/account.ts';
import { err, ok, type Result } from '../result.ts';

const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i;
/** RFC 5321. */
const EMAIL_LENGTH_MAX = 254;

/** The account with this e-mail address, created if there is none. It has no token until one is made. */
export async function createAccount(platform: Records, email: string): Promise<Result<Account, Failure>> {
  const address = email.trim().toLowerCase();
  if (address.length > EMAIL_LENGTH_MAX || !EMAIL.test(address)) return err(invalid('Email is not a valid address.'));
  const existing = await findAccountByEmail(platform, address);
  if (existing !== undefined) return ok(existing);
  const nowMs = platform.clock.nowMs();
  const account: Account = {
    id: platform.ids.uuid(),
    email: address,
    name: '',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const written = await platform.store.transact([
    { kind: 'put', key: accountKey(account.id), value: account, expect: 'absent' },
    { kind: 'put', key: accountEmailKey(address), value: { accountId: account.id }, expect: 'absent' },
  ]);
  if (written.ok) return ok(account);
  // Another process made it meanwhile.
  const winner = await findAccountByEmail(platform, address);
  if (winner === undefined) throw new Error('an e-mail address is reserved for an account that does not exist');
  return ok(winner);
}

export async function findAccountByEmail(platform: Records, email: string): Promise<Account | undefined> {
  const pointer = await accountEmailRecord.get(platform.store, email.toLowerCase());
  return pointer && findAccount(platform, pointer.value.accountId);
}

export async function findAccount(platform: Records, accountId: string): Promise<Account | undefined> {
  return (await accountRecord.get(platform.store, accountId))?.value;
}
