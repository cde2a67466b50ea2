import { isPublicHost, parseSourceUrl } from '../../../core/build/source-url.ts';
import type { Platform } from '../../../core/platform.ts';

/** The platform's own blobs: one with content, one without, and one whose URL has expired. */
const platform = {
  clock: { nowMs: () => 5 },
  blobs: {
    keyOfUrl: async (url: string, nowMs: number) => {
      const key = /^http:\/\/localhost:5000\/blobs\/(\w+)$/.exec(url)?.[1];
      if (key === undefined) return undefined;
      return key === 'expired' || nowMs !== 5 ? {} : { key };
    },
    size: async (key: string) => (key === 'full' ? 0 : undefined),
  },
} as unknown as Platform;

test.each([
  { text: 'http://localhost:5000/blobs/full', source: { blobKey: 'full' } },
  { text: 'https://example.com/shop.tgz', source: { url: 'https://example.com/shop.tgz' } },
  { text: 'http://example.com/shop.tgz?token=x', source: { url: 'http://example.com/shop.tgz?token=x' } },
  { text: 'HTTPS://EXAMPLE.com', source: { url: 'https://example.com/' } },
  { text: 'https://8.8.8.8/x', source: { url: 'https://8.8.8.8/x' } },
  {
    text: `https://example.com/${'x'.repeat(8_172)}`,
    source: { url: `https://example.com/${'x'.repeat(8_172)}` },
  },
])('a build may come from $text', async ({ text, source }) => {
  expect(await parseSourceUrl(platform, text)).toEqual({ ok: true, value: source });
});

test.each([
  { text: 'shop.tgz', says: 'must be a URL.' },
  { text: '', says: 'must be a URL.' },
  { text: `https://example.com/${'x'.repeat(8_173)}`, says: 'must be a URL.' },
  { text: 'http://localhost:5000/blobs/expired', says: 'has expired or is not the get_url of a source.' },
  {
    text: 'http://localhost:5000/blobs/empty',
    says: 'has no content yet: PUT the archive to put_url first.',
  },
  { text: 'ftp://example.com/x', says: 'must begin with https:// or http://.' },
  { text: 'file:///etc/passwd', says: 'must begin with https:// or http://.' },
  { text: 'https://user@example.com/x', says: 'must not contain a user name or password.' },
  { text: 'https://:secret@example.com/x', says: 'must not contain a user name or password.' },
  { text: 'https://10.0.0.1/x', says: 'must be at a public address.' },
])('a source at $text: it $says', async ({ text, says }) => {
  expect(await parseSourceUrl(platform, text)).toEqual({
    ok: false,
    error: { id: 'invalid_params', message: `source_blob.url ${says}` },
  });
});

test.each([
  'example.com',
  'example.com.',
  'EXAMPLE.COM',
  'localhost.example.com',
  'internal.example.com',
  'mylocal.example',
  'x.notlocal',
  'x.localhosts',
  'arpa.example',
  'home.arpa.example',
  'x.arpa',
  'x.homexarpa',
  '1.1.1.1.example',
  'x1.2',
  '8.8.8.8',
  '8.8.8.8.',
  '[2606:4700::1111]',
])('%s may be asked', (hostname) => {
  expect(isPublicHost(hostname)).toBe(true);
});

test.each([
  '',
  '.',
  'intranet',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'shop.localhost',
  'shop.localhost.',
  'local',
  'printer.local',
  'internal',
  'metadata.google.internal',
  'home.arpa',
  'router.home.arpa',
  '127.0.0.1',
  '127.0.0.1.',
  '1.2.3',
  '12',
  '[::1]',
])('%j may not be asked', (hostname) => {
  expect(isPublicHost(hostname)).toBe(false);
});
