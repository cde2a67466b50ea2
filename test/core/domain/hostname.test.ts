import { checkHostname, dnsZone, normalHostname, wildcardFor } from '../../../core/domain/hostname.ts';
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
  { text: 'a.0x7g', kept: 'a.0x7g' },
  { text: 'a.x0x7', kept: 'a.x0x7' },
  { text: `${'a'.repeat(63)}.example.com`, kept: `${'a'.repeat(63)}.example.com` },
  { text: 'notapi.platform.example', kept: 'notapi.platform.example' },
  { text: 'a.2b', kept: 'a.2b' },
  { text: long, kept: long },
])('$text is kept as $kept', ({ text, kept }) => {
  expect(checkHostname(text, urls)).toEqual({ ok: true, value: kept });
});

const NO_NAME = 'Hostname is not a domain name: give one such as www.example.com or *.example.com.';
const NOT_FULL = 'Hostname is not a full domain name: give one such as www.example.com.';
const NOT_ASCII = 'Hostname has letters outside of ASCII: give it in Punycode (xn--...).';

test.each([
  { text: '', says: NO_NAME },
  { text: 'localhost', says: NOT_FULL },
  { text: '*.com', says: NOT_FULL },
  { text: '*', says: NO_NAME },
  { text: 'www.*.example.com', says: NO_NAME },
  { text: '*www.example.com', says: NO_NAME },
  { text: 'a..example.com', says: NO_NAME },
  { text: '-a.example.com', says: NO_NAME },
  { text: 'a-.example.com', says: NO_NAME },
  { text: 'a_b.example.com', says: NO_NAME },
  { text: 'a.example.com:80', says: NO_NAME },
  { text: 'http://a.example.com', says: NO_NAME },
  { text: 'a.example.com/..', says: NO_NAME },
  { text: 'a\r\n.example.com', says: NOT_ASCII },
  { text: 'bücher.example', says: NOT_ASCII },
  { text: '127.0.0.1', says: NOT_FULL },
  { text: '127.0.0.10', says: NOT_FULL },
  { text: 'a b.example.com', says: NO_NAME },
  { text: 'a~.example.com', says: NO_NAME },
  { text: 'a\x7f.example.com', says: NOT_ASCII },
  { text: '1.0x7f', says: NOT_FULL },
  { text: '1.0x', says: NOT_FULL },
  {
    text: '*.apps.platform.example',
    says: '*.apps.platform.example is reserved: apps.platform.example belongs to the platform.',
  },
  {
    text: 'v1.api.platform.example',
    says: 'v1.api.platform.example is reserved: api.platform.example belongs to the platform.',
  },
  { text: `${'a'.repeat(64)}.example.com`, says: NO_NAME },
  { text: `${long}x`, says: NO_NAME },
  {
    text: 'shop.apps.platform.example',
    says: 'shop.apps.platform.example is reserved: apps.platform.example belongs to the platform.',
  },
  {
    text: 'apps.platform.example',
    says: 'apps.platform.example is reserved: apps.platform.example belongs to the platform.',
  },
  {
    text: 'a.dns.apps.platform.example',
    says: 'a.dns.apps.platform.example is reserved: apps.platform.example belongs to the platform.',
  },
  {
    text: 'api.platform.example',
    says: 'api.platform.example is reserved: api.platform.example belongs to the platform.',
  },
  {
    text: 'services.platform.example',
    says: 'services.platform.example is reserved: services.platform.example belongs to the platform.',
  },
  {
    text: '*.platform.example',
    says: '*.platform.example is reserved: apps.platform.example belongs to the platform.',
  },
])('$text is refused: $says', ({ text, says }) => {
  expect(checkHostname(text, urls)).toEqual({
    ok: false,
    error: { id: 'invalid_params', message: says },
  });
});

test('a wildcard stands for the names one level below', () => {
  expect(wildcardFor('www.example.com')).toBe('*.example.com');
  expect(wildcardFor('a.b.example.com')).toBe('*.b.example.com');
});

test('DNS targets lie below a name of their own', () => {
  expect(dnsZone(urls)).toBe('dns.apps.platform.example');
});

test('what is looked up fits into a key, however long it is', () => {
  expect(normalHostname(`  ${'A'.repeat(400)}`)).toBe('a'.repeat(254));
  expect(normalHostname(' WWW.Example.com. ')).toBe('www.example.com');
  expect(normalHostname('www.example.com..')).toBe('www.example.com.');
});

test('a platform without an address of its own for services, over plain HTTP, keeps what it has', () => {
  const plain = { ...urls, api: 'http://api.plain.example:5000', services: '' };
  const refusal = checkHostname('api.plain.example', plain);
  expect(refusal.ok ? undefined : refusal.error.message).toBe(
    'api.plain.example is reserved: api.plain.example belongs to the platform.',
  );
  expect(checkHostname('www.example.com', plain)).toEqual({ ok: true, value: 'www.example.com' });
});
