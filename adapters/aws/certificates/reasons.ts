import type { CertificateDetail, FailureReason } from '@aws-sdk/client-acm';

/** Quota "Certificates per Application Load Balancer", 25 besides the default one. */
export const EDGE_FULL =
  'The load balancer has no room for another certificate: the operator asks AWS for more Certificates per Application Load Balancer (25 at first)';
export const NO_ENCRYPTION =
  'This platform has no TLS: the operator gives it a domain of its own (domain in dynoform.config.ts)';
export const NO_MORE_CERTIFICATES =
  'AWS issues no more certificates to this account for now: the operator asks AWS for more ACM certificates';

const FAILURES: Partial<Record<FailureReason, string>> = {
  ADDITIONAL_VERIFICATION_REQUIRED: 'AWS wants to verify this name first: the operator opens a case with AWS Support',
  CAA_ERROR: 'CAA records of this domain forbid Amazon to issue certificates: add one for amazon.com, then refresh',
  DOMAIN_NOT_ALLOWED: 'AWS refuses this domain because it is reported as unsafe',
  DOMAIN_VALIDATION_DENIED: 'The validation of this domain was denied',
  INVALID_PUBLIC_DOMAIN: 'This is not a public domain name: nobody can validate it',
  NO_AVAILABLE_CONTACTS: 'AWS could not validate this domain',
};

/** Why there is no certificate, in text for the domain's owner. */
export function reasonOf({ Status, FailureReason }: CertificateDetail): string {
  switch (Status) {
    case 'VALIDATION_TIMED_OUT':
      return 'The DNS record was not there for 72 hours: create it, then refresh';
    case 'EXPIRED':
      return 'The certificate has expired, because its DNS record was missing when it was to be renewed: refresh';
    case 'REVOKED':
      return 'AWS has revoked the certificate: refresh';
    default:
      return (FailureReason && FAILURES[FailureReason]) ?? `AWS says ${FailureReason ?? Status ?? 'nothing'}: refresh`;
  }
}
