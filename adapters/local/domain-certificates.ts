import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateDescription, CertificateRequest, Certificates } from '../../core/ports/certificates.ts';
import { isUuid } from '../../core/uuid.ts';
import { isGood, writeWhole } from './certificate-authority.ts';
import type { KeyAndCertificate } from './certificates.ts';

/** Where visitors connect; new connections get the certificate that was set last. */
export interface TlsEdge {
  set(hostname: string, certificate: KeyAndCertificate): void;
  remove(hostname: string): void;
}

export interface LocalCertificatesOptions {
  readonly directory: string;
  /** File with every authority that a visitor on this machine has to trust. `firstPem` comes first. */
  readonly trust: { readonly path: string; readonly firstPem: string };
  /** Absent: this platform has no TLS port. */
  readonly edge?: TlsEdge;
  readonly now: () => number;
}

interface Kept extends KeyAndCertificate {
  readonly hostname: string;
  readonly attached: boolean;
  /** The authority's certificate. Its key was discarded after signing. */
  readonly authorityCert: string;
}

const NO_TLS_PORT = 'This platform serves no TLS: start it with --tls-port (8443, for example)';
const EXTENSION = '.pem';

/**
 * Certificates for custom domains on one machine. Each has its own authority, which is limited to that domain and whose key
 * is discarded, so an authority that a user trusts cannot be used against any other site.
 */
export class LocalCertificates implements Certificates {
  readonly #options: LocalCertificatesOptions;
  /** The certificate that the edge has; a domain that was removed and added again has two for a moment. */
  readonly #atEdge = new Map<string, string>();

  /** After a restart the edge gets the same certificates again. */
  static async open(options: LocalCertificatesOptions): Promise<LocalCertificates> {
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const certificates = new LocalCertificates(options);
    for (const reference of await certificates.#references()) {
      const kept = await certificates.#read(reference);
      if (kept?.attached) certificates.#show(reference, kept);
    }
    await certificates.#writeTrust();
    return certificates;
  }

  private constructor(options: LocalCertificatesOptions) {
    this.#options = options;
  }

  async request({ certificateId, hostname }: { certificateId: string; hostname: string }): Promise<CertificateRequest> {
    if ((await this.#read(certificateId)) === undefined) {
      await this.#write(certificateId, { ...(await this.#issue(hostname)), hostname, attached: false });
      await this.#writeTrust();
    }
    return { ok: true, reference: certificateId };
  }

  async describe(reference: string): Promise<CertificateDescription> {
    const kept = await this.#read(reference);
    if (kept === undefined) return { state: 'absent' };
    const { issuer, subject, validFrom, validTo } = new X509Certificate(kept.cert);
    const times = { startsAtMs: Date.parse(validFrom), expiresAtMs: Date.parse(validTo) };
    return { state: 'issued', certificate: { issuer, subject, ...times } };
  }

  /** Also renews the certificate: it is called once a day. */
  async attach(reference: string): ReturnType<Certificates['attach']> {
    if (this.#options.edge === undefined) return { ok: false, reason: NO_TLS_PORT };
    const kept = await this.#read(reference);
    if (kept === undefined) return { ok: false, reason: 'The certificate was deleted' };
    const good = isGood(kept, this.#options.now());
    const attached: Kept = { ...kept, ...(good ? {} : await this.#issue(kept.hostname)), attached: true };
    if (!good || !kept.attached) await this.#write(reference, attached);
    if (!good) await this.#writeTrust();
    this.#show(reference, attached);
    return { ok: true };
  }

  async detach(reference: string): Promise<void> {
    const kept = await this.#read(reference);
    if (kept === undefined) return;
    if (kept.attached) await this.#write(reference, { ...kept, attached: false });
    if (this.#atEdge.get(kept.hostname) !== reference) return;
    this.#atEdge.delete(kept.hostname);
    this.#options.edge?.remove(kept.hostname);
  }

  async remove(reference: string): Promise<boolean> {
    const kept = await this.#read(reference);
    if (kept?.attached) return false;
    if (isUuid(reference)) await rm(this.#file(reference), { force: true });
    await this.#writeTrust();
    return true;
  }

  #show(reference: string, kept: Kept): void {
    this.#atEdge.set(kept.hostname, reference);
    this.#options.edge?.set(kept.hostname, { key: kept.key, cert: kept.cert });
  }

  async #issue(hostname: string): Promise<Omit<Kept, 'hostname' | 'attached'>> {
    const { createAuthority, createServerCertificate } = await import('./certificates.ts');
    const nowMs = this.#options.now();
    const authority = await createAuthority([hostname.replace(/^\*\./, '')], nowMs);
    return { ...(await createServerCertificate(authority, [hostname], nowMs)), authorityCert: authority.cert };
  }

  #file(reference: string): string {
    return join(this.#options.directory, `${reference}${EXTENSION}`);
  }

  async #references(): Promise<readonly string[]> {
    const names = await readdir(this.#options.directory);
    return names.filter((name) => name.endsWith(EXTENSION)).map((name) => name.slice(0, -EXTENSION.length));
  }

  async #write(reference: string, kept: Kept): Promise<void> {
    // PEM readers skip text outside of the blocks.
    const head = `hostname: ${kept.hostname}\nattached: ${kept.attached}\n`;
    await writeWhole(this.#file(reference), head + kept.key + kept.cert + kept.authorityCert, 0o600);
  }

  /** Undefined: absent or damaged; it is then requested again. */
  async #read(reference: string): Promise<Kept | undefined> {
    if (!isUuid(reference)) return undefined;
    const text = await readFile(this.#file(reference), 'utf8').catch(() => '');
    const [, hostname, attached] = /^hostname: (\S+)\nattached: (true|false)\n/.exec(text) ?? [];
    const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text)?.[0];
    const [cert, authorityCert] = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
    if (hostname === undefined || key === undefined || cert === undefined || authorityCert === undefined) {
      return undefined;
    }
    return { hostname, attached: attached === 'true', key, cert, authorityCert };
  }

  async #writeTrust(): Promise<void> {
    const kept = await Promise.all((await this.#references()).map((reference) => this.#read(reference)));
    const { path, firstPem } = this.#options.trust;
    const authorities = kept.flatMap((one) => (one === undefined ? [] : [`# ${one.hostname}\n${one.authorityCert}`]));
    await writeWhole(path, firstPem + authorities.join(''), 0o644);
  }
}
