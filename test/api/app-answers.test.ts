import { A_UUID, CATALOGUE_DATE, conflict, forbidden, invalid, later, missing, NOW, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy } from './deploy.ts';

let fixture: ApiFixture;
let me: Principal;
let appId: string;
let created: Record<string, unknown>;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  created = (await call('POST', '/apps', { name: 'shop' })).body;
  appId = created.id as string;
});
afterEach(() => fixture.close());
const call = (method: string, path: string, body?: unknown, token = me.token) =>
  fixture.request(method, path, { token, ...(body === undefined ? {} : { body }) });

const stack = (number: number) => ({ id: `57ac0000-0000-4000-8000-0000000000${number}`, name: `heroku-${number}` });
const appBody = (changes: object = {}) => ({
  acm: false,
  archived_at: null,
  build_stack: stack(24),
  buildpack_provided_description: null,
  created_at: NOW,
  generation: { id: '6e000000-0000-4000-8000-000000000001', name: 'cedar' },
  git_url: 'http://localhost:5000/shop.git',
  id: appId,
  internal_routing: null,
  maintenance: false,
  name: 'shop',
  organization: null,
  owner: { email: 'me@example.com', id: me.actor.accountId },
  process_tier: 'production',
  region: { id: '4e610000-0000-4000-8000-000000000001', name: 'us' },
  released_at: NOW,
  repo_size: null,
  slug_size: null,
  space: null,
  stack: stack(24),
  team: null,
  updated_at: NOW,
  web_url: 'http://shop.localhost:8080/',
  ...changes,
});

describe('an app', () => {
  test.each([
    { path: '/apps', asList: true },
    { path: '/users/~/apps', asList: true },
    { path: '/users/ME@example.com/apps', asList: true },
    { path: '/apps/shop', asList: false },
    { path: '/apps/shop/acm', asList: false },
  ])('GET $path shows it whole', async ({ path, asList }) => {
    expect(created).toEqual(appBody());
    expect(whole(await call('GET', path))).toEqual({ status: 200, body: asList ? [appBody()] : appBody() });
  });

  test.each([
    { asked: { name: null, region: null, stack: null, feature_flags: null }, made: {} },
    { asked: { region: 'eu' }, made: { region: { id: '4e610000-0000-4000-8000-000000000002', name: 'eu' } } },
    { asked: { stack: 'heroku-22' }, made: { stack: stack(22), build_stack: stack(22) } },
    { asked: { stack: stack(26).id }, made: { stack: stack(26), build_stack: stack(26) } },
  ])('made of $asked', async ({ asked, made }) => {
    const { status, body } = await call('POST', '/apps', asked);
    const { id, name } = body;
    const urls = { git_url: `http://localhost:5000/${name}.git`, web_url: `http://${name}.localhost:8080/` };
    expect({ status, body }).toEqual({ status: 201, body: appBody({ id, name, ...urls, ...made }) });
    expect(name).toMatch(/^[a-z]+-[a-z]+-[1-9]\d{4}$/);
  });

  test('is answered as it is after each change', async () => {
    fixture.clock.advance(1_000);
    const changes = { name: 'store', maintenance: true, build_stack: 'heroku-22' };
    const changed = appBody({
      build_stack: stack(22),
      git_url: 'http://localhost:5000/store.git',
      maintenance: true,
      name: 'store',
      stack: stack(22),
      updated_at: later(1_000),
      web_url: 'http://store.localhost:8080/',
    });
    expect(whole(await call('PATCH', '/apps/shop', changes))).toEqual({ status: 200, body: changed });
    fixture.clock.advance(1_000);
    const secured = { ...changed, acm: true, updated_at: later(2_000) };
    expect(whole(await call('POST', '/apps/store/acm'))).toEqual({ status: 200, body: secured });
    expect(whole(await call('PATCH', '/apps/store/acm', { acm_refresh: true }))).toEqual({
      status: 200,
      body: secured,
    });
    expect(whole(await call('DELETE', '/apps/store/acm'))).toEqual({ status: 200, body: { ...secured, acm: false } });
    const deleted = await call('DELETE', '/apps/store');
    expect(whole(deleted)).toEqual({ status: 200, body: { ...secured, acm: false } });
    expect(whole(await call('GET', '/apps/store'))).toEqual(missing('app'));
  });

  test('that was deployed tells of its slug', async () => {
    fixture.clock.advance(1_000);
    await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } });
    expect((await call('GET', '/apps/shop')).body).toEqual(
      appBody({
        buildpack_provided_description: 'Node.js',
        released_at: later(1_000),
        slug_size: 'a slug'.length,
        updated_at: later(1_000),
      }),
    );
  });

  const off = 'Automated Certificate Management is off on shop: enable it with heroku certs:auto:enable.';
  test.each([
    { method: 'GET', path: '/apps/nowhere', body: undefined, answer: missing('app') },
    { method: 'POST', path: '/apps', body: { region: 'mars' }, answer: missing('region') },
    { method: 'POST', path: '/apps', body: { stack: 'heroku-20' }, answer: missing('stack') },
    { method: 'POST', path: '/apps', body: { feature_flags: ['warp'] }, answer: missing('app feature') },
    { method: 'POST', path: '/apps', body: { name: 'shop' }, answer: invalid('Name shop is already taken') },
    {
      method: 'POST',
      path: '/apps',
      body: { region: 7 },
      answer: invalid('Invalid value for `region`: expected string, received number.'),
    },
    {
      method: 'POST',
      path: '/apps',
      body: { stack: 7 },
      answer: invalid('Invalid value for `stack`: expected string, received number.'),
    },
    { method: 'PATCH', path: '/apps/shop', body: { build_stack: 'heroku-1' }, answer: missing('stack') },
    {
      method: 'PATCH',
      path: '/apps/shop',
      body: { maintenance: 'on' },
      answer: invalid('Invalid value for `maintenance`: expected boolean, received string.'),
    },
    { method: 'PATCH', path: '/apps/shop/acm', body: { acm_refresh: true }, answer: invalid(off) },
    {
      method: 'PATCH',
      path: '/apps/shop/acm',
      body: { acm_refresh: false },
      answer: invalid('Invalid value for `acm_refresh`: expected true.'),
    },
  ])('$method $path $body is refused, and it stays as it was', async ({ method, path, body, answer }) => {
    expect(whole(await call(method, path, body))).toEqual(answer);
    expect((await call('GET', '/apps')).body).toEqual([appBody()]);
  });
});

test('what only the owner may is refused to everybody else, in words', async () => {
  await call('POST', '/apps/shop/collaborators', { user: 'ann@example.com' });
  const ann = await fixture.principal('ann@example.com');
  const eve = await fixture.principal('eve@example.com');
  const owners = forbidden('Only the owner of shop can do that.');
  for (const [who, method, path, body, answer] of [
    [ann, 'PATCH', '/apps/shop', { name: 'mine' }, forbidden('Only the owner of shop can rename it.')],
    [ann, 'DELETE', '/apps/shop', undefined, owners],
    [ann, 'POST', '/apps/shop/collaborators', { user: 'x@example.com' }, owners],
    [
      ann,
      'DELETE',
      '/apps/shop/collaborators/me@example.com',
      undefined,
      forbidden('Only the owner of shop can remove other collaborators.'),
    ],
    [eve, 'GET', '/apps/shop', undefined, forbidden('You do not have access to the app shop.')],
    [me, 'DELETE', '/apps/shop/collaborators/~', undefined, missing('collaborator')],
    [
      me,
      'DELETE',
      '/apps/shop/collaborators/me@example.com',
      undefined,
      invalid('The owner of shop cannot be removed.'),
    ],
    [me, 'PATCH', '/apps/shop', { name: 'ab' }, invalid('Name is too short (minimum is 3 characters)')],
  ] as const) {
    expect(whole(await call(method, path, body, who.token))).toEqual(answer);
  }
});

describe('collaborators', () => {
  const permissions = (...names: string[]) => names.map((name) => ({ name, description: '' }));
  const collaborator = (role: string, email: string, id: unknown, names: string[]) => ({
    app: { id: appId, name: 'shop' },
    created_at: NOW,
    id: A_UUID,
    permissions: permissions(...names),
    role,
    updated_at: NOW,
    user: { email, federated: false, id },
  });

  test('are shown whole when they are added, looked at and removed', async () => {
    const added = await call('POST', '/apps/shop/collaborators', { user: 'Ann@Example.com' });
    const ann = collaborator('collaborator', 'ann@example.com', A_UUID, ['deploy', 'operate', 'view']);
    expect(whole(added)).toEqual({ status: 201, body: ann });
    const owner = collaborator('owner', 'me@example.com', me.actor.accountId, ['deploy', 'manage', 'operate', 'view']);
    const path = '/apps/shop/collaborators';
    const { body: list } = await call('GET', path);
    expect(list).toHaveLength(2);
    expect(list).toEqual(expect.arrayContaining([added.body, owner]));
    for (const identity of [added.body.id, added.body.user.id, 'ANN@example.com']) {
      expect(whole(await call('GET', `${path}/${identity}`))).toEqual({ status: 200, body: added.body });
    }
    expect(whole(await call('DELETE', `${path}/ann@example.com`))).toEqual({ status: 200, body: added.body });
    for (const method of ['GET', 'DELETE']) {
      expect(whole(await call(method, `${path}/ann@example.com`))).toEqual(missing('collaborator'));
    }
  });

  test.each([
    { user: 'nobody', answer: missing('user') },
    { user: 'a@b c', answer: invalid('Email is not a valid address.') },
    { user: 'me@example.com', answer: invalid('User me@example.com is already a collaborator on shop.') },
    { user: undefined, answer: invalid('Missing required field `user`.') },
    { user: null, answer: invalid('Invalid value for `user`: expected string, received null.') },
  ])('$user cannot be added', async ({ user, answer }) => {
    expect(whole(await call('POST', '/apps/shop/collaborators', { user }))).toEqual(answer);
  });
});

describe('app features', () => {
  test('are switched, and answered whole', async () => {
    const preboot = (enabled: boolean) => ({
      created_at: CATALOGUE_DATE,
      description: 'Provide seamless web dyno deploys',
      display_name: 'Preboot',
      doc_url: 'https://devcenter.heroku.com/articles/preboot',
      enabled,
      feedback_email: null,
      id: 'fea70000-0000-4000-8000-000000000001',
      name: 'preboot',
      state: 'general',
      updated_at: CATALOGUE_DATE,
    });
    for (const enabled of [true, false]) {
      const switched = await call('PATCH', '/apps/shop/features/preboot', { enabled });
      expect(whole(switched)).toEqual({ status: 200, body: preboot(enabled) });
      expect((await call('GET', '/apps/shop/features')).body).toContainEqual(preboot(enabled));
    }
  });

  test.each([
    { feature: 'warp', body: { enabled: true }, answer: missing('app feature') },
    { feature: 'preboot', body: {}, answer: invalid('Missing required field `enabled`.') },
    {
      feature: 'preboot',
      body: { enabled: null },
      answer: invalid('Invalid value for `enabled`: expected boolean, received null.'),
    },
    {
      feature: 'preboot',
      body: { enabled: true },
      answer: invalid('Preboot needs Standard or Performance web dynos. Resize the web dynos first.'),
    },
  ])('$feature with $body is refused', async ({ feature, body, answer }) => {
    await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } });
    await call('PATCH', '/apps/shop/formation/web', { size: 'eco' });
    expect(whole(await call('PATCH', `/apps/shop/features/${feature}`, body))).toEqual(answer);
  });
});

test('config vars are answered whole, those in force and those of a release', async () => {
  const set = await call('PATCH', '/apps/shop/config-vars', { A: '1', B: '2' });
  expect(whole(set)).toEqual({ status: 200, body: { A: '1', B: '2' } });
  expect(whole(await call('PATCH', '/apps/shop/config-vars', { A: null }))).toEqual({ status: 200, body: { B: '2' } });
  expect(whole(await call('GET', '/apps/shop/config-vars'))).toEqual({ status: 200, body: { B: '2' } });
  expect(whole(await call('GET', '/apps/shop/releases/v3/config-vars'))).toEqual({
    status: 200,
    body: { A: '1', B: '2' },
  });
  expect(whole(await call('GET', '/apps/shop/releases/9/config-vars'))).toEqual(missing('release'));
});

test('an app without released code runs nothing', async () => {
  expect(whole(await call('POST', '/apps/shop/dynos', { command: 'bash' }))).toEqual(
    conflict('This app has no released code yet. Deploy it first.'),
  );
  for (const [method, path] of [
    ['GET', '/dynos/web.1'],
    ['DELETE', '/dynos/web.1'],
    ['POST', '/dynos/web.1/actions/stop'],
  ] as const) {
    expect(whole(await call(method, `/apps/shop${path}`))).toEqual(missing('dyno'));
  }
});

test('a place for a source has two URLs, and its keeper alone writes to it', async () => {
  for (const path of ['/sources', '/apps/shop/sources']) {
    const answer = await call('POST', path);
    const url = expect.stringMatching(/^http:\/\/localhost:5000\/blobs\/\S+$/);
    expect(whole(answer)).toEqual({ status: 201, body: { source_blob: { get_url: url, put_url: url } } });
    const keyOf = (purpose: string, key: string) =>
      fixture.platform.signer.verify(
        purpose,
        answer.body.source_blob[key].split('/').at(-1) ?? '',
        fixture.clock.nowMs(),
      );
    expect(keyOf('blob-GET', 'get_url')).toMatch(/^sources\//);
    expect(keyOf('blob-PUT', 'put_url')).toBe(keyOf('blob-GET', 'get_url'));
  }
});

test('a log session is answered whole', async () => {
  expect(whole(await call('POST', '/apps/shop/log-sessions', {}))).toEqual({
    status: 201,
    body: {
      id: A_UUID,
      created_at: NOW,
      logplex_url: expect.stringMatching(/^http:\/\/localhost:5000\/logs\/\S+$/),
      updated_at: NOW,
    },
  });
});
