import { type Failure, invalid, notFound } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../records/account.ts';
import { type AccountKey, accountKeyKey, accountKeyRecord, fingerprintKey } from '../records/account-key.ts';
import { err, ok, type Result } from '../result.ts';
import { parseSshPublicKey } from './ssh-key.ts';

export async function addKey(
  platform: Platform,
  actor: Actor,
  text: string,
  fingerprintOf: (base64: string) => string,
): Promise<Result<AccountKey, Failure>> {
  const parsed = parseSshPublicKey(text);
  if (!parsed.ok) return parsed;
  const { algorithm, base64, comment } = parsed.value;
  const nowMs = platform.clock.nowMs();
  const key: AccountKey = {
    id: platform.ids.uuid(),
    accountId: actor.accountId,
    email: actor.email,
    comment,
    fingerprint: fingerprintOf(base64),
    publicKey: [algorithm, base64, comment].filter((word) => word !== '').join(' '),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const owner = { accountId: actor.accountId, keyId: key.id };
  const written = await platform.store.transact([
    { kind: 'put', key: fingerprintKey(key.fingerprint), value: owner, expect: 'absent' },
    { kind: 'put', key: accountKeyKey(actor.accountId, key.id), value: key, expect: 'absent' },
  ]);
  return written.ok ? ok(key) : err(invalid('Fingerprint already exists. Please use unique SSH keys.'));
}

export async function listKeys(platform: Platform, actor: Actor): Promise<readonly AccountKey[]> {
  const { partition, sort } = accountKeyKey(actor.accountId, '');
  return (await accountKeyRecord.list(platform.store, { partition, prefix: sort })).map((item) => item.value);
}

export async function findKey(
  platform: Platform,
  actor: Actor,
  idOrFingerprint: string,
): Promise<Result<AccountKey, Failure>> {
  const keys = await listKeys(platform, actor);
  const key = keys.find(({ id, fingerprint }) => id === idOrFingerprint || fingerprint === idOrFingerprint);
  return key === undefined ? err(notFound('key')) : ok(key);
}

export async function removeKey(
  platform: Platform,
  actor: Actor,
  idOrFingerprint: string,
): Promise<Result<AccountKey, Failure>> {
  const found = await findKey(platform, actor, idOrFingerprint);
  if (!found.ok) return found;
  await platform.store.transact([
    { kind: 'delete', key: accountKeyKey(actor.accountId, found.value.id), expect: 'any' },
    { kind: 'delete', key: fingerprintKey(found.value.fingerprint), expect: 'any' },
  ]);
  return found;
}
