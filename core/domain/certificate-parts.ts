import type { Platform } from '../platform.ts';
import type { Certificates } from '../ports/certificates.ts';

export interface CertificateParts {
  readonly platform: Pick<Platform, 'store' | 'clock' | 'ids'>;
  readonly certificates: Certificates;
  readonly report: (appId: string, problem: string, error: unknown) => void;
}
