import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { chunks, deploy } from './deploy.ts';
import { MirroredStore } from './mirrored-store.ts';
import { ROUTE_PERMISSIONS } from './route-permissions.ts';

/** Lists that are the same for everybody. */
const CATALOGUES = [':feature', ':size', ':generation', ':region', ':stack', ':name'];
/** Nobody has one. */
const NEVER_THERE = [':session', ':endpoint'];

const params = (path: string) => (path.match(/:\w+/g) ?? []).filter((param) => param !== ':app');
const ROUTES = ROUTE_PERMISSIONS.filter(({ path }) => {
  const [param] = params(path);
  return param !== undefined && ![...CATALOGUES, ...NEVER_THERE].includes(param);
});

let fixture: ApiFixture;
let store: MirroredStore;
let me: Principal;
/** By parameter: names of things that belong to another app of the same owner, or to another account. */
const theirs = new Map<string, readonly string[]>();
const must = async (who: Principal, method: string, path: string, body?: unknown) => {
  const answer = await fixture.request(method, path, { token: who.token, ...(body === undefined ? {} : { body }) });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
};
beforeAll(async () => {
  fixture = await openApiFixture({
    wrapStore: (inner) => {
      store = new MirroredStore(inner);
      return store;
    },
  });
  me = await fixture.principal('me@example.com');
  const other = await fixture.principal('other@example.com');
  await must(me, 'POST', '/apps', { name: 'shop' });
  await deploy(fixture, me, 'shop', { processTypes: { web: 'serve' } });

  await must(me, 'POST', '/apps', { name: 'store' });
  const cron = [{ name: 'nightly', command: 'x', schedule: '@daily', timezone: 'UTC' }] as const;
  const jobs = cron.map((job) => ({ ...job, overlap: 'skip', catchUp: 'none' }) as const);
  const build = await deploy(fixture, me, 'store', { processTypes: { worker: 'w', web: 's' }, cron: jobs });
  if (build.status !== 'succeeded') throw new Error('the build failed');
  // Reading its jobs copies them from the release.
  for (const name of ['shop', 'store']) await must(me, 'GET', `/apps/${name}/scheduler/jobs`);
  const domain = await must(me, 'POST', '/apps/store/domains', { hostname: 'www.example.com', sni_endpoint: null });
  const friend = await must(me, 'POST', '/apps/store/collaborators', { user: 'friend@example.com' });
  const dyno = await must(me, 'POST', '/apps/store/dynos', { command: 'job' });
  const slug = await must(me, 'POST', '/apps/store/slugs', { process_types: { web: 'w' } });
  await fixture.platform.blobs.put(`slugs/${slug.id}.tgz`, chunks(Buffer.from('slug')), 100);
  const worker = await must(me, 'GET', '/apps/store/formation/worker');
  const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6yD2XvMeRwT0cFWn4JzVcKDTs5sZkmpSjX2eGYbKLo x@y';
  const key = await must(other, 'POST', '/account/keys', { public_key: publicKey });
  const authorization = await must(other, 'POST', '/oauth/authorizations', {});
  const names: Record<string, readonly string[]> = {
    ':build': [build.id],
    ':collaborator': [friend.id, friend.user.email, friend.user.id],
    ':domain': [domain.id, domain.hostname],
    ':dyno': [dyno.id, dyno.name],
    ':job': ['nightly'],
    ':release': [build.release.id],
    ':slug': [slug.id, build.slug.id],
    ':type': [worker.id, 'worker'],
    ':account': [other.actor.accountId, other.actor.email],
    ':authorization': [authorization.id],
    ':key': [key.id, key.fingerprint],
    ':token': [authorization.access_token.id, authorization.access_token.token],
  };
  for (const [param, identities] of Object.entries(names)) theirs.set(param, identities);
});
afterAll(() => fixture.close());

/** Enough for every route that reads a body. */
const BODY = { sni_endpoint: null, quantity: 2, description: 'mine now', name: 'mine' };

test.each(ROUTES)("$route: another's is not found, and stays as it is", async ({ method, path }) => {
  const [param = ''] = params(path);
  const identities = theirs.get(param) ?? [];
  expect(identities).not.toEqual([]);
  const before = store.contents();
  for (const identity of identities) {
    const url = path.replace(':app', 'shop').replace(param, encodeURIComponent(identity));
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: BODY };
    const { status } = await fixture.request(method, url, { token: me.token, ...body });
    expect({ url, status }).toEqual({ url, status: 404 });
  }
  expect(store.contents()).toEqual(before);
});

test.each([
  { name: 'a release', body: () => ({ release: theirs.get(':release')?.[0] }) },
  { name: 'a slug that was built', body: () => ({ slug: theirs.get(':slug')?.[1] }) },
  { name: 'a slug that was uploaded', body: () => ({ slug: theirs.get(':slug')?.[0] }) },
])('nothing of another app is released: $name', async ({ body }) => {
  const before = store.contents();
  const { status } = await fixture.request('POST', '/apps/shop/releases', { token: me.token, body: body() });
  expect(status).toBe(404);
  expect(store.contents()).toEqual(before);
});
