import { areCertificatesDue } from '../../domain/certificate-step.ts';
import type { App } from '../../records/app.ts';
import type { DynoManagerParts } from '../parts.ts';

/** Domains wait for their routes, and a deleted app's certificates for the end of its domains. The sweep finds lost requests. */
export async function requestCertificates(
  { platform, certificateRequests }: DynoManagerParts,
  { id: appId, customHosts }: App,
): Promise<void> {
  if (customHosts === undefined) return;
  try {
    if (await areCertificatesDue(platform, appId)) certificateRequests.enqueue(appId);
  } catch (error) {
    platform.problems.report('could not queue the certificate check; the next sweep retries it', error, { appId });
  }
}
