import type { Platform } from '../platform.ts';
import type { Item, Write } from '../ports/store.ts';
import { done, type PassResult, REPEAT } from '../reconcile/reconciler.ts';
import { appRecord, managerRecord } from '../records/app.ts';
import type { StoredRecord } from '../records/define-record.ts';
import {
  certificatesMark,
  certificatesMarkKey,
  certificatesMarkRecord,
  type Domain,
  domainKey,
  domainRecord,
  removalKey,
  removalRecord,
} from '../records/domain.ts';
import { HOUR_MS, SECOND_MS } from '../time.ts';
import { stepDomain } from './certificate-of-domain.ts';
import type { CertificateParts } from './certificate-parts.ts';
import { stepRemoval } from './remove-certificate.ts';

/** Soon enough for a user who waits with `heroku domains:wait`. */
const ROUTES_RECHECK_MS = SECOND_MS;
/** A newer platform wrote it, or it is damaged: this platform must not guess its meaning. */
const UNREADABLE_RECHECK_MS = HOUR_MS;

/**
 * One pass over the domains of one app: records which are routed by now; requests, checks, serves and removes certificates. It
 * acts on stored state and the issuer's answers, so it may run late, twice concurrently, or after a crash in the middle. Begins no
 * new work after `deadlineMs` and leaves the rest to the next pass.
 */
export async function stepCertificates(
  parts: CertificateParts,
  appId: string,
  deadlineMs?: number,
): Promise<PassResult> {
  const { store, clock, problems } = parts.platform;
  const mark = await certificatesMarkRecord.get(store, appId);
  if (mark === undefined) return done(Number.POSITIVE_INFINITY);
  // The app before its routes: the routes are then at least as new.
  const appItem = await appRecord.getOfAnyVersion(store, appId);
  const isLate = () => deadlineMs !== undefined && clock.nowMs() >= deadlineMs;
  let nextMs = Number.POSITIVE_INFINITY;
  const take = async <T>(
    record: Pick<StoredRecord<T, never>, 'tryRead' | 'foreignVersion'>,
    stored: Item,
    step: (item: Item<T>) => Promise<number>,
  ) => {
    const item = record.tryRead(stored);
    if (item === undefined) {
      const foreign = record.foreignVersion(stored.value) !== undefined;
      const problem = foreign ? 'was written by a newer platform' : 'cannot be read';
      problems.report(`skipped ${stored.sort}: it ${problem}`, undefined, { appId });
      nextMs = Math.min(nextMs, clock.nowMs() + UNREADABLE_RECHECK_MS);
      return;
    }
    nextMs = Math.min(nextMs, isLate() ? clock.nowMs() : await step(item));
  };

  if (appItem !== undefined && appItem.value.deletedAtMs === undefined) {
    const app = appItem.value;
    const { routedAppVersion = 0 } = (await managerRecord.get(store, appId))?.value ?? {};
    const routedHosts = new Set(routedAppVersion >= appItem.version ? app.customHosts : []);
    const { partition, sort: prefix } = domainKey(appId, '');
    for (const stored of await store.list({ partition, prefix })) {
      await take(domainRecord, stored, async (item) => {
        const domain = routedHosts.has(item.value.hostname) ? await succeeded(parts, item) : item;
        const recheckMs = domain.value.status === 'pending' ? clock.nowMs() + ROUTES_RECHECK_MS : nextMs;
        return Math.min(recheckMs, await stepDomain(parts, app, domain));
      });
    }
  }
  const { partition, sort: prefix } = removalKey(appId, '');
  for (const stored of await store.list({ partition, prefix })) {
    await take(removalRecord, stored, (removal) => stepRemoval(parts, removal));
  }

  // Another write of the mark since then requests another pass: it is kept.
  const next: Write =
    nextMs === Number.POSITIVE_INFINITY
      ? { kind: 'delete', key: certificatesMarkKey(appId), expect: mark.version }
      : certificatesMark(appId, nextMs, mark.version, clock.nowMs());
  return (await store.transact([next])).ok ? done(nextMs - clock.nowMs()) : REPEAT;
}

/** Whether a pass over this app's certificates is due. */
export async function areCertificatesDue(
  { store, clock }: Pick<Platform, 'store' | 'clock'>,
  appId: string,
): Promise<boolean> {
  const mark = await certificatesMarkRecord.get(store, appId);
  return mark !== undefined && (mark.value.lookAtMs ?? 0) <= clock.nowMs();
}

/** The dyno manager has published the routes since the domain was added. */
async function succeeded({ platform }: CertificateParts, item: Item<Domain>): Promise<Item<Domain>> {
  if (item.value.status === 'succeeded') return item;
  const value: Domain = { ...item.value, status: 'succeeded', updatedAtMs: platform.clock.nowMs() };
  const { partition, sort, version } = item;
  const written = await platform.store.transact([{ kind: 'put', key: { partition, sort }, value, expect: version }]);
  return written.ok ? { ...item, version: version + 1, value } : item;
}
