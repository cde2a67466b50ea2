import { readFileSync } from 'node:fs';
import type { ZodType } from 'zod';
import type { Route } from '../../api/route.ts';
import { routes } from '../../api/routes.ts';
import { APP_FEATURES } from '../../core/app/app-feature.ts';
import { STACKS } from '../../core/app/stack.ts';
import { appKey, appRecord } from '../../core/records/app.ts';
import { invalid, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy } from './deploy.ts';
import { EXAMPLES, type Given, givenThings } from './request-examples.ts';
import requests from './shapes/requests.json';
import type { Shape } from './shapes/shapes-of.ts';

/** `route field`, for each field that a handler has read. */
const read = new Set<string>();

let fixture: ApiFixture;
let me: Principal;
let given: Given;
beforeEach(async () => {
  fixture = await openApiFixture({ routes: routes.map(recordingReads) });
  me = await fixture.principal('me@example.com');
  given = await givenThings(fixture, me);
  read.clear();
});
afterEach(() => fixture.close());
const call = (method: string, path: string, body?: unknown) =>
  fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
const not = (what: string) => invalid(`${what} is not supported by this platform.`);

function recordingReads(route: Route): Route {
  if (route.body === undefined) return route;
  const prefix = `${route.method} ${route.path}`;
  const body: ZodType = (route.body as ZodType).transform((value) => recorder(value as object, prefix));
  return { ...route, body };
}

function recorder(value: object, name: string): object {
  return new Proxy(value, {
    get(target, key) {
      const got: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol' || typeof got === 'function' || key === 'length') return got;
      const field = Array.isArray(target) ? name : `${name} ${key}`;
      if (got !== undefined) read.add(field);
      return typeof got === 'object' && got !== null ? recorder(got, field) : got;
    },
  });
}

/** `name`, and `name part` for the parts of an object or of the objects of a list. */
function fieldsOf(shape: Shape): readonly string[] {
  return Object.entries((shape.properties ?? {}) as Record<string, Shape>).flatMap(([name, field]) => [
    name,
    ...fieldsOf((field.items as Shape | undefined) ?? field).map((part) => `${name} ${part}`),
  ]);
}

/** Published fields that nothing reads, and what they get. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'PATCH /account': ['allow_tracking', 'beta'],
  'PATCH /users/:account': ['allow_tracking', 'beta'],
  'POST /apps/:app/releases': ['oci_image'],
  'POST /oauth/authorizations': ['client'],
  'PATCH /oauth/authorizations/:authorization': ['client', 'client id', 'client secret'],
};
/** Published fields that ask for what happens anyway, or belong to what is refused whatever they say. */
const NOTHING_TO_DO: Readonly<Record<string, readonly string[]>> = {
  // No e-mail is ever sent.
  'POST /apps/:app/collaborators': ['silent'],
  // One size, by its name or by its id.
  'PATCH /apps/:app/formation': ['updates dyno_size id'],
  'PATCH /apps/:app/formation/:type': ['dyno_size id'],
  // Every answer is a refusal: there are no grants, refresh tokens and certificates of one's own.
  'POST /oauth/tokens': ['client', 'client secret', 'grant type', 'refresh_token', 'refresh_token token'],
  'POST /apps/:app/sni-endpoints': ['certificate_chain', 'private_key'],
  'PATCH /apps/:app/sni-endpoints/:endpoint': ['certificate_chain', 'private_key'],
};

test('every route with a published body has an example', () => {
  expect([...new Set(EXAMPLES.map(({ route }) => route))].sort()).toEqual(Object.keys(requests.bodies).sort());
});

test.each(Object.entries(requests.bodies))('%s reads every field that it accepts', async (route, shapes) => {
  const examples = EXAMPLES.filter((example) => example.route === route);
  for (const { path, body } of examples) {
    const [method = ''] = route.split(' ');
    await call(method, path(given), body(given));
  }
  const published = new Set((shapes as Shape[]).flatMap(fieldsOf));
  const accepted = [...published].filter((field) => !read.has(`${route} ${field}`));
  expect(accepted.sort()).toEqual([...(REFUSED[route] ?? []), ...(NOTHING_TO_DO[route] ?? [])].sort());
});

test.each([
  ...['internal_routing', 'locked', 'organization', 'space', 'team'].flatMap((field) => [
    { method: 'POST', path: '/apps', field },
    { method: 'PATCH', path: '/apps/shop', field },
  ]),
  { method: 'PATCH', path: '/apps/shop', field: 'owner' },
  { method: 'PATCH', path: '/account', field: 'allow_tracking' },
  { method: 'PATCH', path: '/account', field: 'beta' },
  { method: 'POST', path: '/apps/shop/releases', field: 'oci_image' },
  { method: 'POST', path: '/oauth/authorizations', field: 'client' },
  { method: 'PATCH', path: '/oauth/authorizations/~', field: 'client' },
])('$method $path does not promise what $field asks for', async ({ method, path, field }) => {
  const at = path.replace('~', given.authorization);
  const base = path.endsWith('/releases') ? { slug: given.slug } : {};
  for (const value of [true, 'private', { id: 'x' }, 0]) {
    expect(whole(await call(method, at, { ...base, [field]: value }))).toEqual(not(`\`${field}\``));
  }
  // What is the case anyway is not refused.
  for (const value of [false, null]) {
    expect(await call(method, at, { ...base, maintenance: false, [field]: value })).toMatchObject({
      status: method === 'POST' ? 201 : 200,
    });
  }
});

test('heroku container:release and container:rm change nothing, and say so', async () => {
  for (const image of ['sha256:abcdef', null]) {
    expect(whole(await call('PATCH', '/apps/shop/formation/web', { docker_image: image }))).toEqual(
      not('`docker_image`'),
    );
    expect(
      whole(await call('PATCH', '/apps/shop/formation', { updates: [{ type: 'web', docker_image: image }] })),
    ).toEqual(not('`updates.0.docker_image`'));
  }
});

/** Where each feature is read. */
const READERS: Readonly<Record<string, string>> = {
  preboot: 'core/dyno-manager/plan/rollout.ts',
  'runtime-dyno-metadata': 'core/dyno-manager/execute/dyno-spec.ts',
  'runtime-dyno-build-metadata': 'core/dyno-manager/execute/dyno-spec.ts',
};

test.each(APP_FEATURES.map(({ name }) => ({ name, reader: READERS[name] })))(
  'heroku features:enable $name: something reads it ($reader), or it is refused',
  async ({ name, reader }) => {
    const { body } = await call('GET', '/apps/shop/features');
    const listed = body.map((feature: { name: string }) => feature.name).includes(name);
    const enabled = await call('PATCH', `/apps/shop/features/${name}`, { enabled: true });
    const created = await call('POST', '/apps', { name: 'store', feature_flags: [name] });
    // Off is what it is.
    const disabled = await call('PATCH', `/apps/shop/features/${name}`, { enabled: false });
    expect(disabled).toMatchObject({ status: 200, body: { name, enabled: false } });
    const refused = not(`The feature ${name}`);
    const done = { status: 200, body: expect.objectContaining({ name, enabled: true }) };
    const made = { status: 201, body: expect.objectContaining({ name: 'store' }) };
    expect({ listed, enabled: whole(enabled), created: whole(created) }).toEqual(
      reader === undefined
        ? { listed: false, enabled: refused, created: refused }
        : { listed: true, enabled: done, created: made },
    );
  },
);

test.each(Object.entries(READERS))('the feature %s is named in %s', (name, reader) => {
  expect(readFileSync(reader, 'utf8')).toMatch(new RegExp(`features(\\.|\\[')${name}\\b`));
});

test('a feature that an older version stored, and that nothing reads, is not shown as enabled', async () => {
  const { id } = (await call('GET', '/apps/shop')).body;
  const app = await appRecord.get(fixture.platform.store, id);
  const features = { 'http-session-affinity': true, preboot: true };
  await fixture.platform.store.transact([
    { kind: 'put', key: appKey(id), value: { ...app?.value, features }, expect: 'any' },
  ]);
  const shown = async (name: string) => (await call('GET', `/apps/shop/features/${name}`)).body.enabled;
  expect([await shown('http-session-affinity'), await shown('preboot')]).toEqual([false, true]);
});

/** What the fixture's builder builds, as the builder of one machine. */
const BUILT = ['heroku-22', 'heroku-24', 'heroku-26'];

test.each(STACKS.map(({ name }) => ({ name, built: BUILT.includes(name) })))(
  'heroku create --stack $name, stack:set and an uploaded slug: built here: $built',
  async ({ name, built }) => {
    const answers = [
      await call('POST', '/apps', { name: 'store', stack: name }),
      await call('PATCH', '/apps/shop', { build_stack: name }),
      await call('POST', '/apps/shop/slugs', { process_types: { web: 'web' }, stack: name }),
    ];
    const refused = not(`The stack ${name}`);
    expect(answers.map((answer) => (answer.status < 300 ? answer.status : whole(answer)))).toEqual(
      built ? [201, 200, 201] : [refused, refused, refused],
    );
    for (const path of ['/stacks', '/apps/shop/available-stacks']) {
      const listed = (await call('GET', path)).body.map((stack: { name: string }) => stack.name);
      expect(listed.includes(name)).toBe(built);
    }
  },
);

test('an app on a stack that nothing builds here keeps its settings, and a push says why it is not built', async () => {
  const { id } = (await call('GET', '/apps/shop')).body;
  const app = await appRecord.get(fixture.platform.store, id);
  await fixture.platform.store.transact([
    { kind: 'put', key: appKey(id), value: { ...app?.value, buildStackName: 'container' }, expect: 'any' },
  ]);
  expect(await call('PATCH', '/apps/shop', { maintenance: true })).toMatchObject({ status: 200 });
  expect(await call('POST', '/apps/shop/slugs', { process_types: { web: 'web' } })).toMatchObject({ status: 201 });
  await expect(deploy(fixture, me, 'shop', { processTypes: { web: 'web' } })).rejects.toThrow(
    'The stack container is not supported by this platform.',
  );
});
