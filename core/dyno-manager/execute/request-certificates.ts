import { areCertificatesDue } from '../../domain/certificate-step.ts';
import type { App } from '../../records/app.ts';
import type { DynoManagerParts } from '../parts.ts';

/** Domains wait for their routes, and a deleted app's certificates for the end of its domains. The sweep finds lost requests. */
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
