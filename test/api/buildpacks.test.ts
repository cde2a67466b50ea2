import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('the buildpacks of an app', () => {
  let fixture: ApiFixture;
  let me: Principal;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
  });
  afterEach(() => fixture.close());
  const path = '/apps/shop/buildpack-installations';
  const put = (updates: unknown) =>
    fixture.request('PUT', path, { token: me.token, body: { updates }, headers: { range: '' } });

  test('the whole list is replaced, in order', async () => {
    const set = await put([
      { buildpack: 'https://example.com/pack.git' },
      { buildpack: 'urn:buildpack:heroku/nodejs' },
    ]);
    expect(set.status).toBe(200);
    expectMatchesSchema('buildpack-installation', set.body);
    expect(
      set.body.map(({ ordinal, buildpack }: { ordinal: number; buildpack: { url: string } }) => [
        ordinal,
        buildpack.url,
      ]),
    ).toEqual([
      [0, 'https://example.com/pack.git'],
      [1, 'urn:buildpack:heroku/nodejs'],
    ]);
    expect((await fixture.request('GET', path, { token: me.token })).body).toEqual(set.body);
    // The CLI strips the URN before it sends a list back.
    expect((await put([{ buildpack: 'heroku/nodejs' }])).body).toMatchObject([
      { ordinal: 0, buildpack: { name: 'heroku/nodejs', url: 'urn:buildpack:heroku/nodejs' } },
    ]);
    expect((await put([])).body).toEqual([]);
  });

  test('the entry that the CLI sends for an unknown name is refused, and the list stays', async () => {
    await put([{ buildpack: 'heroku/nodejs' }]);
    expect(await put([{ buildpack: 'heroku/nodejs' }, {}])).toMatchObject({
      status: 422,
      body: { message: expect.stringMatching(/^Couldn't find that buildpack/) },
    });
    expect((await fixture.request('GET', path, { token: me.token })).body).toHaveLength(1);
  });
});
