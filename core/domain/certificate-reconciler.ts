import type { Reconciler, ReconcilerQueue } from '../reconcile/reconciler.ts';
import { CERTIFICATES_QUEUE } from '../records/domain.ts';
import { MINUTE_MS } from '../time.ts';
import type { CertificateParts } from './certificate-parts.ts';
import { stepCertificates } from './certificate-step.ts';

export const CERTIFICATES: ReconcilerQueue = {
  name: 'certificates',
  failure: 'could not check its certificates',
  queue: CERTIFICATES_QUEUE,
  idOf: ({ partition }) => partition.slice('certificates#'.length),
};

/** The certificates of custom domains: requested, looked at, served and removed, app by app. */
export const certificateReconciler = (parts: CertificateParts): Reconciler => ({
  ...CERTIFICATES,
  quarantineMaxMs: 5 * MINUTE_MS,
  pass: (appId, { deadlineMs }) => stepCertificates(parts, appId, deadlineMs),
});
