import { purgeApp } from '../../core/app/delete-app.ts';
import { stepCertificates } from '../../core/domain/certificate-step.ts';
import { type App, appKey } from '../../core/records/app.ts';
import { hostKey } from '../../core/records/domain.ts';
import { ISSUED, VirtualIssuer } from '../core/domain/virtual-issuer.ts';
import { stored } from '../stored.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('domains and automated certificates', () => {
  let fixture: ApiFixture;
  let me: Principal;
  let appId: string;
  const issuer = new VirtualIssuer();
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    appId = (await call('POST', '/apps', { name: 'shop' })).body.id;
  });
  afterEach(() => fixture.close());
  const call = (method: string, path: string, body?: unknown, token = me.token) =>
    fixture.request(method, path, { token, ...(body === undefined ? {} : { body }) });
  const add = (hostname: string, app = 'shop', token = me.token) =>
    call('POST', `/apps/${app}/domains`, { hostname, sni_endpoint: null }, token);
  const step = () => stepCertificates({ platform: fixture.platform, certificates: issuer }, appId);

  test('an added domain has a DNS target and is found by name and by id, until it is removed', async () => {
    const added = await add('WWW.Example.com');
    expect(added).toMatchObject({
      status: 201,
      body: {
        hostname: 'www.example.com',
        kind: 'custom',
        status: 'pending',
        cname: expect.stringMatching(/^[a-z]+-[a-z]+-[0-9a-f]{16}\.dns\.localhost$/),
        acm_status: null,
        sni_endpoint: null,
        app: { name: 'shop' },
      },
    });
    const listed = await call('GET', '/apps/shop/domains');
    expect(listed.body.map(({ kind, hostname }: Record<string, string>) => `${kind} ${hostname}`).sort()).toEqual([
      'custom www.example.com',
      'heroku shop.localhost',
    ]);
    expectMatchesSchema('domain', listed.body);
    for (const identity of ['www.example.com', 'WWW.EXAMPLE.COM', added.body.id]) {
      expect((await call('GET', `/apps/shop/domains/${identity}`)).body).toEqual(added.body);
    }
    expect((await call('DELETE', '/apps/shop/domains/www.example.com')).body).toEqual(added.body);
    const gone = { status: 404, body: { id: 'not_found', message: "Couldn't find that domain.", resource: 'domain' } };
    expect(await call('GET', `/apps/shop/domains/${added.body.id}`)).toMatchObject(gone);
    expect(await call('DELETE', '/apps/shop/domains/www.example.com')).toMatchObject(gone);
    const again = await add('www.example.com');
    expect(again.body.cname).not.toBe(added.body.cname);
  });

  test.each([
    { body: { hostname: 'www.example.com' }, says: /sni_endpoint/ },
    { body: { sni_endpoint: null }, says: /hostname/ },
    { body: { hostname: 'nonsense', sni_endpoint: null }, says: /not a full domain name/ },
    {
      body: { hostname: 'x.localhost', sni_endpoint: null },
      says: /^x\.localhost is reserved: localhost belongs to the platform\.$/,
    },
  ])('$body is refused', async ({ body, says }) => {
    expect(await call('POST', '/apps/shop/domains', body)).toMatchObject({
      status: 422,
      body: { id: 'invalid_params', message: expect.stringMatching(says) },
    });
  });

  test('a name leads to one app', async () => {
    await call('POST', '/apps', { name: 'store' });
    await add('www.example.com');
    expect(await add('www.example.com')).toMatchObject({
      status: 422,
      body: { id: 'invalid_params', message: 'Domain already added to this app.' },
    });
    expect(await add('www.example.com', 'store')).toMatchObject({
      status: 422,
      body: { id: 'invalid_params', message: 'www.example.com is currently in use by another app.' },
    });
    await call('DELETE', '/apps/shop/domains/www.example.com');
    expect((await add('www.example.com', 'store')).status).toBe(201);
  });

  test('of many who ask for one name at once, one gets it', async () => {
    const apps = ['one', 'two', 'three', 'four'];
    for (const name of apps) await call('POST', '/apps', { name });
    const statuses = await Promise.all(apps.map(async (app) => (await add('www.example.com', app)).status));
    expect(statuses.sort()).toEqual([201, 422, 422, 422]);
  });

  test("below another owner's wildcard nobody adds a name; its owner may", async () => {
    const other = await fixture.principal('other@example.com');
    await call('POST', '/apps', { name: 'theirs' }, other.token);
    await call('POST', '/apps', { name: 'mine-too' });
    expect((await add('*.example.com')).status).toBe(201);
    expect(await add('www.example.com', 'theirs', other.token)).toMatchObject({
      status: 422,
      body: { message: 'www.example.com is currently in use by another app.' },
    });
    expect((await add('www.example.com', 'mine-too')).status).toBe(201);
    expect((await add('a.b.example.com', 'theirs', other.token)).status).toBe(201);
    expect((await call('GET', '/apps/shop/domains/*.example.com')).body.hostname).toBe('*.example.com');
  });

  test('names of a deleted app are free at once, and clearing it away does not take them from the next', async () => {
    await add('www.example.com');
    await add('kept.example.com');
    await call('DELETE', '/apps/shop');
    await call('POST', '/apps', { name: 'store' });
    expect((await add('www.example.com', 'store')).status).toBe(201);
    await purgeApp(fixture.platform, appId);
    expect((await call('GET', '/apps/store/domains/www.example.com')).status).toBe(200);
    expect(await fixture.platform.store.get(hostKey('www.example.com'))).toBeDefined();
    expect(await fixture.platform.store.get(hostKey('kept.example.com'))).toBeUndefined();
    expect(await fixture.platform.store.list({ partition: `app#${appId}`, prefix: '' })).toEqual([]);
  });

  test('an app has a thousand custom domains at most', async () => {
    const key = appKey(appId);
    const app = await stored<App>(fixture.platform.store, key);
    const customHosts = Array.from({ length: 999 }, (_, index) => [`${index}.example.com`, `${index}.dns.localhost`]);
    const value = { ...app?.value, customHosts: customHosts.flat() };
    await fixture.platform.store.transact([{ kind: 'put', key, value, expect: 'any' }]);
    expect((await add('last.example.com')).status).toBe(201);
    expect(await add('www.example.com')).toMatchObject({
      status: 422,
      body: { id: 'invalid_params', message: expect.stringContaining('1000 custom domains') },
    });
  });

  test('a refresh tries a failed certificate again, also after the switch was turned off and on meanwhile', async () => {
    const reason = 'CAA forbids it';
    await add('www.example.com');
    await call('POST', '/apps/shop/acm');
    for (let refreshes = 0; refreshes < 2; refreshes += 1) await call('PATCH', '/apps/shop/acm', { acm_refresh: true });
    issuer.refusal = { reason, retry: false };
    await step();
    const status = async () => (await call('GET', '/apps/shop/domains/www.example.com')).body.acm_status;
    expect(await status()).toBe('failed');
    await call('DELETE', '/apps/shop/acm');
    await call('POST', '/apps/shop/acm');
    issuer.refusal = undefined;
    await step();
    expect(await status()).toBe('failed');
    await call('PATCH', '/apps/shop/acm', { acm_refresh: true });
    await step();
    expect(await status()).toBe('pending');
  });

  test('the switch shows in the app, and each domain tells how its certificate stands', async () => {
    await add('www.example.com');
    await add('*.example.net');
    expect(await call('PATCH', '/apps/shop/acm', { acm_refresh: true })).toMatchObject({ status: 422 });
    const enabled = await call('POST', '/apps/shop/acm', {});
    expect(enabled).toMatchObject({ status: 200, body: { acm: true } });
    expectMatchesSchema('app', enabled.body);
    await step();
    const pending = await call('GET', '/apps/shop/domains/www.example.com');
    expect(pending.body).toMatchObject({
      acm_status: 'pending',
      acm_status_reason: 'Create the DNS record _a.example. CNAME _b.acm-validations.aws.',
      validation_record: { name: '_a.example.', type: 'CNAME', value: '_b.acm-validations.aws.' },
    });
    expectMatchesSchema('domain', pending.body);
    expect((await call('GET', '/apps/shop/sni-endpoints')).body).toEqual([]);
    issuer.all(ISSUED);
    await call('PATCH', '/apps/shop/acm', { acm_refresh: true });
    await step();
    const endpoints = await call('GET', '/apps/shop/sni-endpoints');
    expectMatchesSchema('sni-endpoint', endpoints.body);
    expect(endpoints.body).toMatchObject([
      { ssl_cert: { acm: true, cert_domains: ['*.example.net', 'www.example.com'], issuer: 'Issuer' } },
    ]);
    const [{ id, name }] = endpoints.body;
    expect((await call('GET', '/apps/shop/domains/www.example.com')).body).toMatchObject({
      acm_status: 'cert issued',
      acm_status_reason: null,
      sni_endpoint: { id, name },
    });
    expect((await call('GET', `/apps/shop/sni-endpoints/${name}`)).body).toEqual(endpoints.body[0]);
    expect((await call('PATCH', '/apps/shop/domains/www.example.com', { sni_endpoint: name })).status).toBe(200);
    expect((await call('DELETE', `/apps/shop/sni-endpoints/${name}`)).status).toBe(422);
    expect(await call('DELETE', '/apps/shop/acm')).toMatchObject({ status: 200, body: { acm: false } });
    expect((await call('GET', '/apps/shop/domains/www.example.com')).body).toMatchObject({ acm_status: null });
    expect((await call('GET', '/apps/shop/sni-endpoints')).body).toEqual([]);
  });
});
