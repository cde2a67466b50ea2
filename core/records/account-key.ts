import { count, fields, text } from './checks.ts';
import { defineRecord } from './define-record.ts';

/** Item: `account#<id>` / `key#<uuid>`; its fingerprint is reserved by `ssh-key#<fingerprint>` / `ssh-key`. */
export interface AccountKey {
  readonly id: string;
  readonly accountId: string;
  readonly email: string;
  readonly comment: string;
  /** MD5 with colons, as the API has always shown it; an identifier, not a protection. */
  readonly fingerprint: string;
  readonly publicKey: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const accountKeyKey = (accountId: string, id: string) => ({
  partition: `account#${accountId}`,
  sort: `key#${id}`,
});
export const fingerprintKey = (fingerprint: string) => ({ partition: `ssh-key#${fingerprint}`, sort: 'ssh-key' });

export const accountKeyRecord = defineRecord({
  noun: 'key',
  version: 1,
  key: accountKeyKey,
  shape: fields<AccountKey>({
    id: text,
    accountId: text,
    email: text,
    comment: text,
    fingerprint: text,
    publicKey: text,
    createdAtMs: count,
    updatedAtMs: count,
  }),
});
