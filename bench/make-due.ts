import path from 'node:path';
import { openSqliteStore } from '../adapters/local/sqlite-store.ts';
import { managerDirty } from '../core/app/update-app.ts';
import { DYNO_PREFIX, type Dyno } from '../core/records/dyno.ts';
import { storedList } from '../test/stored.ts';

/** Makes all dynos of the app due for their cycle now, as if a day and their share of 216 minutes had passed. */
export async function makeCyclesDue(dataDirectory: string, appId: string): Promise<void> {
  const store = openSqliteStore(path.join(dataDirectory, 'store.db'));
  const nowMs = Date.now();
  const dynos = await storedList<Dyno>(store, { partition: `app#${appId}`, prefix: DYNO_PREFIX });
  const written = await store.transact([
    ...dynos.map(
      (item) => ({ kind: 'put', key: item, value: { ...item.value, cycleAtMs: nowMs }, expect: item.version }) as const,
    ),
    managerDirty(appId, nowMs),
  ]);
  store.close();
  if (!written.ok) throw new Error('the dynos changed meanwhile');
}
