import type { Reconciler } from '../reconcile/reconciler.ts';
import { firstReasons, type StatusSource } from '../reconcile/status.ts';
import { CERTIFICATES_QUEUE, certificatesMarkRecord, type Domain } from '../records/domain.ts';
import { MINUTE_MS } from '../time.ts';
import type { CertificateParts } from './certificate-parts.ts';
import { stepCertificates } from './certificate-step.ts';
import { readDomains } from './find-domain.ts';

export const CERTIFICATES: StatusSource = {
  name: 'certificates',
  failure: 'could not check its certificates',
  queue: CERTIFICATES_QUEUE,
  idOf: ({ partition }) => partition.slice('certificates#'.length),
  async readStatus(store, appId) {
    const mark = (await certificatesMarkRecord.get(store, appId))?.value;
    const waiting = (await readDomains(store, appId)).flatMap(({ value }) => reasonsOf(value));
    return { lastPassAtMs: mark?.passedAtMs, nextPassAtMs: mark?.lookAtMs, waiting: firstReasons(waiting) };
  },
};

/** The certificates of custom domains: requests, checks, serves and removes them, app by app. */
export const certificateReconciler = (parts: CertificateParts): Reconciler => ({
  ...CERTIFICATES,
  quarantineMaxMs: 5 * MINUTE_MS,
  pass: (appId, { deadlineMs }) => stepCertificates(parts, appId, deadlineMs),
});

function reasonsOf({ hostname, status, certificate }: Domain): readonly string[] {
  if (status === 'pending') return [`${hostname} to be routed`];
  if (certificate === undefined || certificate.status === 'cert issued') return [];
  const { status: acm, reason } = certificate;
  return [`the certificate of ${hostname} (${acm})${reason === undefined ? '' : `: ${reason}`}`];
}
