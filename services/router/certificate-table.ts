import { createSecureContext, type SecureContext } from 'node:tls';

/** PEM; `cert` may be a chain, the server's own first. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

/** Server name → certificate, in memory. `*.example.com` stands for the names one level below. */
export class CertificateTable {
  readonly #contexts = new Map<string, SecureContext>();
  #fallback: SecureContext | undefined;

  /** Open connections keep the certificate that they started with. */
  set(hostname: string, certificate: ServerCertificate): void {
    this.#contexts.set(hostname, contextOf(certificate));
  }

  remove(hostname: string): void {
    this.#contexts.delete(hostname);
  }

  /** For clients that send no name, or an unknown one. */
  setFallback(certificate: ServerCertificate): void {
    this.#fallback = contextOf(certificate);
  }

  find(serverName: string): SecureContext | undefined {
    const name = serverName.toLowerCase();
    return this.#contexts.get(name) ?? this.#contexts.get(`*${name.slice(name.indexOf('.'))}`) ?? this.#fallback;
  }

  fallback(): SecureContext | undefined {
    return this.#fallback;
  }
}

function contextOf({ key, cert }: ServerCertificate): SecureContext {
  return createSecureContext({ key, cert, minVersion: 'TLSv1.2' });
}
