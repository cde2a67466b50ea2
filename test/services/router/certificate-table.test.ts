import { createAuthority, createServerCertificate } from '../../../adapters/local/certificates.ts';
import { CertificateTable, type ServerCertificate } from '../../../services/router/certificate-table.ts';

let certificate: ServerCertificate;
beforeAll(async () => {
  const authority = await createAuthority(['test'], Date.now());
  certificate = await createServerCertificate(authority, ['a.test'], Date.now());
});

test('a name of its own, else the wildcard one level above, else the fallback', () => {
  const table = new CertificateTable();
  expect([table.find('shop.test'), table.fallback()]).toEqual([undefined, undefined]);
  table.setFallback(certificate);
  const fallback = table.fallback();
  expect(fallback).toBeDefined();
  table.set('*.shop.test', certificate);
  table.set('www.shop.test', certificate);
  const wildcard = table.find('api.shop.test');
  const own = table.find('www.shop.test');
  expect(new Set([fallback, wildcard, own]).size).toBe(3);
  expect(table.find('WWW.Shop.test')).toBe(own);
  expect(table.find('other.shop.test')).toBe(wildcard);
  for (const name of ['shop.test', 'a.b.shop.test', 'test', '', 'xshop.test']) expect(table.find(name)).toBe(fallback);
  table.remove('www.shop.test');
  expect(table.find('www.shop.test')).toBe(wildcard);
  table.remove('*.shop.test');
  expect(table.find('www.shop.test')).toBe(fallback);
});

test('a new certificate takes the place of the one before', () => {
  const table = new CertificateTable();
  table.set('a.test', certificate);
  const before = table.find('a.test');
  table.set('a.test', certificate);
  expect(table.find('a.test')).not.toBe(before);
});

test('what is no certificate is an error', () => {
  expect(() => new CertificateTable().set('a.test', { key: 'x', cert: 'y' })).toThrow(/PEM routines/);
});
