import type { Platform } from '../platform.ts';
import type { Item, Write } from '../ports/store.ts';
import { type App, appKey, type ManagerMark, managerKey } from '../records/app.ts';
import {
  CERTIFICATES_QUEUE,
  type CertificateRemoval,
  type CertificatesMark,
  certificatesMark,
  certificatesMarkKey,
  type Domain,
  removalKey,
} from '../records/domain.ts';
import { HOUR_MS, SECOND_MS } from '../time.ts';
import { stepDomain } from './certificate-of-domain.ts';
import type { CertificateParts } from './certificate-parts.ts';
import { readDomains } from './find-domain.ts';
import { stepRemoval } from './remove-certificate.ts';

/** Soon enough for somebody who waits with `heroku domains:wait`. */
const ROUTES_RECHECK_MS = SECOND_MS;
/** A newer platform wrote it: what it means is not for this one to guess. */
const UNREADABLE_RECHECK_MS = HOUR_MS;

/**
 * One look at the domains of one app: which are routed by now, which certificates have to be requested, looked at,
 * served or removed. It acts on what is stored and what the issuer answers, so it may run late, twice at once, or
 * after a crash in the middle; begins nothing new after `deadlineMs` and leaves the rest to the next run.
 */
export async function stepCertificates(parts: CertificateParts, appId: string, deadlineMs?: number): Promise<void> {
  const { store, clock } = parts.platform;
  const mark = await store.get<CertificatesMark>(certificatesMarkKey(appId));
  if (mark === undefined) return;
  const app = (await store.get<App>(appKey(appId)))?.value;
  const isLate = () => deadlineMs !== undefined && clock.nowMs() >= deadlineMs;
  let nextMs = Number.POSITIVE_INFINITY;
  const take = async (item: Item<{ readonly schemaVersion: number }>, step: () => Promise<number>) => {
    if (item.value.schemaVersion !== 1) {
      parts.report(appId, `${item.sort} was written by a newer platform and is left alone`, undefined);
      nextMs = Math.min(nextMs, clock.nowMs() + UNREADABLE_RECHECK_MS);
      return;
    }
    nextMs = Math.min(nextMs, isLate() ? clock.nowMs() : await step());
  };

  if (app !== undefined && app.deletedAtMs === undefined) {
    const routed = (await store.get<ManagerMark>(managerKey(appId)))?.value.dirty === false;
    for (const item of await readDomains(store, appId)) {
      await take(item, async () => {
        const domain = routed ? await succeeded(parts, item) : item;
        const recheckMs = domain.value.status === 'pending' ? clock.nowMs() + ROUTES_RECHECK_MS : nextMs;
        return Math.min(recheckMs, await stepDomain(parts, app, domain));
      });
    }
  }
  const { partition, sort: prefix } = removalKey(appId, '');
  for (const removal of await store.list<CertificateRemoval>({ partition, prefix })) {
    await take(removal, () => stepRemoval(parts, removal));
  }

  // Whoever wrote the mark since then wants another look: it stays as he left it.
  const done: Write =
    nextMs === Number.POSITIVE_INFINITY
      ? { kind: 'delete', key: certificatesMarkKey(appId), expect: mark.version }
      : certificatesMark(appId, nextMs, mark.version);
  await store.transact([done]);
}

/** Apps whose certificates want a look by now. What is left is still due at the next minute's. */
export async function appsWithDueCertificates({ store, clock }: Pick<Platform, 'store' | 'clock'>, limit: number) {
  const due = await store.due<CertificatesMark>(CERTIFICATES_QUEUE, clock.nowMs(), limit);
  return due.map(({ value }) => value.appId);
}

/** Whether this app's certificates want a look by now. */
export async function areCertificatesDue(
  { store, clock }: Pick<Platform, 'store' | 'clock'>,
  appId: string,
): Promise<boolean> {
  const mark = await store.get<CertificatesMark>(certificatesMarkKey(appId));
  return mark !== undefined && (mark.value.lookAtMs ?? 0) <= clock.nowMs();
}

/** The dyno manager has looked since the domain was added, and told the routers. */
async function succeeded({ platform }: CertificateParts, item: Item<Domain>): Promise<Item<Domain>> {
  if (item.value.status === 'succeeded') return item;
  const value: Domain = { ...item.value, status: 'succeeded', updatedAtMs: platform.clock.nowMs() };
  const { partition, sort, version } = item;
  const written = await platform.store.transact([{ kind: 'put', key: { partition, sort }, value, expect: version }]);
  return written.ok ? { ...item, version: version + 1, value } : item;
}
