import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { openCertificateAuthority } from '../../../adapters/local/certificate-authority.ts';
import { createServerCertificate } from '../../../adapters/local/certificates.ts';
import { DAY_MS } from '../../../core/time.ts';

const run = promisify(execFile);
const NOW_MS = Date.now();
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authority-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (hostNames: readonly string[] = [], nowMs = NOW_MS) =>
  openCertificateAuthority(directory, hostNames, () => nowMs);

async function serve(pair: { key: string; cert: string }) {
  const server = createServer(pair, (_request, response) => {
    response.end('fine\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, close: () => server.close() };
}

describe('clients that trust the authority accept its certificate', () => {
  test.each([{ host: 'localhost' }, { host: '127.0.0.1' }])('curl for $host', async ({ host }) => {
    const authority = await open();
    const server = await serve(await authority.issue());
    const url = `https://${host}:${server.port}/`;
    const { stdout } = await run('curl', ['-sS', '-4', '--cacert', authority.caCertificatePath, url]);
    server.close();
    expect(stdout).toBe('fine\n');
  });

  test.each([
    { name: 'with a server name', host: 'localhost' },
    { name: 'without one, by address', host: '' },
  ])('Node $name', async ({ host }) => {
    const authority = await open();
    const server = await serve(await authority.issue());
    const socket = connect({ port: server.port, host: '127.0.0.1', servername: host, ca: authority.caCertificatePem });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });

  test('git', async () => {
    const authority = await open();
    const server = await serve(await authority.issue());
    const env = { ...process.env, GIT_SSL_CAINFO: authority.caCertificatePath, GIT_TERMINAL_PROMPT: '0' };
    const result = run('git', ['ls-remote', `https://localhost:${server.port}/app.git`], { env });
    // The TLS connection was made; the server's answer is no git protocol.
    await expect(result).rejects.toMatchObject({
      stderr: expect.stringMatching(/not valid: is this a git repository|not found/),
    });
    server.close();
  });

  test('an authority for further names vouches for them', async () => {
    const authority = await open(['dyno.example.com', '192.0.2.7', '2001:db8::7']);
    const server = await serve(
      await authority.issue(['dyno.example.com', '192.0.2.7', '2001:db8::7', 'shop.localhost']),
    );
    for (const name of ['dyno.example.com', 'shop.localhost']) {
      const socket = connect({
        port: server.port,
        host: '127.0.0.1',
        servername: name,
        ca: authority.caCertificatePem,
      });
      await once(socket, 'secureConnect');
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
    server.close();
  });
});

test.each([{ name: 'example.com' }, { name: 'localhost.example.com' }, { name: '192.0.2.1' }])(
  'a stolen key is of no use for $name: openssl, Node, curl and git refuse what it signs',
  async ({ name }) => {
    const authority = await open();
    const stolen = await createServerCertificate(await authorityPair(), [name, 'localhost'], NOW_MS);
    const file = join(directory, 'stolen.pem');
    await writeFile(file, stolen.cert);
    await expect(run('openssl', ['verify', '-CAfile', authority.caCertificatePath, file])).rejects.toMatchObject({
      stderr: expect.stringContaining('permitted subtree violation'),
    });
    const server = await serve(stolen);
    const socket = connect({
      port: server.port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: authority.caCertificatePem,
    });
    const [error] = await once(socket, 'error');
    expect((error as Error).message).toMatch(/permitted subtree violation/);
    const url = `https://localhost:${server.port}/`;
    await expect(run('curl', ['-sS4', '--cacert', authority.caCertificatePath, url])).rejects.toMatchObject({
      code: 60,
    });
    const env = { ...process.env, GIT_SSL_CAINFO: authority.caCertificatePath, GIT_TERMINAL_PROMPT: '0' };
    await expect(run('git', ['ls-remote', url], { env })).rejects.toMatchObject({
      stderr: expect.stringMatching(/certificate/),
    });
    server.close();
  },
);

async function authorityPair() {
  const text = await readFile(join(directory, 'authority.pem'), 'utf8');
  const [key = ''] = /-----BEGIN PRIVATE KEY[\s\S]*END PRIVATE KEY-----/.exec(text) ?? [];
  const [cert = ''] = /-----BEGIN CERTIFICATE[\s\S]*END CERTIFICATE-----/.exec(text) ?? [];
  return { key, cert };
}

describe('what is on disk', () => {
  test('keys are for their owner only, and nothing half-written is left', async () => {
    await (await open()).issue();
    const names = (await readdir(directory)).sort();
    expect(names).toEqual(['authority.pem', 'ca.pem', expect.stringMatching(/^server-[0-9a-f]{16}\.pem$/)]);
    for (const name of names.filter((name) => name !== 'ca.pem')) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    }
    expect(await readFile(join(directory, 'ca.pem'), 'utf8')).not.toContain('PRIVATE');
  });

  test('is used again at the next start', async () => {
    const first = await (await open()).issue();
    const authority = await open();
    expect(await authority.issue()).toEqual(first);
    expect(await authority.issue(['shop.localhost'])).not.toEqual(first);
  });

  test.each([
    { name: 'is kept while 30 days are left', days: 366, renewed: false },
    { name: 'is renewed when fewer are left', days: 367, renewed: true },
  ])('a server certificate $name', async ({ days, renewed }) => {
    const first = await (await open()).issue();
    const authority = await open([], NOW_MS + days * DAY_MS);
    const later = await authority.issue();
    expect(later.cert !== first.cert).toBe(renewed);
    expect(new X509Certificate(later.cert).verify(new X509Certificate(authority.caCertificatePem).publicKey)).toBe(
      true,
    );
  });

  test('a server certificate is valid for 397 days, the authority for ten years', async () => {
    const authority = await open();
    const days = (pem: string) => {
      const { validFrom, validTo } = new X509Certificate(pem);
      return (Date.parse(validTo) - Date.parse(validFrom)) / DAY_MS;
    };
    expect(days((await authority.issue()).cert)).toBe(397);
    expect(days(authority.caCertificatePem)).toBe(3_650);
  });

  test.each([
    { name: 'is cut short', damage: (path: string) => truncate(path, 300) },
    { name: 'was readable by others', damage: (path: string) => chmod(path, 0o644) },
    { name: 'is gone', damage: (path: string) => rm(path) },
  ])('an authority whose file $name is made anew, with its server certificate', async ({ damage }) => {
    const before = await open();
    const old = await before.issue();
    await damage(join(directory, 'authority.pem'));
    const after = await open();
    const issued = await after.issue();
    expect(after.caCertificatePem).not.toBe(before.caCertificatePem);
    expect(await readFile(after.caCertificatePath, 'utf8')).toBe(after.caCertificatePem);
    expect(issued.cert).not.toBe(old.cert);
    expect(new X509Certificate(issued.cert).verify(new X509Certificate(after.caCertificatePem).publicKey)).toBe(true);
  });

  test.each([
    { name: 'is kept while 30 days are left', days: 3_619, renewed: false },
    { name: 'is made anew when fewer are left, with its server certificate', days: 3_620, renewed: true },
  ])('an authority $name', async ({ days, renewed }) => {
    const before = await open();
    const after = await open([], NOW_MS + days * DAY_MS);
    expect(after.caCertificatePem !== before.caCertificatePem).toBe(renewed);
    const { cert } = await after.issue();
    expect(new X509Certificate(cert).verify(new X509Certificate(after.caCertificatePem).publicKey)).toBe(true);
  });

  test('asking for a further name makes an authority that permits it; asking for fewer keeps it', async () => {
    const narrow = await open();
    const wide = await open(['dyno.example.com']);
    expect(wide.caCertificatePem).not.toBe(narrow.caCertificatePem);
    expect((await open()).caCertificatePem).toBe(wide.caCertificatePem);
  });

  test('names that nobody asked for at the start are refused', async () => {
    await expect((await open()).issue(['example.com'])).rejects.toThrow('not opened for example.com');
    await expect(open(['*.example.com'])).rejects.toThrow('not a host name');
  });
});
