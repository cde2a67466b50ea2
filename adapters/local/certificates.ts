import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';

/** Makes certificates. Apart from `certificate-authority.ts`, because loading this costs 100 ms that only a first start needs. */

export interface KeyAndCertificate {
  /** PEM */
  readonly key: string;
  /** PEM */
  readonly cert: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const AUTHORITY_DAYS = 3_650;
/** Apple's clients refuse server certificates that are valid for more than 398 days. */
const SERVER_DAYS = 397;
const NAME_CONSTRAINTS = '2.5.29.30';

/** `permitted`: host names and addresses, optionally with a prefix length, to which this authority is limited. */
export async function createAuthority(permitted: readonly string[], nowMs: number): Promise<KeyAndCertificate> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // A unique name: clients that meet two authorities with one name may try the wrong key.
    name: `CN=Dynoform local CA ${crypto.randomUUID().slice(0, 8)}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(nowMs, AUTHORITY_DAYS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new Extension(NAME_CONSTRAINTS, true, nameConstraints(permitted)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await pem(keys.privateKey), cert: `${certificate.toString('pem')}\n` };
}

export async function createServerCertificate(
  authority: KeyAndCertificate,
  names: readonly string[],
  nowMs: number,
): Promise<KeyAndCertificate> {
  const issuer = new X509Certificate(authority.cert);
  const signingKey = await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), ALGORITHM, false, [
    'sign',
  ]);
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${names[0]}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    ...validity(nowMs, SERVER_DAYS),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { key: await pem(keys.privateKey), cert: `${certificate.toString('pem')}\n` };
}

function generateKeys() {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Valid an hour earlier: the clocks of a machine and of its containers or virtual machines differ. */
function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - HOUR_MS), notAfter: new Date(nowMs - HOUR_MS + days * DAY_MS) };
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** RFC 5280 §4.2.1.10; the library has no type for an address with a mask. */
function nameConstraints(permitted: readonly string[]): Uint8Array {
  const subtrees = permitted.map((name) => {
    const [host = '', prefix] = name.split('/');
    const base = isIP(host) === 0 ? der(0x82, Buffer.from(host, 'ascii')) : der(0x87, addressAndMask(host, prefix));
    return der(0x30, base);
  });
  return der(0x30, der(0xa0, Buffer.concat(subtrees)));
}

function addressAndMask(host: string, prefix: string | undefined): Buffer {
  const bits = isIPv4(host) ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  const mask = Buffer.from(
    Array.from({ length: bits / 8 }, (_, index) => (0xff00 >> Math.max(0, Math.min(8, length - index * 8))) & 0xff),
  );
  return Buffer.concat([addressBytes(host), mask]);
}

function addressBytes(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from(host.split('.').map(Number));
  // The URL parser writes every IPv6 address in one form: hexadecimal groups and at most one `::`.
  const [left = '', right] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
