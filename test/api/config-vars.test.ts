import fc from 'fast-check';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy, logOf } from './deploy.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('config vars', () => {
  let fixture: ApiFixture;
  let me: Principal;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    await call('POST', '/apps', { name: 'shop' });
  });
  afterEach(() => fixture.close());
  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    fixture.request(method, path, {
      token: me.token,
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
  const newest = async () =>
    (await call('GET', '/apps/shop/releases', undefined, { range: 'version ..; order=desc,max=1' })).body;

  test('setting and removing answers the whole map, and the new release can be read at once', async () => {
    const set = await call('PATCH', '/apps/shop/config-vars', { A: '1', B: 'two\nlines' });
    expect(set).toMatchObject({ status: 200, body: { A: '1', B: 'two\nlines' } });
    expect(await newest()).toMatchObject([{ version: 3, description: 'Set A, B config vars', current: true }]);
    const removed = await call('PATCH', '/apps/shop/config-vars', { A: null });
    expect(removed.body).toEqual({ B: 'two\nlines' });
    expect(await newest()).toMatchObject([{ version: 4, description: 'Remove A config vars' }]);
    expect((await call('GET', '/apps/shop/config-vars')).body).toEqual({ B: 'two\nlines' });
    expect(logOf(fixture).slice(-4)).toEqual([
      'app[api]: Set A, B config vars by user me@example.com',
      'app[api]: Release v3 created by user me@example.com',
      'app[api]: Remove A config vars by user me@example.com',
      'app[api]: Release v4 created by user me@example.com',
    ]);
  });

  test('the same values again make no release, and nobody has to look', async () => {
    await call('PATCH', '/apps/shop/config-vars', { A: '1' });
    fixture.nudged.length = 0;
    const again = await call('PATCH', '/apps/shop/config-vars', { A: '1', GONE: null });
    expect(again).toMatchObject({ status: 200, body: { A: '1' } });
    expect(await newest()).toMatchObject([{ version: 3 }]);
    expect(fixture.nudged).toEqual([]);
  });

  test('each release keeps the config vars that it froze', async () => {
    await call('PATCH', '/apps/shop/config-vars', { A: '1' });
    await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } });
    await call('PATCH', '/apps/shop/config-vars', { A: '2' });
    const frozen = await Promise.all(
      [2, 3, 4, 5].map(async (version) => (await call('GET', `/apps/shop/releases/${version}/config-vars`)).body),
    );
    expect(frozen).toEqual([{}, { A: '1' }, { A: '1' }, { A: '2' }]);
    expect(await call('GET', '/apps/shop/releases/9/config-vars')).toMatchObject({ status: 404 });
  });

  test.each([
    { name: 'a number', body: { A: 1 }, status: 422, message: /`A`/ },
    { name: 'a list', body: ['A'], status: 422, message: /Invalid request body/ },
    { name: 'a broken body', body: '{"A":', status: 400, message: /parse the JSON/ },
    { name: 'a bad key', body: { 'A B': '1' }, status: 422, message: /Config var key "A B" is invalid/ },
    { name: '70 KB', body: { A: 'x'.repeat(70_000) }, status: 422, message: /at most 64 KB/ },
    { name: 'far too much', body: { A: 'x'.repeat(2_000_000) }, status: 413, message: /larger than/ },
  ])('refuses $name and changes nothing', async ({ body, status, message }) => {
    const refused = await call('PATCH', '/apps/shop/config-vars', body);
    expect(refused).toMatchObject({ status, body: { message: expect.stringMatching(message) } });
    expect((await call('GET', '/apps/shop/config-vars')).body).toEqual({});
    expect(await newest()).toMatchObject([{ version: 2 }]);
  });

  test('any text comes back as it was sent', async () => {
    const key = fc.stringMatching(/^[A-Za-z]\w{0,10}$/).filter((name) => !name.startsWith('HEROKU_'));
    const value = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true }), async (config) => {
        const before = (await call('GET', '/apps/shop/config-vars')).body as Record<string, string>;
        const clear = Object.fromEntries(Object.keys(before).map((name) => [name, null]));
        const set = await call('PATCH', '/apps/shop/config-vars', { ...clear, ...config });
        expect(set.body).toEqual(config);
        expect((await call('GET', '/apps/shop/config-vars')).body).toEqual(config);
        expectMatchesSchema('config-var', set.body);
      }),
      { numRuns: 30 },
    );
  });

  test('values are nowhere in the store as text', async () => {
    await call('PATCH', '/apps/shop/config-vars', { A: 'very-secret-value' });
    const app = (await call('GET', '/apps/shop')).body;
    const items = await fixture.platform.store.list({ partition: `app#${app.id}`, prefix: '' });
    expect(items.map(({ sort }) => sort)).toContain('config#0000000003');
    expect(JSON.stringify(items)).not.toContain('very-secret-value');
    expect(JSON.stringify(fixture.logLines)).not.toContain('very-secret-value');
  });
});
