import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../adapters/local/sqlite-store.ts';
import { storeContract } from './store.contract.ts';

storeContract('SQLite in memory', async () => {
  const store = openSqliteStore(':memory:');
  return { store, close: async () => store.close() };
});

storeContract('SQLite on disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dynoform-store-'));
  const store = openSqliteStore(join(directory, 'platform.db'));
  return {
    store,
    close: async () => {
      store.close();
      await rm(directory, { recursive: true });
    },
  };
});
