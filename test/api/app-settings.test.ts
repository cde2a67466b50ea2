import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy } from './deploy.ts';

let fixture: ApiFixture;
let me: Principal;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  await call('POST', '/apps', { name: 'shop' });
});
afterEach(() => fixture.close());
const call = (method: string, path: string, body?: unknown) =>
  fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
const deployed = () => deploy(fixture, me, 'shop', { processTypes: { web: 'serve', worker: 'work' } });
const resize = (size: string) =>
  call('PATCH', '/apps/shop/formation', { updates: ['web', 'worker'].map((type) => ({ type, size })) });

test.each([
  { name: 'the name', change: { name: 'store' }, after: { name: 'store', maintenance: true, stack: 'heroku-22' } },
  { name: 'maintenance', change: { maintenance: false }, after: { maintenance: false, stack: 'heroku-22' } },
  { name: 'the stack', change: { build_stack: 'heroku-26' }, after: { maintenance: true, stack: 'heroku-26' } },
])('to change $name leaves the other settings as they are', async ({ change, after }) => {
  await call('PATCH', '/apps/shop', { maintenance: true, build_stack: 'heroku-22' });
  const { body } = await call('PATCH', '/apps/shop', change);
  const { name, maintenance, build_stack: stack } = body;
  expect({ name, maintenance, stack: stack.name }).toEqual({ name: 'shop', ...after });
});

test('another stack is that of the next build: what runs keeps its own until then', async () => {
  const stacks = async () => {
    const { stack, build_stack: next } = (await call('GET', '/apps/shop')).body;
    return `runs ${stack.name}, builds ${next.name}`;
  };
  await call('PATCH', '/apps/shop', { build_stack: 'heroku-22' });
  expect(await stacks()).toBe('runs heroku-22, builds heroku-22');
  await deployed();
  await call('PATCH', '/apps/shop', { build_stack: 'heroku-26' });
  expect(await stacks()).toBe('runs heroku-22, builds heroku-26');
  const { body: slug } = await call('POST', '/apps/shop/slugs', { process_types: { web: 'w' } });
  expect(slug.stack.name).toBe('heroku-26');
  await deployed();
  expect(await stacks()).toBe('runs heroku-26, builds heroku-26');
  await call('POST', '/apps/shop/releases', { release: 3 });
  expect(await stacks()).toBe('runs heroku-22, builds heroku-26');
});

test('one feature is switched at a time', async () => {
  await deployed();
  const enabled = async () =>
    (await call('GET', '/apps/shop/features')).body
      .filter((feature: { enabled: boolean }) => feature.enabled)
      .map(({ name }: { name: string }) => name)
      .sort();
  for (const name of ['preboot', 'runtime-dyno-build-metadata', 'runtime-dyno-metadata']) {
    await call('PATCH', `/apps/shop/features/${name}`, { enabled: true });
  }
  await call('PATCH', '/apps/shop/features/preboot', { enabled: false });
  expect(await enabled()).toEqual(['runtime-dyno-build-metadata', 'runtime-dyno-metadata']);
});

test('a new app has the features that it was asked for, by name or by id', async () => {
  const { id } = (await call('GET', '/apps/shop/features/preboot')).body;
  await call('POST', '/apps', { name: 'store', feature_flags: [id] });
  expect((await call('GET', '/apps/store/features/preboot')).body.enabled).toBe(true);
});

test.each([
  { size: 'eco', preboots: false, tier: 'eco' },
  { size: 'basic', preboots: false, tier: 'basic' },
  { size: 'standard-1x', preboots: true, tier: 'production' },
  { size: 'standard-2x', preboots: true, tier: 'production' },
  { size: 'performance-m', preboots: true, tier: 'production' },
])('of an app of $size dynos: preboot $preboots, and `heroku ps` reads $tier', async ({ size, preboots, tier }) => {
  await deployed();
  expect((await resize(size)).status).toBe(200);
  const switched = await call('PATCH', '/apps/shop/features/preboot', { enabled: true });
  expect(switched.status).toBe(preboots ? 200 : 422);
  expect((await call('PATCH', '/apps/shop/features/preboot', { enabled: false })).status).toBe(200);
  expect((await call('GET', '/apps/shop')).body.process_tier).toBe(tier);
});

test('certificates are refreshed only while they are switched on', async () => {
  const refresh = async () => (await call('PATCH', '/apps/shop/acm', { acm_refresh: true })).status;
  const statuses = [await refresh()];
  for (const method of ['POST', 'DELETE', 'POST']) {
    await call(method, '/apps/shop/acm');
    statuses.push(await refresh());
  }
  expect(statuses).toEqual([422, 200, 422, 200]);
});
