import { writeFileSync } from 'node:fs';
import {
  createAuthority,
  createServerCertificate,
  type KeyAndCertificate,
} from '../../../adapters/local/certificates.ts';

/** The authority that everything in this tier trusts, as the world trusts ACM's. */
export class Authority {
  readonly certificate: string;
  readonly #pair: KeyAndCertificate;
  readonly #issued = new Map<string, Promise<KeyAndCertificate>>();

  constructor(pair: KeyAndCertificate) {
    this.#pair = pair;
    this.certificate = pair.cert;
  }

  static async open(file: string, domains: readonly string[]): Promise<Authority> {
    const authority = new Authority(await createAuthority(domains, Date.now()));
    writeFileSync(file, authority.certificate);
    return authority;
  }

  issue(name: string): Promise<KeyAndCertificate> {
    const issued = this.#issued.get(name) ?? createServerCertificate(this.#pair, [name], Date.now());
    this.#issued.set(name, issued);
    return issued;
  }
}
