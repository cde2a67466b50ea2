import { A_UUID, invalid, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { EXAMPLES, type Example, type Given, givenThings } from './request-examples.ts';
import requests from './shapes/requests.json';
import type { Shape } from './shapes/shapes-of.ts';

/** Heroku's published schema decides what a request must have; nothing here is stricter. */
let fixture: ApiFixture;
let me: Principal;
let given: Given;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  given = await givenThings(fixture, me);
});
afterEach(() => fixture.close());
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fixture.request(method, path, { token: me.token, headers, ...(body === undefined ? {} : { body }) });
const methodOf = ({ route }: Example) => route.split(' ')[0] ?? '';

type Json = Readonly<Record<string, unknown>>;

/** The published body that has the fields of the example. */
function shapeOf({ route }: Example, body: Json): Shape {
  const shapes: readonly Shape[] = (requests.bodies as Record<string, Shape[]>)[route] ?? [];
  const shape = shapes.find(({ properties = {} }) => Object.keys(body).every((name) => name in (properties as Json)));
  return shape ?? {};
}

const requiredOf = (shape: Shape) => (shape.required ?? []) as readonly string[];
const propertiesOf = (shape: Shape) => (shape.properties ?? {}) as Readonly<Record<string, Shape>>;

/** The same body with `field` (`updates.0.quantity`) as null. */
function withNull(body: Json, field: string): Json {
  const copy = structuredClone(body);
  const steps = field.split('.');
  const parent = steps.slice(0, -1).reduce<unknown>((at, step) => (at as Json)[step], copy);
  (parent as Record<string, unknown>)[steps.at(-1) ?? ''] = null;
  return copy;
}

/** What the schema does not require of a body: `description`, `updates.0.quantity`. */
function optionalFields(shape: Shape, value: unknown, prefix = ''): readonly string[] {
  if (Array.isArray(value)) return optionalFields((shape.items ?? {}) as Shape, value[0], `${prefix}0.`);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(propertiesOf(shape)).flatMap(([name, part]) => [
    ...(requiredOf(shape).includes(name) ? [] : [`${prefix}${name}`]),
    ...optionalFields(part, (value as Json)[name], `${prefix}${name}.`),
  ]);
}

/** As `fieldsOf` of an example, when no platform is there to name things of. */
const NAMES: Given = { slug: 's', release: 'r', build: 'b', authorization: 'a', source: 'x' };
/** Refused whatever they say. */
const REFUSALS = ['POST /oauth/tokens', 'POST /apps/:app/sni-endpoints', 'PATCH /apps/:app/sni-endpoints/:endpoint'];
/** These name what is not there, or what cannot be changed any more: they answer this, and nothing else. */
const STATUS: Readonly<Record<string, number>> = {
  'PATCH /apps/:app/domains/:domain': 404,
  'DELETE /apps/:app/builds/:build': 409,
  'DELETE /apps/:app/sni-endpoints/:endpoint': 404,
  'DELETE /oauth/tokens/:token': 404,
};

const answered = EXAMPLES.filter(({ route }) => !REFUSALS.includes(route)).map((example) => ({
  example,
  name: `${example.route} ${Object.keys(example.body(NAMES)).join(', ')}`,
}));
const done = (status: number) => (status < 300 ? 'done' : status);
const expected = ({ route }: Example) => STATUS[route] ?? 'done';

test.each(answered)('a Range does not make a write fail: $name', async ({ example }) => {
  for (const range of ['id ..; max=1000', 'nonsense']) {
    const fresh = await openApiFixture();
    const owner = await fresh.principal('me@example.com');
    const things = await givenThings(fresh, owner);
    const { status } = await fresh.request(methodOf(example), example.path(things), {
      token: owner.token,
      body: example.body(things),
      headers: { range },
    });
    fresh.close();
    expect(done(status)).toBe(expected(example));
  }
});

const optional = answered.flatMap(({ example, name }) => {
  const body = example.body(NAMES);
  return optionalFields(shapeOf(example, body), body).map((field) => ({ example, name, field }));
});

test.each(optional.filter(({ field }) => field !== 'source_blob.url'))(
  'null is as good as nothing for $field of $name',
  async ({ example, field }) => {
    const { status, text } = await call(methodOf(example), example.path(given), withNull(example.body(given), field));
    expect({ status: done(status), text }).toEqual({ status: expected(example), text: expect.any(String) });
  },
);

test.each(answered)('only what is required: $name', async ({ example }) => {
  const body = example.body(given);
  const required = requiredOf(shapeOf(example, body));
  const least = Object.fromEntries(Object.entries(body).filter(([name]) => required.includes(name)));
  const { status } = await call(methodOf(example), example.path(given), least);
  expect(done(status)).toBe(expected(example));
});

const bodiless = answered.filter(({ example }) => {
  const body = example.body(NAMES);
  return requiredOf(shapeOf(example, body)).length === 0;
});

test.each(bodiless.flatMap((one) => ['', '{}'].map((text) => ({ ...one, text }))))(
  'nothing is required, so the body `$text` will do: $name',
  async ({ example, text }) => {
    const { status } = await call(methodOf(example), example.path(given), text);
    expect(done(status)).toBe(expected(example));
  },
);

test('the tables are not empty', () => {
  expect(answered.length).toBeGreaterThan(35);
  expect(optional.length).toBeGreaterThan(35);
  expect(bodiless.length).toBeGreaterThan(20);
});

test('the schema requires no source of a build, but there is nothing to build without one', async () => {
  expect(whole(await call('POST', '/apps/shop/builds', { source_blob: { url: null } }))).toEqual(
    invalid('Invalid value for `source_blob.url`: expected string, received null.'),
  );
});

test('a field that is required cannot be null', async () => {
  expect(await call('PATCH', '/apps/shop/features/preboot', { enabled: null })).toMatchObject({
    status: 422,
    body: { message: 'Invalid value for `enabled`: expected boolean, received null.' },
  });
});

test('null keeps its meaning where it has one', async () => {
  await call('PATCH', '/apps/shop/config-vars', { GREETING: 'hello', OTHER: 'x' });
  expect((await call('PATCH', '/apps/shop/config-vars', { GREETING: null })).body).toEqual({ OTHER: 'x' });
  await call('PATCH', '/apps/shop/dyno-manager', { memory_threshold_percent: 90 });
  const { body } = await call('PATCH', '/apps/shop/dyno-manager', { memory_threshold_percent: null });
  expect(body.memory_threshold_percent).toBeNull();
});

test('an empty PATCH, as Terraform sends it before each of its own, answers the app and changes nothing', async () => {
  const before = (await call('GET', '/apps/shop')).body;
  fixture.clock.advance(60_000);
  expect(whole(await call('PATCH', '/apps/shop', {}))).toEqual({ status: 200, body: before });
  expect((await call('GET', '/apps/shop')).body).toEqual(before);
  expect(await call('PATCH', '/apps/shop/dyno-manager', {})).toMatchObject({ status: 200, body: { cycling: true } });
});

test('heroku_rs serializes its options as null, and turns maintenance on', async () => {
  const body = { maintenance: true, name: null, build_stack: null };
  expect(await call('PATCH', '/apps/shop', body)).toMatchObject({
    status: 200,
    body: { name: 'shop', maintenance: true },
  });
});

test.each(Object.entries(requests.ranges))('%s can be sorted by %j, as by the id', async (route, attributes) => {
  const [, path = ''] = route.split(' ');
  for (const attribute of new Set(['id', ...attributes])) {
    const answer = await call('GET', path.replace(':app', 'shop').replace(/:\w+/, '~'), undefined, {
      range: `${attribute} ..; max=1000`,
    });
    expect({ attribute, status: answer.status }).toEqual({ attribute, status: 200 });
    expect(answer.headers.get('accept-ranges')?.split(', ')).toContain(attribute);
  }
});

test('heroku-client sends a Range with everything: buildpacks are set and read', async () => {
  const range = 'id ..; max=1000';
  const updates = [{ buildpack: 'heroku/nodejs' }, { buildpack: 'dynoform/procfile' }];
  const set = await call('PUT', '/apps/shop/buildpack-installations', { updates }, { range });
  const read = await call('GET', '/apps/shop/buildpack-installations', undefined, { range });
  const names = (list: { buildpack: { name: string } }[]) => list.map(({ buildpack }) => buildpack.name);
  expect([set.status, read.status]).toEqual([200, 200]);
  expect([names(set.body), names(read.body)]).toEqual([
    ['heroku/nodejs', 'dynoform/procfile'],
    ['heroku/nodejs', 'dynoform/procfile'],
  ]);
});

test('builds are sorted by the time at which they started, page by page', async () => {
  fixture.clock.advance(1_000);
  const { body: second } = await call('POST', '/apps/shop/builds', { source_blob: { url: given.source } });
  const first = await call('GET', '/apps/shop/builds', undefined, { range: 'started_at ..; max=1' });
  expect(first).toMatchObject({ status: 206, body: [{ id: given.build }] });
  const range = first.headers.get('next-range') ?? '';
  expect(await call('GET', '/apps/shop/builds', undefined, { range })).toMatchObject({ body: [{ id: second.id }] });
  expect(second.id).toEqual(A_UUID);
});
