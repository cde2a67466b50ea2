import { checkHostname, wildcardFor } from '../../../core/domain/hostname.ts';
import type { PublicUrls } from '../../../core/platform.ts';

const urls: PublicUrls = {
  api: 'https://api.platform.example:8443',
  services: 'https://services.platform.example',
  rendezvousHost: 'services.platform.example',
  appsDomain: 'apps.platform.example',
  webUrl: (name) => `https://${name}.apps.platform.example/`,
  gitUrl: (name) => `https://services.platform.example/${name}.git`,
  hosts: (name) => [`${name}.apps.platform.example`],
};
const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;

test.each([
  { text: 'www.example.com', kept: 'www.example.com' },
  { text: ' WWW.Example.COM. ', kept: 'www.example.com' },
  { text: 'example.com', kept: 'example.com' },
  { text: 'xn--bcher-kva.example', kept: 'xn--bcher-kva.example' },
  { text: '*.example.com', kept: '*.example.com' },
  { text: '1.2.3.example', kept: '1.2.3.example' },
  { text: 'platform.example', kept: 'platform.example' },
  { text: 'other-apps.platform.example', kept: 'other-apps.platform.example' },
  { text: 'a.b2', kept: 'a.b2' },
  { text: 'a.2b', kept: 'a.2b' },
  { text: long, kept: long },
])('$text is kept as $kept', ({ text, kept }) => {
  expect(checkHostname(text, urls)).toEqual({ ok: true, value: kept });
});

test.each([
  { text: '', says: 'not a domain name' },
  { text: 'localhost', says: 'not a full domain name' },
  { text: '*.com', says: 'not a full domain name' },
  { text: '*', says: 'not a domain name' },
  { text: 'www.*.example.com', says: 'not a domain name' },
  { text: '*www.example.com', says: 'not a domain name' },
  { text: 'a..example.com', says: 'not a domain name' },
  { text: '-a.example.com', says: 'not a domain name' },
  { text: 'a-.example.com', says: 'not a domain name' },
  { text: 'a_b.example.com', says: 'not a domain name' },
  { text: 'a.example.com:80', says: 'not a domain name' },
  { text: 'http://a.example.com', says: 'not a domain name' },
  { text: 'a.example.com/..', says: 'not a domain name' },
  { text: 'a\r\n.example.com', says: 'outside of ASCII' },
  { text: 'bücher.example', says: 'Punycode' },
  { text: '127.0.0.1', says: 'not a full domain name' },
  { text: '127.0.0.10', says: 'not a full domain name' },
  { text: 'a b.example.com', says: 'not a domain name' },
  { text: 'a~.example.com', says: 'not a domain name' },
  { text: 'a\x7f.example.com', says: 'outside of ASCII' },
  { text: '1.0x7f', says: 'not a full domain name' },
  { text: `${'a'.repeat(64)}.example.com`, says: 'not a domain name' },
  { text: `${long}x`, says: 'not a domain name' },
  { text: 'shop.apps.platform.example', says: 'belongs to the platform' },
  { text: 'apps.platform.example', says: 'belongs to the platform' },
  { text: 'a.dns.apps.platform.example', says: 'belongs to the platform' },
  { text: 'api.platform.example', says: 'belongs to the platform' },
  { text: 'services.platform.example', says: 'belongs to the platform' },
  { text: '*.platform.example', says: 'belongs to the platform' },
])('$text is refused: $says', ({ text, says }) => {
  expect(checkHostname(text, urls)).toEqual({
    ok: false,
    error: { id: 'invalid_params', message: expect.stringContaining(says) },
  });
});

test('a wildcard stands for the names one level below', () => {
  expect(wildcardFor('www.example.com')).toBe('*.example.com');
  expect(wildcardFor('a.b.example.com')).toBe('*.b.example.com');
});

test('a platform without an address of its own for services, over plain HTTP, keeps what it has', () => {
  const plain = { ...urls, api: 'http://api.plain.example:5000', services: '' };
  const refusal = checkHostname('api.plain.example', plain);
  expect(refusal.ok ? undefined : refusal.error.message).toBe(
    'api.plain.example is reserved: api.plain.example belongs to the platform.',
  );
  expect(checkHostname('www.example.com', plain)).toEqual({ ok: true, value: 'www.example.com' });
});
