import { type Failure, notFound } from '../failure.ts';
import type { Item, Store } from '../ports/store.ts';
import { type Domain, domainIdRecord, domainKey, domainRecord } from '../records/domain.ts';
import { err, ok, type Result } from '../result.ts';
import { isUuid } from '../uuid.ts';
import { normalHostname } from './hostname.ts';

export async function readDomains(store: Store, appId: string): Promise<readonly Item<Domain>[]> {
  const { partition, sort } = domainKey(appId, '');
  return domainRecord.list(store, { partition, prefix: sort });
}

/** By host name or id. */
export async function findDomain(
  store: Store,
  appId: string,
  identity: string,
): Promise<Result<Item<Domain>, Failure>> {
  const id = identity.toLowerCase();
  const byId = isUuid(id) ? await domainIdRecord.get(store, appId, id) : undefined;
  const hostname = byId?.value.hostname ?? normalHostname(identity);
  const item = await domainRecord.get(store, appId, hostname);
  return item === undefined ? err(notFound('domain')) : ok(item);
}
