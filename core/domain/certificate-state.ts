import type { CertificateDescription, DnsRecord } from '../ports/certificates.ts';
import type { DomainCertificate } from '../records/domain.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.ts';

const PENDING_RECHECK_MS = MINUTE_MS;
/** Owners create the record within the first hour or much later: after that it is checked rarely, and `failing` in the CLI. */
const PATIENCE_MS = HOUR_MS;
const FAILING_RECHECK_MS = 5 * MINUTE_MS;
/** The servers that are asked may not know a certificate that was just requested. */
const UNKNOWN_AT_FIRST_MS = 5 * MINUTE_MS;
/** To find renewals, and changes of the listener by others. */
const ISSUED_RECHECK_MS = DAY_MS;
/** It cannot work before somebody asks AWS for a higher limit. */
const REFUSED_RECHECK_MS = 15 * MINUTE_MS;
const BACK_OFF_MAX_MS = 15 * MINUTE_MS;

/** The intent, written before the issuer is asked. */
export function newCertificate(id: string, refreshes: number, nowMs: number): DomainCertificate {
  return { id, status: 'pending', requestedAtMs: nowMs, refreshes, failures: 0, lookAtMs: nowMs };
}

/** The issuer has refused the request. */
export function afterRefusal(
  certificate: DomainCertificate,
  { reason, retry }: { readonly reason: string; readonly retry: boolean },
  nowMs: number,
): DomainCertificate {
  const { lookAtMs: _, ...rest } = certificate;
  if (!retry) return { ...rest, status: 'failed', reason, failures: 0 };
  return { ...rest, status: 'failing', reason, failures: 0, lookAtMs: nowMs + REFUSED_RECHECK_MS };
}

/** Nothing was learned: the issuer could not be reached, or throttles. The known state is kept. */
export function afterFault(certificate: DomainCertificate, nowMs: number): DomainCertificate {
  const failures = certificate.failures + 1;
  return { ...certificate, failures, lookAtMs: nowMs + backOffMs(failures) };
}

export function backOffMs(failures: number): number {
  return Math.min(BACK_OFF_MAX_MS, MINUTE_MS * 2 ** Math.min(failures - 1, 10));
}

/** `gone`: the requested certificate no longer exists, so another one must be requested. */
export function afterDescription(
  certificate: DomainCertificate,
  description: Exclude<CertificateDescription, { state: 'issued' }>,
  nowMs: number,
): DomainCertificate | 'gone' {
  const { lookAtMs: _lookAtMs, reason: _reason, ...rest } = certificate;
  const ageMs = nowMs - certificate.requestedAtMs;
  switch (description.state) {
    case 'failed':
      return { ...rest, status: 'failed', reason: description.reason, failures: 0 };
    case 'absent':
      if (ageMs >= UNKNOWN_AT_FIRST_MS) return 'gone';
      return { ...certificate, failures: 0, lookAtMs: nowMs + PENDING_RECHECK_MS };
    case 'pending': {
      const { record, validated } = description;
      const known = { ...rest, ...(record === undefined ? {} : { record }), failures: 0 };
      if (validated) return { ...known, status: 'verified', lookAtMs: nowMs + PENDING_RECHECK_MS };
      const patient = ageMs < PATIENCE_MS;
      return {
        ...known,
        status: patient ? 'pending' : 'failing',
        ...(record === undefined ? {} : { reason: createRecord(record) }),
        lookAtMs: nowMs + (patient ? PENDING_RECHECK_MS : FAILING_RECHECK_MS),
      };
    }
  }
}

/** It is issued, and was offered to the edge. */
export function afterAttachment(
  certificate: DomainCertificate,
  { certificate: issued, renewal }: Extract<CertificateDescription, { state: 'issued' }>,
  attached: { readonly ok: true } | { readonly ok: false; readonly reason: string },
  nowMs: number,
): DomainCertificate {
  const { reason: _, ...rest } = certificate;
  const known = { ...rest, issued, failures: 0 };
  if (!attached.ok) {
    return { ...known, status: 'failing', reason: attached.reason, lookAtMs: nowMs + REFUSED_RECHECK_MS };
  }
  const reason = renewal === undefined ? {} : { reason: `Needed for its renewal: ${createRecord(renewal)}` };
  return { ...known, status: 'cert issued', ...reason, lookAtMs: nowMs + ISSUED_RECHECK_MS };
}

function createRecord({ name, type, value }: DnsRecord): string {
  return `Create the DNS record ${name} ${type} ${value}`;
}
