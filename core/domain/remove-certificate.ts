import type { Item } from '../ports/store.ts';
import type { CertificateRemoval } from '../records/domain.ts';
import { MINUTE_MS } from '../time.ts';
import type { CertificateParts } from './certificate-parts.ts';
import { backOffMs } from './certificate-state.ts';

/** The edge stops using a certificate within minutes of a request. */
const IN_USE_RECHECK_MS = MINUTE_MS;

/** Detaches it from the edge, then removes it. Returns the time of the next check. */
export async function stepRemoval(parts: CertificateParts, item: Item<CertificateRemoval>): Promise<number> {
  const { platform, certificates } = parts;
  const { partition, sort, version, value: removal } = item;
  if (removal.lookAtMs > platform.clock.nowMs()) return removal.lookAtMs;
  const later = async (value: CertificateRemoval): Promise<number> => {
    await platform.store.transact([{ kind: 'put', key: { partition, sort }, value, expect: version }]);
    return value.lookAtMs;
  };
  try {
    const reference = removal.reference ?? (await learnReference(parts, removal));
    if (reference !== undefined) {
      await certificates.detach(reference);
      if (!(await certificates.remove(reference))) {
        return later({ ...removal, reference, failures: 0, lookAtMs: platform.clock.nowMs() + IN_USE_RECHECK_MS });
      }
    }
    await platform.store.transact([{ kind: 'delete', key: { partition, sort }, expect: 'any' }]);
    return Number.POSITIVE_INFINITY;
  } catch (error) {
    const { appId, hostname } = removal;
    platform.problems.report(`could not remove the certificate of ${hostname}`, error, { appId });
    const failures = removal.failures + 1;
    return later({ ...removal, failures, lookAtMs: platform.clock.nowMs() + backOffMs(failures) });
  }
}

/** It may have been requested just before its removal. A repeat of the request returns its reference, or makes one to remove. */
async function learnReference(
  { certificates }: CertificateParts,
  { certificateId, hostname }: CertificateRemoval,
): Promise<string | undefined> {
  const requested = await certificates.request({ certificateId, hostname });
  if (requested.ok) return requested.reference;
  if (requested.retry) throw new Error(requested.reason);
  return undefined;
}
