import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { openDownload, PUBLIC_REACH, type Reach } from '../../../../adapters/local/builder/public-download.ts';
import { isPublicAddress } from '../../../../core/build/public-address.ts';

/** Names as an attacker's server would resolve them. */
const NAMES: Record<string, string[]> = {
  'public.test': ['93.184.216.34'],
  'private.test': ['10.0.0.1'],
  'mixed.test': ['93.184.216.34', '127.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'mapped.test': ['::ffff:127.0.0.1'],
};
const reach: Reach = {
  resolve: async (host) => {
    const addresses = NAMES[host];
    if (addresses === undefined) throw new Error('ENOTFOUND');
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  },
  allows: isPublicAddress,
};

test.each([
  { url: 'http://127.0.0.1:5000/x', says: 'the host 127.0.0.1 is not at a public address' },
  { url: 'http://localhost/x', says: 'the host localhost is not known' },
  { url: 'http://0x7f.1/x', says: 'the host 127.0.0.1 is not at a public address' },
  { url: 'http://2130706433/x', says: 'the host 127.0.0.1 is not at a public address' },
  { url: 'http://[::1]/x', says: 'the host ::1 is not at a public address' },
  { url: 'http://[::ffff:10.0.0.1]/x', says: 'is not at a public address' },
  { url: 'http://169.254.169.254/latest/meta-data', says: 'is not at a public address' },
  { url: 'https://private.test/x', says: 'the host private.test is not at a public address' },
  { url: 'https://mixed.test/x', says: 'the host mixed.test is not at a public address' },
  { url: 'https://metadata.test/x', says: 'is not at a public address' },
  { url: 'https://mapped.test/x', says: 'is not at a public address' },
  { url: 'https://unknown.test/x', says: 'the host unknown.test is not known' },
  { url: 'file:///etc/passwd', says: 'only https:// and http:// URLs can be fetched, not file:' },
  { url: 'ftp://public.test/x', says: 'not ftp:' },
  { url: 'gopher://public.test/x', says: 'not gopher:' },
  { url: 'https://user:secret@public.test/x', says: 'must not hold a user name or password' },
  { url: 'nonsense', says: 'not a URL' },
])('refuses $url', async ({ url, says }) => {
  const opened = await openDownload(url, reach, AbortSignal.timeout(5_000));
  expect(opened.ok ? '' : opened.error).toContain(says);
});

test('the default resolves names itself, and refuses this machine', async () => {
  const opened = await openDownload('http://localhost:1/x', PUBLIC_REACH, AbortSignal.timeout(5_000));
  expect(opened).toEqual({ ok: false, error: 'the host localhost is not at a public address' });
});

describe('with a server', () => {
  let server: http.Server;
  let port = 0;
  const seen: string[] = [];
  /** How often `/hops` still redirects to itself. */
  let hops = 0;
  beforeAll(async () => {
    server = http.createServer((request, response) => {
      seen.push(`${request.headers.host}${request.url} ${request.headers['user-agent']}`);
      const [, kind = '', target = ''] = /^\/(\w+)(?:\?to=(.*))?$/.exec(request.url ?? '') ?? [];
      if (kind === 'to') response.writeHead(302, { Location: decodeURIComponent(target) }).end();
      else if (kind === 'loop') response.writeHead(307, { Location: '/loop' }).end();
      else if (kind === 'missing') response.writeHead(404).end();
      else if (kind === 'nowhere') response.writeHead(302).end();
      else if (kind === 'seeother') response.writeHead(303, { Location: '/file' }).end();
      else if (kind === 'moved') response.writeHead(300, { Location: '/file' }).end();
      else if (kind === 'hops') {
        response.writeHead(301, { Location: hops > 0 ? '/hops' : '/file' }).end();
        hops -= 1;
      } else if (kind === 'breaks') response.destroy();
      else response.end('content');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => server.close());

  /** As if this machine alone were the public internet. */
  const here: Reach = {
    resolve: async (host) => (host === 'good.test' ? [{ address: '127.0.0.1', family: 4 }] : reach.resolve(host)),
    allows: (address) => address === '127.0.0.1',
  };
  const open = (path: string) => openDownload(`http://good.test:${port}${path}`, here, AbortSignal.timeout(5_000));

  test('connects to the address that was vetted, and follows redirects', async () => {
    const opened = await open(`/to?to=${encodeURIComponent('/file')}`);
    expect(opened.ok && (await text(opened.value))).toBe('content');
    expect(seen).toEqual([expect.stringContaining('good.test'), `good.test:${port}/file Dynoform`]);
  });

  test('follows up to five redirects, of any kind that is one', async () => {
    for (const [many, path] of [
      [4, '/hops'],
      [0, '/seeother'],
    ] as const) {
      hops = many;
      const opened = await open(path);
      expect(opened.ok && (await text(opened.value))).toBe('content');
    }
    hops = 5;
    expect(await open('/hops')).toEqual({ ok: false, error: 'too many redirects' });
  });

  test('connects to an address that is written as one', async () => {
    const direct = (host: string) => openDownload(`http://${host}:${port}/file`, here, AbortSignal.timeout(5_000));
    const opened = await direct('127.0.0.1');
    expect(opened.ok && (await text(opened.value))).toBe('content');
    expect(await direct('[::2]')).toEqual({ ok: false, error: 'the host ::2 is not at a public address' });
  });

  test('tells of a connection that fails no more than its host and why', async () => {
    expect(await open('/breaks')).toEqual({
      ok: false,
      error: `the connection to good.test:${port} failed (ECONNRESET)`,
    });
    const aborted = new AbortController();
    aborted.abort();
    expect(await openDownload(`http://good.test:${port}/file`, here, aborted.signal)).toEqual({
      ok: false,
      error: `the connection to good.test:${port} failed (ABORT_ERR)`,
    });
    const nobody = { resolve: async () => [], allows: () => true };
    expect(await openDownload('http://good.test/', nobody, aborted.signal)).toEqual({
      ok: false,
      error: 'the host good.test is not known',
    });
  });

  test.each([
    {
      name: 'a redirect to a private address',
      path: `/to?to=${encodeURIComponent('http://10.0.0.1/x')}`,
      says: 'the host 10.0.0.1 is not',
    },
    {
      name: 'a redirect to a name with a private address',
      path: `/to?to=${encodeURIComponent('http://private.test/x')}`,
      says: 'private.test is not',
    },
    { name: 'a redirect to a file', path: `/to?to=${encodeURIComponent('file:///etc/passwd')}`, says: 'not file:' },
    { name: 'endless redirects', path: '/loop', says: 'too many redirects' },
    { name: 'a redirect to nowhere', path: '/nowhere', says: 'answered 302' },
    { name: 'a redirect to no URL', path: `/to?to=${encodeURIComponent('http://')}`, says: 'redirects to no URL' },
    { name: 'a choice of places', path: '/moved', says: 'answered 300' },
    { name: 'another status', path: '/missing?to=secret', says: 'answered 404' },
  ])('refuses $name', async ({ path, says }) => {
    const opened = await open(path);
    const reason = opened.ok ? '' : opened.error;
    expect(reason).toContain(says);
    expect(reason).not.toContain('secret');
  });
});
