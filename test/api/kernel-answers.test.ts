import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createApi } from '../../api/kernel/create-api.ts';
import { type Route, route } from '../../api/route.ts';
import { err, ok } from '../../core/result.ts';
import { stored } from '../stored.ts';
import { conflict, invalid, missing, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';

const MIB = 1_048_576;
const told = (path: string, answer: () => object): Route =>
  route({ method: 'GET', path, permission: 'account', handle: async () => ok({ body: {}, ...answer() }) });
let worked = 0;
const counting = (method: Route['method'], path: string, permission: Route['permission']): Route =>
  route({
    method,
    path,
    permission,
    body: z.object({ size: z.number().optional() }),
    handle: async ({ body, query }) => {
      worked += 1;
      const more = { filler: 'x'.repeat(body.size ?? 0), query: Object.fromEntries(query) };
      return ok({ status: 201, body: { worked, method, ...more } });
    },
  });
const odd = z.string().refine(() => false, 'Not an Invalid input: use 1.5.');
const ROUTES: readonly Route[] = [
  told('/thing', () => ({ body: { updated_at: '2026-01-01T00:00:00Z', text: '\u007f é' } })),
  told('/null', () => ({ body: null })),
  told('/numbered', () => ({ body: { updated_at: 5 } })),
  told('/headed', () => ({ status: 202, headers: { 'Cache-Control': 'public', 'X-Own': 'yes' } })),
  told('/plain', () => ({ text: 'grüße\n' })),
  told('/broken', () => {
    throw new Error('password=hunter2');
  }),
  route({
    method: 'GET',
    path: '/query',
    permission: 'public',
    handle: async ({ query, actor, app }) => ok({ body: { query: Object.fromEntries(query), actor, app } }),
  }),
  route({
    method: 'GET',
    path: '/elsewhere',
    permission: 'public',
    handle: async () => err({ id: 'gone', message: 'It moved.', resource: 'thing', url: 'https://example.com/' }),
  }),
  counting('POST', '/account-work', 'account'),
  counting('POST', '/public-work', 'public'),
  counting('PUT', '/work', 'account'),
  counting('PATCH', '/work', 'account'),
  counting('DELETE', '/work', 'account'),
  route({
    method: 'PATCH',
    path: '/odd',
    permission: 'account',
    body: z.object({ odd: odd.optional(), map: z.record(z.string(), z.number()).optional() }),
    handle: async ({ body }) => ok({ body }),
  }),
];

let fixture: ApiFixture;
let me: Principal;
beforeEach(async () => {
  worked = 0;
  fixture = await openApiFixture({ routes: ROUTES });
  me = await fixture.principal('me@example.com');
});
afterEach(() => fixture.close());
const call = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
  fixture.request(method, path, { token: me.token, headers, ...(body === undefined ? {} : { body }) });
const OWN_ID = expect.stringMatching(/^[0-9a-f-]{36}$/);
const UNKNOWN =
  'The requested API endpoint was not found. Are you using the right HTTP verb (i.e. `GET` vs. `POST`), and did you specify your intended version with the `Accept` header?';

const COMMON = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'Accept-Ranges, Content-Range, ETag, Last-Modified, Next-Range, RateLimit-Multiplier, RateLimit-Remaining, Request-Id',
  'cache-control': 'private, no-cache',
  'content-type': 'application/json;charset=utf-8',
  'ratelimit-multiplier': '1',
  'request-id': OWN_ID,
  vary: 'Authorization, Accept, Range',
  'x-content-type-options': 'nosniff',
};
const remaining = { 'ratelimit-remaining': '4499' };
const etag = expect.stringMatching(/^"[0-9a-f]{32}"$/);
test.each([
  {
    path: '/thing',
    status: 200,
    headers: { ...remaining, etag, 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' },
    text: '{"updated_at":"2026-01-01T00:00:00Z","text":"\\u007f \\u00e9"}',
  },
  { path: '/null', status: 200, headers: { ...remaining, etag }, text: 'null' },
  { path: '/numbered', status: 200, headers: { ...remaining, etag }, text: '{"updated_at":5}' },
  {
    path: '/headed',
    status: 202,
    headers: { ...remaining, etag, 'cache-control': 'public', 'x-own': 'yes' },
    text: '{}',
  },
  {
    path: '/plain',
    status: 200,
    headers: { ...remaining, etag, 'content-type': 'text/plain;charset=utf-8' },
    text: 'grüße\n',
  },
  { path: '/query?a=1&b=2', status: 200, headers: { etag }, text: '{"query":{"a":"1","b":"2"}}' },
  { path: '/query', status: 200, headers: { etag }, text: '{"query":{}}' },
  {
    path: '/elsewhere',
    status: 410,
    headers: {},
    text: '{"id":"gone","message":"It moved.","resource":"thing","url":"https://example.com/"}',
  },
  {
    path: '/broken',
    status: 500,
    headers: remaining,
    text: '{"id":"internal_server_error","message":"Internal server error. Try again, and give the Request-Id of this answer when you ask for help."}',
  },
  { path: '/nowhere', status: 404, headers: {}, text: JSON.stringify({ id: 'not_found', message: UNKNOWN }) },
])('GET $path answers with these headers and no others', async ({ path, status, headers, text }) => {
  const answer = await call('GET', path);
  expect({ status: answer.status, headers: Object.fromEntries(answer.headers), text: answer.text }).toEqual({
    status,
    headers: { ...COMMON, ...headers },
    text,
  });
});

test('without a token there is no quota to tell of, and the way to log in is told', async () => {
  const answer = await fixture.request('GET', '/thing');
  expect(whole(answer)).toEqual({
    status: 401,
    body: { id: 'unauthorized', message: 'Invalid credentials provided.' },
  });
  expect(Object.fromEntries(answer.headers)).toEqual({ ...COMMON, 'www-authenticate': 'Bearer realm="Dynoform"' });
});

test('another version than the third is refused in words, before a token is looked at', async () => {
  const accept = 'application/vnd.heroku+json; version=2';
  expect(whole(await fixture.request('GET', '/thing', { headers: { accept } }))).toEqual({
    status: 406,
    body: {
      id: 'not_acceptable',
      message: 'Only version 3 of this API exists. Send `Accept: application/vnd.heroku+json; version=3`.',
    },
  });
});

test('the id of a client comes back with every answer, also of what is not there', async () => {
  for (const path of ['/thing', '/broken', '/nowhere']) {
    const { headers } = await call('GET', path, { 'request-id': 'mine,older' });
    expect(headers.get('request-id')).toMatch(/^[0-9a-f-]{36},mine$/);
  }
});

test('HEAD is GET without its body; only what may be kept has a tag', async () => {
  const got = await call('GET', '/thing');
  const head = await call('HEAD', '/thing');
  expect({ status: head.status, text: head.text, etag: head.headers.get('etag') }).toEqual({
    status: 200,
    text: '',
    etag: got.headers.get('etag'),
  });
  const known = { 'if-none-match': '*' };
  expect((await call('HEAD', '/thing', known)).status).toBe(304);
  for (const [path, status] of [
    ['/elsewhere', 410],
    ['/broken', 500],
  ] as const) {
    const refused = await call('GET', path, known);
    expect([refused.status, refused.headers.get('etag')]).toEqual([status, null]);
  }
  const { headers } = await call('GET', '/thing', { 'if-none-match': got.headers.get('etag') ?? '' });
  expect(Object.fromEntries(headers)).toMatchObject({ etag: got.headers.get('etag'), 'ratelimit-remaining': '4495' });
  const infix = got.headers.get('etag')?.replace('"', '"W/') ?? '';
  expect((await call('GET', '/thing', { 'if-none-match': infix })).status).toBe(200);
});

test('a web page of elsewhere is told what it may send', async () => {
  const { status, headers, text } = await fixture.request('OPTIONS', '/thing');
  expect({ status, text, headers: Object.fromEntries(headers) }).toEqual({
    status: 204,
    text: '',
    headers: {
      'access-control-allow-origin': '*',
      'access-control-expose-headers': COMMON['access-control-expose-headers'],
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      'access-control-allow-headers':
        'Accept, Authorization, Content-Type, If-None-Match, Range, Request-Id, X-Http-Method-Override',
      'access-control-max-age': '86400',
    },
  });
});

test.each(['PUT', 'patch', 'Delete'])('a POST that says %s is that', async (override) => {
  const headers = { 'x-http-method-override': override };
  const method = override.toUpperCase();
  const done = { status: 201, body: { worked: 1, method, filler: 'xx', query: { a: '1' } } };
  expect(whole(await call('POST', '/work?a=1', headers, { size: 2 }))).toEqual(done);
  const bodiless = { status: 201, body: { worked: 2, method, filler: '', query: {} } };
  expect(whole(await call('POST', '/work', headers))).toEqual(bodiless);
});

test.each(['POST', 'OPTIONS', 'HEAD', ''])('a POST that says "%s" stays a POST', async (override) => {
  const headers = { 'x-http-method-override': override };
  expect((await call('POST', '/account-work', headers, {})).body.method).toBe('POST');
});

test('a repeated POST is one; without an account, or of another method, each is a new one', async () => {
  const repeat = async (method: string, path: string) => {
    const numbers = [];
    for (let time = 0; time < 2; time += 1) {
      numbers.push((await call(method, path, { 'request-id': 'a' }, {})).body.worked);
    }
    return numbers;
  };
  expect(await repeat('POST', '/account-work')).toEqual([1, 1]);
  expect(await repeat('POST', '/public-work')).toEqual([2, 3]);
  expect(await repeat('PUT', '/work')).toEqual([4, 5]);
});

test('a repeated POST has its answer for ten minutes, if that is not too large to be kept', async () => {
  const post = async (size: number) =>
    (await call('POST', '/account-work', { 'request-id': 'a' }, { size })).body.worked as number;
  expect([await post(199_000), await post(199_000)]).toEqual([1, 1]);
  fixture.clock.advance(599_999);
  expect(await post(199_000)).toBe(1);
  fixture.clock.advance(1);
  expect(await post(199_000)).toBe(2);
  expect([await post(200_000), await post(200_000)]).toEqual([3, 4]);
});

test('a kept answer is sealed for its own request', async () => {
  const first = await call('POST', '/account-work', { 'request-id': 'a' }, {});
  const { store, vault, ids } = fixture.platform;
  const fingerprint = ids.sha256('a\n/account-work\n{}');
  const { accountId } = me.actor;
  const key = { partition: `account#${accountId}`, sort: `request#${fingerprint}` };
  const sealed = (await stored<{ sealedAnswer: string }>(store, key))?.value.sealedAnswer ?? '';
  const { rendered } = await vault.open(sealed, `request/${accountId}/${fingerprint}`);
  expect(JSON.parse(rendered ?? '')).toEqual({ status: 201, headers: {}, body: first.text });
});

test('who repeats a POST that does not end is told so after a while', async () => {
  const fingerprint = fixture.platform.ids.sha256('a\n/account-work\n{}');
  const nowMs = fixture.clock.nowMs();
  await fixture.platform.store.transact([
    {
      kind: 'put',
      key: { partition: `account#${me.actor.accountId}`, sort: `request#${fingerprint}` },
      value: { leaseUntilMs: nowMs + 20_000, keptUntilMs: nowMs + 600_000 },
      expect: 'absent',
    },
  ]);
  const now = performance.now.bind(performance);
  const waiting = call('POST', '/account-work', { 'request-id': 'a' }, {});
  try {
    await sleep(10);
    performance.now = () => now() + 30_001;
    expect(whole(await waiting)).toEqual(conflict('The same request is still being processed. Try again in a moment.'));
  } finally {
    performance.now = now;
  }
  expect(worked).toBe(0);
});

const tooLarge = {
  status: 413,
  body: {
    id: 'payload_too_large',
    message:
      'The request body is larger than 1048576 bytes. Upload sources and slugs to the URLs that the API hands out for them.',
  },
};
const map = (key: string) => ({ map: { [key]: 'x' } });
const done = (body: object) => ({ status: 200, body });
test.each([
  { name: 'nothing', body: '', answer: done({}) },
  { name: 'blanks', body: ' \n ', answer: done({}) },
  { name: 'a mebibyte', body: '{}'.padEnd(MIB), answer: done({}) },
  { name: 'a byte more', body: '{}'.padEnd(MIB + 1), answer: tooLarge },
  { name: 'an announced mebibyte', body: '{}', announced: MIB, answer: done({}) },
  { name: 'a byte more, announced', body: '{}', announced: MIB + 1, answer: tooLarge },
  {
    name: 'broken JSON',
    body: '{',
    answer: { status: 400, body: { id: 'bad_request', message: 'Unable to parse the JSON in the request body.' } },
  },
  { name: 'null', body: 'null', answer: invalid('Invalid request body: expected object, received null.') },
  { name: 'words', body: { odd: 'x' }, answer: invalid('Invalid value for `odd`: Not an Invalid input: use 1.5.') },
  {
    name: 'a wrong type',
    body: map('a.b'),
    answer: invalid('Invalid value for `map.a.b`: expected number, received string.'),
  },
  {
    name: 'a long key',
    body: map('k'.repeat(300)),
    answer: invalid(`Invalid value for \`map.${'k'.repeat(196)}\`: expected number, received string.`),
  },
])('a body of $name', async ({ body, announced, answer }) => {
  const headers: Record<string, string> = announced === undefined ? {} : { 'content-length': String(announced) };
  expect(whole(await call('PATCH', '/odd', headers, body))).toEqual(answer);
});

describe('routes', () => {
  const start = (...declared: readonly object[]) => {
    const routes = declared.map(
      (each) => ({ method: 'GET', handle: async () => ok({ body: {} }), ...each }) as unknown as Route,
    );
    return () => createApi({ platform: fixture.platform, routes });
  };
  const belong = (permission: string) => `\`:app\` in the path and the permission ${permission} do not belong together`;
  test.each([
    { routes: [{ path: '/x', permission: 'anybody' }], says: 'GET /x declares no permission' },
    { routes: [{ path: '/apps/:app', permission: 'account' }], says: `GET /apps/:app: ${belong('account')}` },
    { routes: [{ path: '/apps', permission: 'app-owner' }], says: `GET /apps: ${belong('app-owner')}` },
    {
      routes: ['/x/:one/y', '/x/:other/y'].map((path) => ({ path, permission: 'account' })),
      says: 'GET /x/:other/y is declared twice',
    },
    {
      routes: ['/x/:one', '/x/:ONE'].map((path) => ({ path, permission: 'account' })),
      says: 'GET /x/:ONE is declared twice',
    },
  ])('$says, and nothing starts', ({ routes, says }) => {
    expect(start(...routes)).toThrow(new Error(says));
  });

  test('that differ in method or path stand side by side', () => {
    const open = { permission: 'public' };
    const side = [{ path: '/x/' }, { path: '/x/:y' }, { path: '/x/y' }, { path: '/x/:y', method: 'POST' }];
    expect(start(...side.map((each) => ({ ...open, ...each })))).not.toThrow();
  });
});

test('an app that is named by nobody is not found', async () => {
  const all = await openApiFixture();
  const { token } = await all.principal('me@example.com');
  for (const name of ['nowhere', '%00', '00000000-0000-4000-8000-000000000000']) {
    expect(whole(await all.request('GET', `/apps/${name}`, { token }))).toEqual(missing('app'));
  }
  all.close();
});
