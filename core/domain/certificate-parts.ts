import type { Platform } from '../platform.ts';
import type { Certificates } from '../ports/certificates.ts';

export interface CertificateParts {
  readonly platform: Pick<Platform, 'store' | 'clock' | 'ids' | 'problems'>;
  readonly certificates: Certificates;
}
