export interface DnsRecord {
  readonly name: string;
  readonly type: 'CNAME';
  readonly value: string;
}

export interface IssuedCertificate {
  readonly issuer: string;
  readonly subject: string;
  readonly startsAtMs: number;
  readonly expiresAtMs: number;
}

export type CertificateRequest =
  | { readonly ok: true; readonly reference: string }
  /** `retry: false`: the same request cannot succeed. The reason is for the domain's owner. */
  | { readonly ok: false; readonly reason: string; readonly retry: boolean };

export type CertificateDescription =
  /** `validated`: the issuer has seen the record. Absent record: not known yet, or none is needed. */
  | { readonly state: 'pending'; readonly record?: DnsRecord; readonly validated: boolean }
  /** `renewal`: the record that the issuer misses, without which it cannot renew. */
  | { readonly state: 'issued'; readonly certificate: IssuedCertificate; readonly renewal?: DnsRecord }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'absent' };

/** Issues one certificate per custom domain, and serves it where visitors connect. Throws when it cannot be reached. */
export interface Certificates {
  /** Returns before the certificate is issued. Idempotent per `certificateId`, for an hour at least: a repeat answers the same reference. */
  request(order: { readonly certificateId: string; readonly hostname: string }): Promise<CertificateRequest>;
  describe(reference: string): Promise<CertificateDescription>;
  /** Visitors of its domain get this certificate, as it is now: also after a renewal. Idempotent. */
  attach(reference: string): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;
  /** Idempotent, also for what nobody knows. */
  detach(reference: string): Promise<void>;
  /** Idempotent. False: the edge has not let go of it yet. */
  remove(reference: string): Promise<boolean>;
}
