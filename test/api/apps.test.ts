import { purgeApp } from '../../core/app/delete-app.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('apps', () => {
  let fixture: ApiFixture;
  let me: Principal;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
  });
  afterEach(() => fixture.close());
  const call = (method: string, path: string, body?: unknown, token = me.token) =>
    fixture.request(method, path, { token, ...(body === undefined ? {} : { body }) });

  test('a new app has everything that the CLI prints, two releases and their log lines', async () => {
    const made = await call('POST', '/apps', { name: 'shop' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        name: 'shop',
        git_url: 'http://localhost:5000/shop.git',
        web_url: 'http://shop.localhost:8080/',
        owner: { email: 'me@example.com' },
        region: { name: 'us' },
        stack: { name: 'heroku-24' },
        build_stack: { name: 'heroku-24' },
        maintenance: false,
        repo_size: null,
        slug_size: null,
      },
    });
    expectMatchesSchema('app', made.body);
    expect(fixture.logLines.map(({ source, process, message }) => `${source}[${process}]: ${message}`)).toEqual([
      'app[api]: Release v1 created by user me@example.com',
      'app[api]: Initial release by user me@example.com',
      'app[api]: Release v2 created by user me@example.com',
      'app[api]: Enable Logplex by user me@example.com',
    ]);
    expect(fixture.nudged).toContain(made.body.id);
    expect((await call('GET', '/apps/shop')).body).toEqual(made.body);
    expect((await call('GET', `/apps/${made.body.id.toUpperCase()}`)).body).toEqual(made.body);
    for (const path of ['/apps', '/users/~/apps', '/users/me@example.com/apps']) {
      expect((await call('GET', path)).body).toEqual([made.body]);
    }
  });

  test('an app without a name gets one of adjective, noun and five digits', async () => {
    const { body } = await call('POST', '/apps');
    expect(body.name).toMatch(/^[a-z]+-[a-z]+-[1-9]\d{4}$/);
  });

  test.each([
    { name: 'a name that is too short', body: { name: 'ab' }, message: 'Name is too short (minimum is 3 characters)' },
    {
      name: 'a name of 500 characters',
      body: { name: 'a'.repeat(500) },
      message: 'Name is too long (maximum is 30 characters)',
    },
    ...['Shop', '1shop', 'shop-', 'sh_op', 'shöp', 'sh op'].map((name) => ({
      name: `the name ${name}`,
      body: { name },
      message:
        'Name must start with a letter, end with a letter or digit and can only contain lowercase letters, digits, and dashes.',
    })),
    { name: 'a name that is taken', body: { name: 'taken' }, message: 'Name taken is already taken' },
    { name: "the platform's own name", body: { name: 'api' }, message: 'Name api is already taken' },
    {
      name: 'a name that is no text',
      body: { name: 7 },
      message: 'Invalid value for `name`: expected string, received number.',
    },
    {
      name: 'features that are no list',
      body: { feature_flags: 'preboot' },
      message: 'Invalid value for `feature_flags`: expected array, received string.',
    },
    { name: 'a list as body', body: [], message: 'Invalid request body: expected object, received array.' },
    {
      name: 'a region of private spaces',
      body: { region: 'tokyo' },
      message: 'Region tokyo is only available to apps in a private space. Use us or eu.',
    },
  ])('$name is refused, and says why', async ({ body, message }) => {
    await call('POST', '/apps', { name: 'taken' });
    const answer = await call('POST', '/apps', body);
    expect(answer).toMatchObject({ status: 422, body: { id: 'invalid_params', message } });
    expect((await call('GET', '/apps')).body).toHaveLength(1);
  });

  test('ten clients that want the same name make one app', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => call('POST', '/apps', { name: 'shop' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(422)]);
  });

  test('a renamed app frees its old name', async () => {
    const { body } = await call('POST', '/apps', { name: 'shop' });
    await call('POST', '/apps', { name: 'other' });
    expect(await call('PATCH', '/apps/shop', { name: 'other' })).toMatchObject({
      status: 422,
      body: { message: 'Name other is already taken' },
    });
    const renamed = await call('PATCH', '/apps/shop', { name: 'store' });
    expect(renamed.body).toMatchObject({ id: body.id, name: 'store', web_url: 'http://store.localhost:8080/' });
    expect((await call('GET', '/apps/shop')).status).toBe(404);
    expect((await call('POST', '/apps', { name: 'shop' })).status).toBe(201);
    expect((await call('GET', '/apps/store')).body.id).toBe(body.id);
  });

  test('maintenance is logged when it changes, and only then', async () => {
    await call('POST', '/apps', { name: 'shop' });
    fixture.logLines.length = 0;
    for (const maintenance of [true, true, false]) {
      expect((await call('PATCH', '/apps/shop', { maintenance })).body.maintenance).toBe(maintenance);
    }
    expect(fixture.logLines.map(({ message }) => message)).toEqual([
      'Enable maintenance mode by user me@example.com',
      'Disable maintenance mode by user me@example.com',
    ]);
  });

  test('the build stack changes', async () => {
    await call('POST', '/apps', { name: 'shop' });
    expect((await call('PATCH', '/apps/shop', { build_stack: 'heroku-26' })).body.build_stack.name).toBe('heroku-26');
    expect((await call('PATCH', '/apps/shop', { build_stack: 'heroku-1' })).status).toBe(404);
  });

  test('a deleted app is gone at once, and purging leaves no record of it', async () => {
    const { body } = await call('POST', '/apps', { name: 'shop' });
    const friends = Array.from({ length: 120 }, (_, index) => `friend${index}@example.com`);
    for (const user of friends) await call('POST', '/apps/shop/collaborators', { user });
    const friend = await fixture.principal('friend7@example.com');
    expect((await call('GET', '/apps', undefined, friend.token)).body).toHaveLength(1);

    expect((await call('DELETE', '/apps/shop')).status).toBe(200);
    expect((await call('GET', `/apps/${body.id}`)).status).toBe(404);
    expect((await call('GET', '/apps')).body).toEqual([]);
    expect((await call('GET', '/apps', undefined, friend.token)).body).toEqual([]);
    expect((await call('POST', '/apps', { name: 'shop' })).status).toBe(201);

    const { store } = fixture.platform;
    expect(await store.list({ partition: `app#${body.id}`, prefix: '' })).not.toEqual([]);
    for (let time = 0; time < 2; time += 1) {
      await purgeApp(fixture.platform, body.id);
      expect(await store.list({ partition: `app#${body.id}`, prefix: '' })).toEqual([]);
    }
    expect(await store.list({ partition: `account#${friend.actor.accountId}`, prefix: 'app#' })).toEqual([]);
  });

  test.each(['build#b', 'release#0000000001', 'slug#s', 'collaborator#c', 'job#mail'])(
    'a deleted app is purged though its %s cannot be read',
    async (sort) => {
      const { body } = await call('POST', '/apps', { name: 'shop' });
      const { store } = fixture.platform;
      const partition = `app#${body.id}`;
      await store.transact([{ kind: 'put', key: { partition, sort }, value: { damaged: true }, expect: 'any' }]);
      expect((await call('DELETE', '/apps/shop')).status).toBe(200);
      await purgeApp(fixture.platform, body.id);
      expect(await store.list({ partition, prefix: '' })).toEqual([]);
    },
  );

  test('a live app is never purged', async () => {
    const { body } = await call('POST', '/apps', { name: 'shop' });
    await expect(purgeApp(fixture.platform, body.id)).rejects.toThrow('only a deleted app');
    expect((await call('GET', '/apps/shop')).status).toBe(200);
  });

  test('collaborators are added, shown and removed', async () => {
    await call('POST', '/apps', { name: 'shop' });
    const added = await call('POST', '/apps/shop/collaborators', { user: 'Ann@Example.com', silent: true });
    expect(added).toMatchObject({ status: 201, body: { role: 'collaborator', user: { email: 'ann@example.com' } } });
    expectMatchesSchema('collaborator', added.body);
    const ann = await fixture.principal('ann@example.com');
    expect((await call('GET', '/apps/shop', undefined, ann.token)).status).toBe(200);
    expect((await call('POST', '/apps/shop/collaborators', { user: 'ann@example.com' })).status).toBe(422);

    const list = await call('GET', '/apps/shop/collaborators');
    expect(list.body.map((one: { role: string }) => one.role).sort()).toEqual(['collaborator', 'owner']);
    expectMatchesSchema('collaborator', list.body);
    expect((await call('GET', '/apps/shop/collaborators/ann@example.com')).body).toEqual(added.body);

    expect((await call('DELETE', '/apps/shop/collaborators/me@example.com', undefined, ann.token)).status).toBe(403);
    expect((await call('DELETE', '/apps/shop/collaborators/me@example.com')).status).toBe(422);
    expect((await call('DELETE', '/apps/shop/collaborators/ann%40example.com')).status).toBe(200);
    expect((await call('GET', '/apps/shop', undefined, ann.token)).status).toBe(403);
  });

  test('a collaborator changes the app but neither renames nor deletes it, and may leave', async () => {
    await call('POST', '/apps', { name: 'shop' });
    await call('POST', '/apps/shop/collaborators', { user: 'ann@example.com' });
    const ann = await fixture.principal('ann@example.com');
    const asAnn = (method: string, path: string, body?: unknown) => call(method, path, body, ann.token);
    expect((await asAnn('PATCH', '/apps/shop', { maintenance: true })).status).toBe(200);
    expect((await asAnn('PATCH', '/apps/shop', { name: 'mine' })).status).toBe(403);
    expect((await asAnn('DELETE', '/apps/shop')).status).toBe(403);
    expect((await asAnn('POST', '/apps/shop/collaborators', { user: 'eve@example.com' })).status).toBe(403);
    expect((await asAnn('DELETE', '/apps/shop/collaborators/ann@example.com')).status).toBe(200);
    expect((await asAnn('GET', '/apps/shop')).status).toBe(403);
  });

  test.each([
    { user: 'not an address', status: 404 },
    { user: 'a@b c', status: 422 },
    { user: '', status: 404 },
    { user: `${'a'.repeat(300)}@example.com`, status: 422 },
    { user: 'x\u0000@example.com', status: 422 },
  ])('nobody called "$user" becomes a collaborator', async ({ user, status }) => {
    await call('POST', '/apps', { name: 'shop' });
    expect(await call('POST', '/apps/shop/collaborators', { user })).toMatchObject({ status });
    const list = await call('GET', '/apps/shop/collaborators');
    expect(list.body.map((one: { user: { email: string } }) => one.user.email)).toEqual(['me@example.com']);
  });

  test('app features are listed and switched', async () => {
    await call('POST', '/apps', { name: 'shop', feature_flags: ['runtime-dyno-metadata'] });
    const list = await call('GET', '/apps/shop/features');
    expectMatchesSchema('app-feature', list.body);
    const enabled = (features: { name: string; enabled: boolean }[]) =>
      features.filter((feature) => feature.enabled).map(({ name }) => name);
    expect(enabled(list.body)).toEqual(['runtime-dyno-metadata']);
    expect((await call('PATCH', '/apps/shop/features/preboot', { enabled: true })).body.enabled).toBe(true);
    expect((await call('GET', '/apps/shop/features/preboot')).body.enabled).toBe(true);
    expect((await call('PATCH', '/apps/shop/features/preboot', { enabled: 'yes' })).body.message).toBe(
      'Invalid value for `enabled`: expected boolean, received string.',
    );
    expect((await call('PATCH', '/apps/shop/features/preboot', {})).body.message).toBe(
      'Missing required field `enabled`.',
    );
    expect((await call('GET', '/apps/shop/features/warp')).status).toBe(404);
  });
});
