import { routes } from '../../../api/routes.ts';
import { openApiFixture } from '../api-fixture.ts';
import { problemsOfAnswer } from '../published-schema.ts';
import requests from './requests.json';
import shapes from './shapes.json';
import { readPublishedSchema, requestsOf, type Shape, type Shapes, shapesOf } from './shapes-of.ts';

const schema = readPublishedSchema();

const NAME = "shapes.json says what Heroku's published schema says";
if (schema === undefined) test.skip(`${NAME} (skipped: the schema is not at hand, see make-shapes.ts)`, () => {});
else {
  test(NAME, () => expect(shapes).toEqual(shapesOf(schema, routes)));
  test('requests.json does, too', () => expect(requests).toEqual(requestsOf(schema, routes)));
}

test('each route has its shape, except those that Heroku does not publish', () => {
  const without = routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !(route in shapes.routes));
  expect(without.sort()).toEqual([
    'DELETE /account/keys/:key',
    'DELETE /oauth/sessions/:session',
    'GET /accounts/:account/actions/get-quota',
    'GET /api/v4/current-status',
    'GET /apps/:app/acm',
    'GET /apps/:app/dyno-manager',
    'GET /apps/:app/scheduler',
    'GET /apps/:app/scheduler/jobs',
    'GET /apps/:app/scheduler/jobs/:job/runs',
    'GET /buildpacks',
    'GET /buildpacks/:name',
    'GET /dynoform',
    'GET /oauth/sessions',
    'PATCH /apps/:app/dyno-manager',
    'POST /account/keys',
    'POST /apps/:app/scheduler/jobs/:job/runs',
  ]);
});

test('shapes.json and requests.json hold names, types and rules, and none of the texts of the schema', () => {
  const words = new Set<string>();
  const collect = (shape: Shape): void => {
    for (const [word, value] of Object.entries(shape)) {
      words.add(word);
      if (word === 'properties' || word === 'patternProperties')
        Object.values(value as Shape).forEach(collect as never);
      else if (word === 'anyOf') (value as Shape[]).forEach(collect);
      else if (typeof value === 'object' && !Array.isArray(value)) collect(value as Shape);
    }
  };
  const { definitions, routes: shapesOfRoutes, ...more }: Shapes = shapes;
  for (const shape of [...Object.values(definitions), ...Object.values(shapesOfRoutes)]) collect(shape);
  for (const shape of Object.values(requests.bodies).flat()) collect(shape);
  expect({ more, words: [...words].sort() }).toEqual({
    more: {},
    words: [
      '$ref',
      'additionalProperties',
      'anyOf',
      'enum',
      'format',
      'items',
      'pattern',
      'patternProperties',
      'properties',
      'required',
      'type',
    ],
  });
});

const REGION = {
  id: '7a3f2b1c-0000-4000-8000-000000000001',
  name: 'eu',
  description: 'Europe',
  country: 'Ireland',
  locale: 'Dublin',
  private_capable: false,
  provider: { name: 'amazon-web-services', region: 'eu-west-1' },
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-01T00:00:00Z',
};
const { locale: _, ...WITHOUT_LOCALE } = REGION;

test.each([
  { what: 'a region', path: '/regions/eu', body: REGION, problems: [] },
  { what: 'regions', path: '/regions', body: [REGION, REGION], problems: [] },
  { what: 'no regions', path: '/regions', body: [], problems: [] },
  { what: 'a region in place of a list', path: '/regions', body: REGION, problems: [' must be array'] },
  {
    what: 'a list in place of an object',
    path: '/account/rate-limits',
    body: [],
    problems: [' must be object', '/remaining is missing'],
  },
  { what: 'no property', path: '/regions/eu', body: WITHOUT_LOCALE, problems: ['/locale is missing'] },
  { what: 'one in a list', path: '/regions', body: [REGION, WITHOUT_LOCALE], problems: ['/locale is missing'] },
  { what: 'one too many', path: '/regions/eu', body: { ...REGION, flag: 'IE' }, problems: ['/flag is unknown'] },
  { what: 'null', path: '/regions/eu', body: { ...REGION, locale: null }, problems: ['/locale must be string'] },
  { what: 'another type', path: '/regions/eu', body: { ...REGION, name: 1 }, problems: ['/name must be string'] },
  {
    what: 'no UUID',
    path: '/regions/eu',
    body: { ...REGION, id: 'eu' },
    problems: ['/id must match format "uuid"'],
  },
  {
    what: 'a time in words',
    path: '/regions/eu',
    body: { ...REGION, created_at: 'yesterday' },
    problems: ['/created_at must match format "date-time"'],
  },
  {
    what: 'an unknown choice within a property',
    path: '/regions/eu',
    body: { ...REGION, provider: { name: 'amazon-web-services', region: 'mars' } },
    problems: ['/provider/region must be equal to one of the allowed values'],
  },
  { what: 'config vars', path: '/apps/shop/config-vars', body: { PORT: '80' }, problems: [] },
  {
    what: 'a number among config vars',
    path: '/apps/shop/config-vars',
    body: { PORT: 80 },
    problems: ['/PORT must be string,null'],
  },
  { what: 'whatever no route of Heroku answers', path: '/dynoform', body: { any: 'thing' }, problems: [] },
])('of $path, $what: $problems', ({ path, body, problems }) => {
  expect(problemsOfAnswer('GET', path, body).map((found) => `${found.path} ${found.problem}`)).toEqual(problems);
});

test('a test fails by an answer that has not its shape, whatever it asserts of it', async () => {
  const fixture = await openApiFixture();
  try {
    const { token } = await fixture.principal('me@example.com');
    await expect(fixture.request('POST', '/apps', { token, body: { name: 'shop' } })).resolves.toMatchObject({
      status: 201,
    });
    let count = 0;
    Object.assign(fixture.platform, { ids: { ...fixture.platform.ids, uuid: () => `number-${++count}` } });
    const request = fixture.request('POST', '/apps?any=query', { token, body: { name: 'store' } });
    await expect(request).rejects.toThrow(/^POST \/apps\?any=query answers .*"path": "\/id"/s);
  } finally {
    fixture.close();
  }
});

test('of a request: the body that each route may be sent, and the names of all links', () => {
  const thing = {
    definitions: { name: { description: 'its name', type: ['string'] } },
    links: [
      { method: 'GET', href: '/things/{(%23)}', rel: 'self' },
      { method: 'GET', href: '/things', rel: 'instances', ranges: ['id', 'name'] },
      {
        method: 'POST',
        href: '/things',
        schema: { properties: { name: { $ref: '#/definitions/thing/definitions/name' } } },
      },
      { method: 'POST', href: '/things', schema: { required: ['of'], properties: { of: { type: ['string'] } } } },
      { method: 'DELETE', href: '/things/{(%23)}' },
    ],
  };
  const answered = [
    { method: 'GET', path: '/things/:thing' },
    { method: 'GET', path: '/things' },
    { method: 'POST', path: '/things' },
    { method: 'DELETE', path: '/things/:thing' },
    { method: 'PATCH', path: '/things/:thing' },
  ];
  expect(requestsOf({ definitions: { thing } }, answered)).toEqual({
    bodies: {
      'DELETE /things/:thing': [{}],
      'POST /things': [
        { properties: { name: { type: ['string'] } } },
        { required: ['of'], properties: { of: { type: ['string'] } } },
      ],
    },
    ranges: { 'GET /things': ['id', 'name'] },
    links: ['DELETE /things/*', 'GET /things', 'GET /things/*', 'POST /things'],
  });
});

test('a shape is told in place, without texts; a property may have the name of one', () => {
  const thing = {
    title: 'Heroku Platform API - Thing',
    description: 'A thing is a thing.',
    definitions: { name: { description: 'its name', example: 'thing', pattern: '^[a-z]+$', type: ['string'] } },
    links: [{ method: 'GET', href: '/things/{(%23)}', title: 'Info', targetSchema: { $ref: '#/definitions/thing' } }],
    required: ['description'],
    properties: { description: { $ref: '#/definitions/thing/definitions/name' }, title: { type: ['null', 'string'] } },
  };
  const routesOfThings = [
    { method: 'GET', path: '/things/:thing' },
    { method: 'PUT', path: '/things/:thing' },
  ];
  expect(shapesOf({ definitions: { thing } }, routesOfThings)).toEqual({
    definitions: {
      thing: {
        required: ['description'],
        properties: { description: { pattern: '^[a-z]+$', type: ['string'] }, title: { type: ['null', 'string'] } },
      },
    },
    routes: { 'GET /things/:thing': { $ref: '#/definitions/thing' } },
  });
  const unheardOf = { ...thing, uniqueItems: true };
  expect(() => shapesOf({ definitions: { thing: unheardOf } }, routesOfThings)).toThrow('Is "uniqueItems" a rule');
});
