import { createHash, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { DAY_MS } from '../../core/time.ts';
import type { KeyAndCertificate } from './certificates.ts';

const RENEW_MS = 30 * DAY_MS;
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
/** `localhost` covers all names below it. */
const PERMITTED = ['localhost', '127.0.0.0/8', '::1/128'];
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?)*$/;

export interface CertificateAuthority {
  /** For `NODE_EXTRA_CA_CERTS`, `GIT_SSL_CAINFO`, `curl --cacert`. */
  readonly caCertificatePath: string;
  readonly caCertificatePem: string;
  /** A server certificate for the loopback names and `hostNames`; reuses the one on disk if it is good for 30 more days. */
  issue(hostNames?: readonly string[]): Promise<KeyAndCertificate>;
  /** For one name below `localhost`; not stored. */
  issueFor(localName: string): Promise<KeyAndCertificate>;
}

/**
 * The platform's own certificate authority, made at the first start. Name constraints limit it to this machine's loopback
 * names and `hostNames`, so a stolen key is useless against other sites. Opening it later with further host names makes a new
 * authority under the same path.
 */
export async function openCertificateAuthority(
  directory: string,
  hostNames: readonly string[] = [],
  now: () => number = Date.now,
): Promise<CertificateAuthority> {
  for (const name of hostNames) {
    if (isIP(name) === 0 && !HOST_NAME.test(name)) throw new Error(`${name} is not a host name in lower case.`);
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'authority.pem');
  const permitted = [...PERMITTED, ...hostNames.filter((name) => !isLoopback(name))];
  const authority = (await readAuthority(path, permitted, now())) ?? (await makeAuthority(path, permitted, now()));

  const caCertificatePath = join(directory, 'ca.pem');
  const published = await readFile(caCertificatePath, 'utf8').catch(() => undefined);
  if (published !== authority.cert) await writeWhole(caCertificatePath, authority.cert, 0o644);

  return {
    caCertificatePath,
    caCertificatePem: authority.cert,
    async issue(more = []) {
      const names = [...new Set([...LOOPBACK, ...more])];
      for (const name of names) {
        if (!isLoopback(name) && !permitted.includes(name)) {
          throw new Error(`This authority was not opened for ${name}.`);
        }
      }
      const digest = createHash('sha256').update(names.join()).digest('hex').slice(0, 16);
      const file = join(directory, `server-${digest}.pem`);
      const stored = await readPair(file);
      if (stored !== undefined && isIssuedBy(stored, authority) && isGood(stored, now())) return stored;
      const { createServerCertificate } = await import('./certificates.ts');
      const issued = await createServerCertificate(authority, names, now());
      await writeWhole(file, issued.key + issued.cert, 0o600);
      return issued;
    },
    async issueFor(localName) {
      if (!isLoopback(localName)) throw new Error(`This authority was not opened for ${localName}.`);
      const { createServerCertificate } = await import('./certificates.ts');
      return createServerCertificate(authority, [localName], now());
    },
  };
}

function isLoopback(name: string): boolean {
  return LOOPBACK.includes(name) || name.endsWith('.localhost');
}

async function readAuthority(
  path: string,
  permitted: readonly string[],
  nowMs: number,
): Promise<KeyAndCertificate | undefined> {
  const pair = await readPair(path);
  if (pair === undefined || !isGood(pair, nowMs)) return undefined;
  const names = /^names: (.*)$/m.exec(await readFile(path, 'utf8'))?.[1]?.split(' ') ?? [];
  return permitted.every((name) => names.includes(name)) ? pair : undefined;
}

async function makeAuthority(path: string, permitted: readonly string[], nowMs: number): Promise<KeyAndCertificate> {
  const { createAuthority } = await import('./certificates.ts');
  const authority = await createAuthority(permitted, nowMs);
  // PEM readers skip text outside of the blocks.
  await writeWhole(path, `names: ${permitted.join(' ')}\n${authority.key}${authority.cert}`, 0o600);
  return authority;
}

/** Undefined: absent, damaged, or readable by others, so that the key may be known. */
async function readPair(path: string): Promise<KeyAndCertificate | undefined> {
  try {
    if (((await stat(path)).mode & 0o077) !== 0) return undefined;
    const text = await readFile(path, 'utf8');
    const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text)?.[0];
    const cert = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text)?.[0];
    if (key === undefined || cert === undefined) return undefined;
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { key, cert } : undefined;
  } catch {
    return undefined;
  }
}

function isIssuedBy(pair: KeyAndCertificate, authority: KeyAndCertificate): boolean {
  const issuer = new X509Certificate(authority.cert);
  const certificate = new X509Certificate(pair.cert);
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

export function isGood({ cert }: KeyAndCertificate, nowMs: number): boolean {
  const { validFrom, validTo } = new X509Certificate(cert);
  return Date.parse(validFrom) <= nowMs && Date.parse(validTo) - nowMs >= RENEW_MS;
}

/** The file appears complete or not at all. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
