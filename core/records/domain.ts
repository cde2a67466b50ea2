import type { DnsRecord, IssuedCertificate } from '../ports/certificates.ts';
import type { Write } from '../ports/store.ts';
import { count, fields, number, oneOf, optional, text } from './checks.ts';
import { defineRecord } from './define-record.ts';

export const DOMAINS_PER_APP_MAX = 1_000;

/** A custom domain of an app. Item: partition `app#<appId>`, sort `domain#<hostname>`. */
export interface Domain {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly appId: string;
  readonly hostname: string;
  /** The target of its owner's DNS record; never changes while the domain exists. */
  readonly dnsTarget: string;
  /** `pending` until its routes were published. */
  readonly status: 'pending' | 'succeeded';
  readonly certificate?: DomainCertificate;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/**
 * Heroku's statuses. `cert issued` is the final success, for which the CLI also waits: issued, and served to visitors. `failed` is
 * kept until a user requests a refresh; `failing` is retried.
 */
export type AcmStatus = 'pending' | 'verified' | 'cert issued' | 'failing' | 'failed';

export interface DomainCertificate {
  /** Ours, written before the certificate is requested, so that the request can be repeated. */
  readonly id: string;
  /** The issuer's; absent until it has answered. */
  readonly reference?: string;
  readonly status: AcmStatus;
  /** For the domain's owner: what is wrong, or what to do. */
  readonly reason?: string;
  /** The DNS record with which the owner proves that the domain is theirs. */
  readonly record?: DnsRecord;
  readonly issued?: IssuedCertificate;
  readonly requestedAtMs: number;
  /** The app's `acm.refreshes` that was last handled. */
  readonly refreshes: number;
  /** Failed checks in a row. */
  readonly failures: number;
  /** Absent: only a refresh continues from here. */
  readonly lookAtMs?: number;
}

/** A certificate that is no longer needed. It outlives its domain, and its app. */
export interface CertificateRemoval {
  readonly schemaVersion: 1;
  readonly appId: string;
  readonly certificateId: string;
  readonly hostname: string;
  readonly reference?: string;
  readonly failures: number;
  readonly lookAtMs: number;
}

/** Requests a pass over the certificates of an app. Item: partition `certificates#<appId>`, due in queue `certificates`. */
export interface CertificatesMark {
  readonly schemaVersion: 1;
  readonly appId: string;
  /** The same as in the due queue; absent in older marks. */
  readonly lookAtMs?: number;
  /** The time of the last pass, for the status. */
  readonly passedAtMs?: number;
}

/** A name belongs to one app: custom domains and DNS targets, of all apps. */
export interface HostClaim {
  readonly schemaVersion: 1;
  readonly appId: string;
}

export const CERTIFICATES_QUEUE = 'certificates';

export const domainKey = (appId: string, hostname: string) => ({
  partition: `app#${appId}`,
  sort: `domain#${hostname}`,
});
export const domainIdKey = (appId: string, domainId: string) => ({
  partition: `app#${appId}`,
  sort: `domain-id#${domainId}`,
});
export const hostKey = (host: string) => ({ partition: `host#${host}`, sort: 'host' });
export const certificatesMarkKey = (appId: string) => ({ partition: `certificates#${appId}`, sort: 'mark' });
export const removalKey = (appId: string, certificateId: string) => ({
  partition: `certificates#${appId}`,
  sort: `removal#${certificateId}`,
});

const certificateShape = fields<DomainCertificate>({
  id: text,
  reference: optional(text),
  status: oneOf('pending', 'verified', 'cert issued', 'failing', 'failed'),
  reason: optional(text),
  record: optional(fields<DnsRecord>({ name: text, type: oneOf('CNAME'), value: text })),
  issued: optional(fields<IssuedCertificate>({ issuer: text, subject: text, startsAtMs: number, expiresAtMs: number })),
  requestedAtMs: count,
  refreshes: count,
  failures: count,
  lookAtMs: optional(count),
});

export const domainRecord = defineRecord({
  noun: 'domain',
  version: 1,
  key: domainKey,
  shape: fields<Domain>({
    schemaVersion: oneOf(1),
    id: text,
    appId: text,
    hostname: text,
    dnsTarget: text,
    status: oneOf('pending', 'succeeded'),
    certificate: optional(certificateShape),
    createdAtMs: count,
    updatedAtMs: count,
  }),
});

export const domainIdRecord = defineRecord({
  noun: 'domain id',
  version: 1,
  key: domainIdKey,
  shape: fields<Pick<Domain, 'hostname'>>({ hostname: text }),
});

export const hostRecord = defineRecord({
  noun: 'host',
  version: 1,
  key: hostKey,
  shape: fields<HostClaim>({ schemaVersion: oneOf(1), appId: text }),
});

export const certificatesMarkRecord = defineRecord({
  noun: 'certificates',
  version: 1,
  key: certificatesMarkKey,
  shape: fields<CertificatesMark>({
    schemaVersion: oneOf(1),
    appId: text,
    lookAtMs: optional(count),
    passedAtMs: optional(count),
  }),
});

export const removalRecord = defineRecord({
  noun: 'certificate removal',
  version: 1,
  key: removalKey,
  shape: fields<CertificateRemoval>({
    schemaVersion: oneOf(1),
    appId: text,
    certificateId: text,
    hostname: text,
    reference: optional(text),
    failures: count,
    lookAtMs: count,
  }),
});

export function certificatesMark(
  appId: string,
  atMs: number,
  expect: 'any' | number = 'any',
  passedAtMs?: number,
): Write {
  const passed = passedAtMs === undefined ? {} : { passedAtMs };
  const value: CertificatesMark = { schemaVersion: 1, appId, lookAtMs: atMs, ...passed };
  return { kind: 'put', key: certificatesMarkKey(appId), value, expect, due: { queue: CERTIFICATES_QUEUE, atMs } };
}

/** Without a reference, the issuer may or may not have been asked. */
export function removalOf({ appId, hostname }: Domain, certificate: DomainCertificate, nowMs: number): Write {
  const { id: certificateId, reference } = certificate;
  const value: CertificateRemoval = {
    schemaVersion: 1,
    appId,
    certificateId,
    hostname,
    ...(reference === undefined ? {} : { reference }),
    failures: 0,
    lookAtMs: nowMs,
  };
  return { kind: 'put', key: removalKey(appId, certificateId), value, expect: 'any' };
}
