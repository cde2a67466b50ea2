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
  /** `validated`: the issuer has seen the record. Without a record: not known yet, or none is needed. */
  | { readonly state: 'pending'; readonly record?: DnsRecord; readonly validated: boolean }
  /** `renewal`: the missing record without which the issuer cannot renew it. */
  | { readonly state: 'issued'; readonly certificate: IssuedCertificate; readonly renewal?: DnsRecord }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'absent' };

/** Issues one certificate per custom domain, and serves it where visitors connect. Throws when the issuer cannot be reached. */
export interface Certificates {
  /** Returns before the certificate is issued. Idempotent per `certificateId` for at least an hour: a repeat returns the same reference. */
  request(order: { readonly certificateId: string; readonly hostname: string }): Promise<CertificateRequest>;
  describe(reference: string): Promise<CertificateDescription>;
  /** Serves this certificate, in its current form, to visitors of its domain; call again after a renewal. Idempotent. */
  attach(reference: string): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;
  /** Idempotent, also for unknown references. */
  detach(reference: string): Promise<void>;
  /** Idempotent. False: the edge still uses it. */
  remove(reference: string): Promise<boolean>;
}
