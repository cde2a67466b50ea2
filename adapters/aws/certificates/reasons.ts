import type { CertificateDetail, FailureReason } from '@aws-sdk/client-acm';

/** Quota "Certificates per Application Load Balancer", 25 besides the default one. */
export const EDGE_FULL =
  'The load balancer has reached its limit of certificates: the operator must raise the AWS quota "Certificates per Application Load Balancer" (25 by default)';
export const NO_ENCRYPTION =
  'This platform has no TLS: the operator must give it a domain (domain in dynoform.config.ts)';
export const NO_MORE_CERTIFICATES =
  'The AWS account has reached its limit of certificates: the operator must raise the quota of ACM certificates';

const FAILURES: Partial<Record<FailureReason, string>> = {
  ADDITIONAL_VERIFICATION_REQUIRED: 'AWS must verify this name first: the operator must open a case with AWS Support',
  CAA_ERROR:
    'CAA records of this domain do not allow Amazon to issue certificates: add one for amazon.com, then refresh',
  DOMAIN_NOT_ALLOWED: 'AWS refuses this domain because it is reported as unsafe',
  DOMAIN_VALIDATION_DENIED: 'The validation of this domain was denied',
  INVALID_PUBLIC_DOMAIN: 'This is not a public domain name, so it cannot be validated',
  NO_AVAILABLE_CONTACTS: 'AWS could not validate this domain',
};

/** Why there is no certificate, in text for the domain's owner. */
export function reasonOf({ Status, FailureReason }: CertificateDetail): string {
  switch (Status) {
    case 'VALIDATION_TIMED_OUT':
      return 'The DNS record was missing for 72 hours: create it, then refresh';
    case 'EXPIRED':
      return 'The certificate has expired because its DNS record was missing at its renewal: create the record, then refresh';
    case 'REVOKED':
      return 'AWS has revoked the certificate: refresh';
    default:
      return (
        (FailureReason && FAILURES[FailureReason]) ?? `AWS reports ${FailureReason ?? Status ?? 'no reason'}: refresh`
      );
  }
}
