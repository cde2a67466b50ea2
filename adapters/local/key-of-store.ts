import { existsSync } from 'node:fs';
import { KeyFileRefused, openKeyFile, type PlatformKeys } from './key-file.ts';
import type { SqliteStore } from './sqlite-store.ts';

/**
 * The key file of this database, made only for an empty one. With another key every config var would be unreadable, and what is
 * sealed from then on could not be read with the right key either. Throws `KeyFileRefused` and changes nothing.
 */
export function openKeyOfStore(keyPath: string, store: SqliteStore, storePath: string): PlatformKeys {
  const storeId = store.keyId();
  const empty = `or, to start with an empty platform, move ${storePath} away`;
  if (!existsSync(keyPath) && (storeId !== undefined || !store.isEmpty())) {
    throw new KeyFileRefused(
      `the key file ${keyPath} is missing, and the config vars in ${storePath} can be read with no other: restore it from a backup, ${empty}`,
    );
  }
  const keys = openKeyFile(keyPath);
  if (storeId === undefined) store.setKeyId(keys.id);
  else if (storeId !== keys.id) {
    throw new KeyFileRefused(
      `the key file ${keyPath} is not the one of ${storePath}, whose config vars it cannot read: restore the key file from a backup of the same time, ${empty}`,
    );
  }
  return keys;
}
