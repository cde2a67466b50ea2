import { areCertificatesDue } from '../../domain/certificate-step.ts';
import type { App } from '../../records/app.ts';
import type { DynoManagerParts } from '../parts.ts';

/** Domains wait for their routes, and certificates of a deleted app for the end of its domains. What is lost here waits for the sweep. */
export async function requestCertificates(
  { platform, certificateRequests, report }: DynoManagerParts,
  { id, customHosts }: App,
): Promise<void> {
  if (customHosts === undefined) return;
  try {
    if (await areCertificatesDue(platform, id)) certificateRequests.enqueue(id);
  } catch (error) {
    report(id, 'could not queue the certificate check; the next sweep retries it', error);
  }
}
