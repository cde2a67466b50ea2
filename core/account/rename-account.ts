import { type Failure, invalid, notFound } from '../failure.ts';
import type { Platform } from '../platform.ts';
import { type Account, type Actor, accountKey, accountRecord } from '../records/account.ts';
import { err, ok, type Result } from '../result.ts';

const NAME_LENGTH_MAX = 255;

export async function renameAccount(platform: Platform, actor: Actor, name: string): Promise<Result<Account, Failure>> {
  if (name.length > NAME_LENGTH_MAX) return err(invalid(`Name must be at most ${NAME_LENGTH_MAX} characters.`));
  for (;;) {
    const item = await accountRecord.get(platform.store, actor.accountId);
    if (item === undefined) return err(notFound('account'));
    const account: Account = { ...item.value, name, updatedAtMs: platform.clock.nowMs() };
    const key = accountKey(actor.accountId);
    const written = await platform.store.transact([{ kind: 'put', key, value: account, expect: item.version }]);
    if (written.ok) return ok(account);
  }
}
