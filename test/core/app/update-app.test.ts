import { createApp } from '../../../core/app/create-app.ts';
import { type App, appKey } from '../../../core/records/app.ts';
import { type ApiFixture, openApiFixture, type Principal } from '../../api/api-fixture.ts';

let fixture: ApiFixture;
let me: Principal;
let app: App;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  const created = await createApp(fixture.platform, me.actor, { name: 'shop' });
  if (!created.ok) throw new Error(created.error.message);
  app = created.value;
});
afterEach(() => fixture.close());

const write = (value: object) =>
  fixture.platform.store.transact([{ kind: 'put', key: appKey(app.id), value, expect: 'any' }]);

describe('an app that a newer platform has changed', () => {
  const newer = () => ({ ...app, schemaVersion: 2, added: 'what this platform would drop' });
  beforeEach(async () => {
    await write(newer());
    fixture.nudged.length = 0;
  });

  test.each([
    { name: 'config vars', method: 'PATCH', path: '/apps/shop/config-vars', body: { KEY: 'value' } },
    { name: 'maintenance', method: 'PATCH', path: '/apps/shop', body: { maintenance: true } },
    { name: 'the whole app', method: 'DELETE', path: '/apps/shop', body: undefined },
    { name: 'a restart', method: 'DELETE', path: '/apps/shop/dynos', body: undefined },
  ])('is refused changes of $name, and stays as it is', async ({ method, path, body }) => {
    const answer = await fixture.request(method, path, { token: me.token, body });
    expect([answer.status, answer.body]).toEqual([
      409,
      {
        id: 'conflict',
        message:
          'A newer version of the platform has changed shop: its record has schema version 2, and this platform knows 1. Update the platform.',
      },
    ]);
    expect(await fixture.platform.store.get(appKey(app.id))).toMatchObject({ value: newer() });
    expect(fixture.nudged).toEqual([]);
    expect(fixture.reported).toEqual([]);
  });

  it('can be read, and changed again when it is of this platform', async () => {
    expect(await fixture.request('GET', '/apps/shop', { token: me.token })).toMatchObject({ status: 200 });
    await write(app);
    const body = { maintenance: true };
    expect(await fixture.request('PATCH', '/apps/shop', { token: me.token, body })).toMatchObject({ status: 200 });
  });
});

describe('an app whose record is damaged', () => {
  const damaged = () => ({ ...app, formation: 'web=1' });
  beforeEach(() => write(damaged()));

  test.each([
    { method: 'GET', path: '/apps/shop', body: undefined },
    { method: 'GET', path: '/apps/shop/formation', body: undefined },
    { method: 'PATCH', path: '/apps/shop', body: { maintenance: true } },
  ])('$method $path answers an error, and the operator is told', async ({ method, path, body }) => {
    const answer = await fixture.request(method, path, { token: me.token, body });
    expect([answer.status, answer.body.id]).toEqual([500, 'internal_server_error']);
    expect(fixture.reported.map(String)).toEqual(['UnreadableRecord: its app record is corrupt: formation']);
    expect((await fixture.platform.store.get(appKey(app.id)))?.value).toEqual(damaged());
  });

  it('does not hide the others of its owner', async () => {
    const other = await createApp(fixture.platform, me.actor, { name: 'other' });
    expect(other.ok).toBe(true);
    const answer = await fixture.request('GET', '/apps', { token: me.token });
    expect([answer.status, answer.body.map(({ name }: App) => name)]).toEqual([200, ['other']]);
    expect(fixture.reported).toEqual([]);
  });
});
