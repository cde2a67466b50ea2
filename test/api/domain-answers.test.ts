import type { Domain, DomainCertificate } from '../../core/records/domain.ts';
import { domainKey } from '../../core/records/domain.ts';
import { RECORD } from '../core/domain/virtual-issuer.ts';
import { stored } from '../stored.ts';
import { A_UUID, invalid, later, missing, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from './api-fixture.ts';

const HOUR = 3_600_000;
let fixture: ApiFixture;
let me: Principal;
let app: { id: string; name: string };
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  fixture.clock.advance(HOUR);
  const { id, name } = (await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } })).body;
  app = { id, name };
  fixture.clock.advance(HOUR);
});
afterEach(() => fixture.close());
const call = (method: string, path: string, body?: unknown) =>
  fixture.request(method, `/apps/shop${path}`, { token: me.token, ...(body === undefined ? {} : { body }) });
const add = (hostname: string) => call('POST', '/domains', { hostname, sni_endpoint: null });
/** Stores a certificate as the certificate step would. */
const certify = async (hostname: string, certificate: Partial<DomainCertificate>) => {
  const key = domainKey(app.id, hostname);
  const item = await stored<Domain>(fixture.platform.store, key);
  if (item === undefined) throw new Error(`no ${hostname}`);
  const known = { id: 'c1', status: 'pending', requestedAtMs: 0, refreshes: 0, failures: 0 } as const;
  const value: Domain = {
    ...item.value,
    status: 'succeeded',
    updatedAtMs: START_MS + 3 * HOUR,
    certificate: { ...known, ...certificate },
  };
  await fixture.platform.store.transact([{ kind: 'put', key, value, expect: item.version }]);
};

const endpointReference = () => ({ id: app.id, name: `acm-${app.id.slice(0, 8)}` });
const own = () => ({
  acm_status: null,
  acm_status_reason: null,
  app,
  cname: null,
  created_at: later(HOUR),
  hostname: 'shop.localhost',
  id: app.id,
  kind: 'heroku',
  sni_endpoint: null,
  status: 'none',
  updated_at: later(HOUR),
  validation_record: null,
});
const custom = (hostname: string, changes: object = {}) => ({
  acm_status: null,
  acm_status_reason: null,
  app,
  cname: expect.stringMatching(/^[a-z]+-[a-z]+-[0-9a-f]{16}\.dns\.localhost$/),
  created_at: later(2 * HOUR),
  hostname,
  id: A_UUID,
  kind: 'custom',
  sni_endpoint: null,
  status: 'pending',
  updated_at: later(2 * HOUR),
  validation_record: null,
  ...changes,
});

test("an app's own domain and a custom one are shown whole", async () => {
  const added = await add('WWW.example.com');
  expect(whole(added)).toEqual({ status: 201, body: custom('www.example.com') });
  const { status, body } = await call('GET', '/domains');
  expect(status).toBe(200);
  expect(body).toHaveLength(2);
  expect(body).toEqual(expect.arrayContaining([own(), added.body]));
  for (const [identity, shown] of [
    ['shop.localhost', own()],
    ['SHOP.localhost', own()],
    [app.id, own()],
    ['www.example.com', added.body],
    [added.body.id.toUpperCase(), added.body],
  ]) {
    expect(whole(await call('GET', `/domains/${identity}`))).toEqual({ status: 200, body: shown });
  }
  expect(whole(await call('PATCH', '/domains/www.example.com', { sni_endpoint: null }))).toEqual({
    status: 200,
    body: added.body,
  });
  expect(whole(await call('DELETE', '/domains/www.example.com'))).toEqual({ status: 200, body: added.body });
});

test.each([
  { method: 'POST', path: '', body: { sni_endpoint: null }, answer: invalid('Missing required field `hostname`.') },
  {
    method: 'POST',
    path: '',
    body: { hostname: 'x.example.com' },
    answer: invalid('Missing required field `sni_endpoint`.'),
  },
  {
    method: 'POST',
    path: '',
    body: { hostname: 'x.example.com', sni_endpoint: 7 },
    answer: invalid('Invalid value for `sni_endpoint`: expected string, received number.'),
  },
  {
    method: 'POST',
    path: '',
    body: { hostname: 'x.example.com', sni_endpoint: 'acm-none' },
    answer: missing('SNI endpoint'),
  },
  {
    method: 'POST',
    path: '',
    body: { hostname: 'nonsense', sni_endpoint: null },
    answer: invalid('Hostname is not a full domain name: give one such as www.example.com.'),
  },
  {
    method: 'POST',
    path: '',
    body: { hostname: 'www.example.com', sni_endpoint: null },
    answer: invalid('Domain already added to this app.'),
  },
  { method: 'GET', path: '/other.example.com', answer: missing('domain') },
  { method: 'DELETE', path: '/other.example.com', answer: missing('domain') },
  { method: 'PATCH', path: '/other.example.com', body: { sni_endpoint: null }, answer: missing('domain') },
  { method: 'PATCH', path: '/shop.localhost', body: { sni_endpoint: null }, answer: missing('domain') },
  {
    method: 'PATCH',
    path: '/www.example.com',
    body: {},
    answer: invalid('Missing required field `sni_endpoint`.'),
  },
  {
    method: 'PATCH',
    path: '/www.example.com',
    body: { sni_endpoint: 'acm-none' },
    answer: missing('SNI endpoint'),
  },
  {
    method: 'DELETE',
    path: '/SHOP.localhost',
    answer: invalid('The domain SHOP.localhost comes with the app and cannot be removed.'),
  },
])('$method domains$path $body is refused', async ({ method, path, body, answer }) => {
  const { body: added } = await add('www.example.com');
  expect(whole(await call(method, `/domains${path}`, body))).toEqual(answer);
  const { body: list } = await call('GET', '/domains');
  expect(list).toHaveLength(2);
  expect(list).toEqual(expect.arrayContaining([own(), added]));
});

const issued = (from: number, to: number) => ({
  issuer: `Issuer ${from}`,
  subject: `CN=${from}`,
  startsAtMs: START_MS + from * HOUR,
  expiresAtMs: START_MS + to * HOUR,
});

test.each([
  { certificate: { reason: 'Create the record.', record: RECORD }, shown: { validation_record: RECORD } },
  { certificate: {}, shown: { acm_status_reason: null } },
  { certificate: { status: 'failed' }, shown: { acm_status: 'failed', acm_status_reason: null } },
  {
    certificate: { status: 'cert issued', issued: issued(0, 9) },
    shown: { acm_status: 'cert issued', acm_status_reason: null, sni_endpoint: true },
  },
] as const)('a domain tells of $certificate while the switch is on', async ({ certificate, shown }) => {
  await add('www.example.com');
  await certify('www.example.com', certificate);
  const looked = { status: 'succeeded', updated_at: later(3 * HOUR) };
  expect((await call('GET', '/domains/www.example.com')).body).toEqual(custom('www.example.com', looked));
  await call('POST', '/acm');
  const { sni_endpoint, ...rest } = { sni_endpoint: false, ...shown };
  const on = {
    acm_status: 'pending',
    acm_status_reason: 'Create the record.',
    ...looked,
    ...rest,
    sni_endpoint: sni_endpoint ? endpointReference() : null,
  };
  expect((await call('GET', '/domains/www.example.com')).body).toEqual(custom('www.example.com', on));
});

describe('the automatic certificates', () => {
  const endpoint = (...domains: { id: string }[]) => ({
    app,
    certificate_chain: '',
    created_at: later(2 * HOUR),
    display_name: null,
    domains: domains.map(({ id }) => id),
    ...endpointReference(),
    ssl_cert: {
      acm: true,
      'ca_signed?': true,
      cert_domains: ['a.example.com', 'b.example.com'],
      expires_at: later(8 * HOUR),
      id: app.id,
      issuer: 'Issuer 1',
      'self_signed?': false,
      starts_at: later(2 * HOUR),
      subject: 'CN=1',
    },
    updated_at: later(2 * HOUR),
  });
  const automatic = invalid(
    'Certificates are issued and renewed automatically here: use heroku certs:auto:enable and certs:auto:disable.',
  );

  test('are one endpoint to clients, as young as the youngest and gone with the first that ends', async () => {
    const domains = [];
    for (const name of ['a', 'b', 'c']) domains.push((await add(`${name}.example.com`)).body);
    await certify('a.example.com', { status: 'cert issued', issued: issued(1, 9) });
    await certify('b.example.com', { status: 'cert issued', issued: issued(2, 8) });
    await certify('c.example.com', {});
    expect(whole(await call('GET', '/sni-endpoints'))).toEqual({ status: 200, body: [] });
    await call('POST', '/acm');
    const [a, b] = domains;
    const body = endpoint(a, b);
    expect(whole(await call('GET', '/sni-endpoints'))).toEqual({ status: 200, body: [body] });
    for (const identity of [body.id, body.name]) {
      const path = `/sni-endpoints/${identity}`;
      expect(whole(await call('GET', path))).toEqual({ status: 200, body });
      for (const method of ['PATCH', 'DELETE']) expect(whole(await call(method, path))).toEqual(automatic);
      const bound = await call('PATCH', '/domains/a.example.com', { sni_endpoint: identity });
      expect(whole(bound)).toEqual({ status: 200, body: (await call('GET', '/domains/a.example.com')).body });
      expect(bound.body.sni_endpoint).toEqual(endpointReference());
    }
    const added = await call('POST', '/domains', { hostname: 'd.example.com', sni_endpoint: body.name });
    expect(whole(added)).toEqual({ status: 201, body: custom('d.example.com') });
  });

  test('cannot be taken from a domain while the switch is on', async () => {
    await add('www.example.com');
    await call('POST', '/acm');
    expect(whole(await call('PATCH', '/domains/www.example.com', { sni_endpoint: null }))).toEqual(
      invalid('Automated Certificate Management chooses the certificate: see heroku certs:auto:disable.'),
    );
    await call('DELETE', '/acm');
    expect((await call('PATCH', '/domains/www.example.com', { sni_endpoint: null })).status).toBe(200);
  });

  test('are the only ones', async () => {
    expect(whole(await call('POST', '/sni-endpoints', { certificate_chain: 'x' }))).toEqual(automatic);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      for (const identity of ['none', app.id]) {
        expect(whole(await call(method, `/sni-endpoints/${identity}`))).toEqual(missing('SNI endpoint'));
      }
    }
    // No endpoint for a switch without domains, nor for a domain without its certificate.
    await call('POST', '/acm');
    expect((await call('GET', '/sni-endpoints')).body).toEqual([]);
    await add('www.example.com');
    expect((await call('GET', '/sni-endpoints')).body).toEqual([]);
  });
});
