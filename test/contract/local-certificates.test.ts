import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyAndCertificate } from '../../adapters/local/certificates.ts';
import { LocalCertificates } from '../../adapters/local/domain-certificates.ts';
import { certificatesContract } from './certificates.contract.ts';

const ID = '0a7dcd1c-6ba6-4a0a-9f6c-0d3b7f3f0c11';
const DAY_MS = 86_400_000;
const FIRST = '-----BEGIN CERTIFICATE-----\nfirst\n-----END CERTIFICATE-----\n';

async function open(directory = mkdtempSync(join(tmpdir(), 'dynoform-certificates-')), withEdge = true) {
  const edge = new Map<string, KeyAndCertificate>();
  let nowMs = Date.now();
  const options = {
    directory: join(directory, 'domains'),
    trust: { path: join(directory, 'trust.pem'), firstPem: FIRST },
    now: () => nowMs,
  };
  const at = {
    set: (hostname: string, certificate: KeyAndCertificate) => edge.set(hostname, certificate),
    remove: (hostname: string) => edge.delete(hostname),
  };
  const certificates = await LocalCertificates.open({ ...options, ...(withEdge ? { edge: at } : {}) });
  return {
    certificates,
    edge,
    directory,
    trusted: () => readFileSync(options.trust.path, 'utf8'),
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
}

certificatesContract('on one machine', async () => {
  const { certificates, edge, directory } = await open();
  return {
    certificates,
    unknownReference: ID,
    serves: async (hostname) => edge.has(hostname),
    close: async () => rmSync(directory, { recursive: true }),
  };
});

describe('on one machine', () => {
  test('its authority vouches for that domain only, and its key is nowhere', async () => {
    const { certificates, edge, directory, trusted } = await open();
    await certificates.request({ certificateId: ID, hostname: '*.example.com' });
    await certificates.attach(ID);
    const leaf = new X509Certificate(edge.get('*.example.com')?.cert ?? '');
    const [, authorityPem = ''] = trusted().split(/^# .*\n/m);
    const authority = new X509Certificate(authorityPem);
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.subjectAltName).toBe('DNS:*.example.com');
    expect(authority.ca).toBe(true);
    // The name constraint's one permitted subtree, as it is encoded.
    expect(authority.raw.includes(Buffer.from([0x82, 11, ...Buffer.from('example.com')]))).toBe(true);
    expect(authority.raw.includes('localhost')).toBe(false);
    const files = readdirSync(join(directory, 'domains')).map((name) => join(directory, 'domains', name));
    expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600]);
    expect(readFileSync(files[0] ?? '', 'utf8').match(/PRIVATE KEY-----\n/g)).toHaveLength(2);
    rmSync(directory, { recursive: true });
  });

  test('after a restart the edge has what it had, and the trust file what is there', async () => {
    const first = await open();
    await first.certificates.request({ certificateId: ID, hostname: 'www.example.com' });
    await first.certificates.attach(ID);
    const second = await open(first.directory);
    expect(second.edge).toEqual(first.edge);
    expect(second.trusted()).toBe(first.trusted());
    expect(second.trusted().startsWith(`${FIRST}# www.example.com\n`)).toBe(true);
    await second.certificates.detach(ID);
    await second.certificates.remove(ID);
    expect(second.trusted()).toBe(FIRST);
    rmSync(first.directory, { recursive: true });
  });

  test('with less than 30 days left it is renewed when it is attached again', async () => {
    const { certificates, edge, directory, advance } = await open();
    await certificates.request({ certificateId: ID, hostname: 'www.example.com' });
    await certificates.attach(ID);
    const before = edge.get('www.example.com');
    advance(300 * DAY_MS);
    await certificates.attach(ID);
    expect(edge.get('www.example.com')).toEqual(before);
    advance(80 * DAY_MS);
    await certificates.attach(ID);
    expect(edge.get('www.example.com')).not.toEqual(before);
    rmSync(directory, { recursive: true });
  });

  /** Whether a visitor with this trust file trusts this certificate. */
  const isTrusted = (pem: string, trusted: string) => {
    const leaf = new X509Certificate(pem);
    const authorities = trusted.split(/^# .*\n/m).slice(1);
    return authorities.map((one) => leaf.verify(new X509Certificate(one).publicKey));
  };

  test('visitors are told of the authority of a renewed certificate, in place of the one before', async () => {
    const { certificates, edge, directory, trusted, advance } = await open();
    await certificates.request({ certificateId: ID, hostname: 'www.example.com' });
    await certificates.attach(ID);
    const old = edge.get('www.example.com')?.cert ?? '';
    expect(isTrusted(old, trusted())).toEqual([true]);
    advance(380 * DAY_MS);
    await certificates.attach(ID);
    expect(isTrusted(edge.get('www.example.com')?.cert ?? '', trusted())).toEqual([true]);
    expect(isTrusted(old, trusted())).toEqual([false]);
    rmSync(directory, { recursive: true });
  });

  test('a renewed certificate is the one that the next start serves, and visitors trust', async () => {
    const first = await open();
    await first.certificates.request({ certificateId: ID, hostname: 'www.example.com' });
    await first.certificates.attach(ID);
    first.advance(380 * DAY_MS);
    await first.certificates.attach(ID);
    const second = await open(first.directory);
    expect(second.edge).toEqual(first.edge);
    expect(isTrusted(second.edge.get('www.example.com')?.cert ?? '', second.trusted())).toEqual([true]);
    rmSync(first.directory, { recursive: true });
  });

  test('one that was asked for and never attached is not served after a restart', async () => {
    const first = await open();
    await first.certificates.request({ certificateId: ID, hostname: 'www.example.com' });
    expect((await open(first.directory)).edge.size).toBe(0);
    rmSync(first.directory, { recursive: true });
  });

  test('what is asked for twice is made once: who has it goes on with it', async () => {
    const { certificates, edge, directory } = await open();
    for (let time = 0; time < 2; time++) await certificates.request({ certificateId: ID, hostname: 'www.example.com' });
    await certificates.attach(ID);
    const before = edge.get('www.example.com');
    await certificates.request({ certificateId: ID, hostname: 'www.example.com' });
    await certificates.attach(ID);
    expect(edge.get('www.example.com')).toEqual(before);
    rmSync(directory, { recursive: true });
  });

  test('a domain that was removed and added again keeps its new certificate when the old one goes', async () => {
    const { certificates, edge, directory } = await open();
    await certificates.request({ certificateId: ID, hostname: 'www.example.com' });
    await certificates.attach(ID);
    const again = '1a7dcd1c-6ba6-4a0a-9f6c-0d3b7f3f0c12';
    await certificates.request({ certificateId: again, hostname: 'www.example.com' });
    await certificates.attach(again);
    const served = edge.get('www.example.com');
    await certificates.detach(ID);
    expect(await certificates.remove(ID)).toBe(true);
    expect(edge.get('www.example.com')).toEqual(served);
    await certificates.detach(again);
    expect(edge.size).toBe(0);
    rmSync(directory, { recursive: true });
  });

  test('without a TLS port the reason names the flag', async () => {
    const { certificates, directory } = await open(undefined, false);
    await certificates.request({ certificateId: ID, hostname: 'www.example.com' });
    expect(await certificates.attach(ID)).toEqual({ ok: false, reason: expect.stringContaining('--tls-port') });
    rmSync(directory, { recursive: true });
  });
});
