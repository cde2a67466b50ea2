import { updateApp } from '../app/update-app.ts';
import { type Failure, invalid } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Expectation, Item, Write } from '../ports/store.ts';
import { type App, appRecord } from '../records/app.ts';
import {
  certificatesMark,
  DOMAINS_PER_APP_MAX,
  type Domain,
  domainIdKey,
  domainKey,
  type HostClaim,
  hostKey,
  hostRecord,
} from '../records/domain.ts';
import { err, ok, type Result } from '../result.ts';
import { randomDnsTarget } from './dns-target.ts';
import { checkHostname, wildcardFor } from './hostname.ts';

/** From now on the name is routed to this app, once its owner points it at the DNS target. */
export async function addDomain(platform: Platform, appId: string, text: string): Promise<Result<Domain, Failure>> {
  const checked = checkHostname(text, platform.urls);
  if (!checked.ok) return checked;
  const hostname = checked.value;
  const added = await updateApp<Domain>(platform, appId, async (app) => {
    const hosts = app.customHosts ?? [];
    if (hosts.includes(hostname)) return err(invalid('Domain already added to this app.'));
    if (hosts.length / HOSTS_PER_DOMAIN >= DOMAINS_PER_APP_MAX) {
      return err(
        invalid(`This app has ${DOMAINS_PER_APP_MAX} custom domains already, which is the most that an app can have.`),
      );
    }
    const free = await freeName(platform, app, hostname);
    if (!free.ok) return free;
    const nowMs = platform.clock.nowMs();
    const domain: Domain = {
      schemaVersion: 1,
      id: platform.ids.uuid(),
      appId,
      hostname,
      dnsTarget: randomDnsTarget(platform),
      status: 'pending',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    const claim: HostClaim = { schemaVersion: 1, appId };
    return ok({
      app: { ...app, customHosts: [...hosts, hostname, domain.dnsTarget] },
      writes: [
        { kind: 'put', key: hostKey(hostname), value: claim, expect: free.value.expect },
        { kind: 'put', key: hostKey(domain.dnsTarget), value: claim, expect: 'absent' },
        { kind: 'put', key: domainKey(appId, hostname), value: domain, expect: 'absent' },
        { kind: 'put', key: domainIdKey(appId, domain.id), value: { hostname }, expect: 'absent' },
        certificatesMark(appId, nowMs),
        ...free.value.checks,
      ],
      value: domain,
    });
  });
  return added.ok ? ok(added.value.value) : added;
}

/** The domain itself and its DNS target. */
const HOSTS_PER_DOMAIN = 2;

/**
 * The name is not used by another app, and takes no traffic from another owner's wildcard. Names of an app that is being removed
 * are free.
 */
async function freeName(
  platform: Platform,
  app: App,
  hostname: string,
): Promise<Result<{ readonly expect: Expectation; readonly checks: readonly Write[] }, Failure>> {
  const inUse = err(invalid(`${hostname} is currently in use by another app.`));
  const claim = await hostRecord.get(platform.store, hostname);
  if ((await liveHolder(platform, claim)) !== undefined) return inUse;
  const expect = claim?.version ?? 'absent';
  if (hostname.startsWith('*')) return ok({ expect, checks: [] });
  const wildcardHost = wildcardFor(hostname);
  const wildcard = await hostRecord.get(platform.store, wildcardHost);
  const holder = await liveHolder(platform, wildcard);
  if (holder !== undefined && holder.ownerId !== app.ownerId) return inUse;
  return ok({ expect, checks: [{ kind: 'check', key: hostKey(wildcardHost), expect: wildcard?.version ?? 'absent' }] });
}

async function liveHolder(platform: Platform, claim: Item<HostClaim> | undefined): Promise<App | undefined> {
  const holder = claim && (await appRecord.getOfAnyVersion(platform.store, claim.value.appId))?.value;
  return holder?.deletedAtMs === undefined ? holder : undefined;
}
