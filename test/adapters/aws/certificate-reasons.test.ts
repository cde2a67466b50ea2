import type { CertificateDetail } from '@aws-sdk/client-acm';
import { reasonOf } from '../../../adapters/aws/certificates/reasons.ts';

test.each<{ detail: CertificateDetail; says: string }>([
  {
    detail: { Status: 'VALIDATION_TIMED_OUT' },
    says: 'The DNS record was missing for 72 hours: create it, then refresh',
  },
  {
    detail: { Status: 'EXPIRED' },
    says: 'The certificate has expired because its DNS record was missing at its renewal: create the record, then refresh',
  },
  { detail: { Status: 'REVOKED' }, says: 'AWS has revoked the certificate: refresh' },
  {
    detail: { Status: 'FAILED', FailureReason: 'ADDITIONAL_VERIFICATION_REQUIRED' },
    says: 'AWS must verify this name first: the operator must open a case with AWS Support',
  },
  {
    detail: { Status: 'FAILED', FailureReason: 'CAA_ERROR' },
    says: 'CAA records of this domain do not allow Amazon to issue certificates: add one for amazon.com, then refresh',
  },
  {
    detail: { Status: 'FAILED', FailureReason: 'DOMAIN_NOT_ALLOWED' },
    says: 'AWS refuses this domain because it is reported as unsafe',
  },
  {
    detail: { Status: 'FAILED', FailureReason: 'DOMAIN_VALIDATION_DENIED' },
    says: 'The validation of this domain was denied',
  },
  {
    detail: { Status: 'FAILED', FailureReason: 'INVALID_PUBLIC_DOMAIN' },
    says: 'This is not a public domain name, so it cannot be validated',
  },
  {
    detail: { Status: 'FAILED', FailureReason: 'NO_AVAILABLE_CONTACTS' },
    says: 'AWS could not validate this domain',
  },
  { detail: { Status: 'FAILED', FailureReason: 'OTHER' }, says: 'AWS reports OTHER: refresh' },
  { detail: { Status: 'INACTIVE' }, says: 'AWS reports INACTIVE: refresh' },
  { detail: {}, says: 'AWS reports no reason: refresh' },
])('$detail: $says', ({ detail, says }) => {
  expect(reasonOf(detail)).toBe(says);
});
