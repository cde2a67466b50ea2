import { updateApp } from '../app/update-app.ts';
import type { Failure } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Item, Write } from '../ports/store.ts';
import {
  certificatesMark,
  type Domain,
  domainIdKey,
  domainKey,
  hostKey,
  hostRecord,
  removalOf,
} from '../records/domain.ts';
import { ok, type Result } from '../result.ts';
import { findDomain, readDomains } from './find-domain.ts';

/** Takes effect at once; its certificate is detached from the edge later. */
export async function removeDomain(
  platform: Platform,
  appId: string,
  identity: string,
): Promise<Result<Domain, Failure>> {
  const removed = await updateApp<Domain>(platform, appId, async (app) => {
    const found = await findDomain(platform.store, appId, identity);
    if (!found.ok) return found;
    const { hostname, dnsTarget } = found.value.value;
    const nowMs = platform.clock.nowMs();
    return ok({
      app: { ...app, customHosts: (app.customHosts ?? []).filter((host) => host !== hostname && host !== dnsTarget) },
      writes: [
        ...recordsGone(found.value, nowMs),
        { kind: 'delete', key: hostKey(hostname), expect: 'any' },
        { kind: 'delete', key: hostKey(dnsTarget), expect: 'any' },
        certificatesMark(appId, nowMs),
      ],
      value: found.value.value,
    });
  });
  return removed.ok ? ok(removed.value.value) : removed;
}

/** For a deleted app. Names that another app has claimed meanwhile stay with that app. May be repeated. */
export async function removeDomainsOfDeletedApp(platform: Platform, appId: string): Promise<void> {
  const { store } = platform;
  for (;;) {
    const items = await readDomains(store, appId);
    if (items.length === 0) return;
    for (const item of items) {
      const nowMs = platform.clock.nowMs();
      const hosts = [item.value.hostname, item.value.dnsTarget];
      // A conflict with the certificate step: the next round removes the rest.
      await store.transact([
        ...recordsGone(item, nowMs),
        ...(await Promise.all(hosts.map((host) => claimGone(platform, appId, host)))).flat(),
        certificatesMark(appId, nowMs),
      ]);
    }
  }
}

function recordsGone({ value: domain, version }: Item<Domain>, nowMs: number): readonly Write[] {
  const { appId, hostname, certificate } = domain;
  return [
    { kind: 'delete', key: domainKey(appId, hostname), expect: version },
    { kind: 'delete', key: domainIdKey(appId, domain.id), expect: 'any' },
    ...(certificate === undefined ? [] : [removalOf(domain, certificate, nowMs)]),
  ];
}

async function claimGone({ store }: Platform, appId: string, host: string): Promise<readonly Write[]> {
  const claim = await hostRecord.get(store, host);
  if (claim?.value.appId !== appId) return [];
  return [{ kind: 'delete', key: hostKey(host), expect: claim.version }];
}
