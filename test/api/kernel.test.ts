import { createServer, request, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { z } from 'zod';
import { createApi } from '../../api/kernel/create-api.ts';
import { STATUS_BY_FAILURE } from '../../api/kernel/errors.ts';
import { type Route, route } from '../../api/route.ts';
import type { FailureId } from '../../core/failure.ts';
import { err, ok } from '../../core/result.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';

const text = 'Grüße, 世界 🌍';
const routes: Route[] = [
  route({ method: 'GET', path: '/text', permission: 'account', handle: async () => ok({ body: { text } }) }),
  route({
    method: 'GET',
    path: '/free',
    permission: 'account',
    unmetered: true,
    handle: async ({ remainingCalls }) => ok({ body: { remaining: remainingCalls } }),
  }),
  route({
    method: 'PATCH',
    path: '/echo',
    permission: 'account',
    body: z.object({ count: z.number().optional(), nested: z.object({ list: z.array(z.string()) }).optional() }),
    handle: async ({ body }) => ok({ body }),
  }),
  route({
    method: 'GET',
    path: '/broken',
    permission: 'account',
    handle: async () => {
      throw new Error('password=hunter2');
    },
  }),
  ...(Object.keys(STATUS_BY_FAILURE) as FailureId[]).map((id) =>
    route({
      method: 'GET',
      path: `/fail/${id}`,
      permission: 'public',
      handle: async () => err({ id, message: `it is ${id}` }),
    }),
  ),
];

describe('the API kernel', () => {
  let fixture: ApiFixture;
  let me: Principal;
  beforeEach(async () => {
    fixture = await openApiFixture({ routes });
    me = await fixture.principal('me@example.com');
  });
  afterEach(() => fixture.close());
  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
    fixture.request(method, path, { token: me.token, headers, ...(body === undefined ? {} : { body }) });

  test.each([
    { id: 'bad_request', status: 400 },
    { id: 'unauthorized', status: 401 },
    { id: 'verification_required', status: 402 },
    { id: 'forbidden', status: 403 },
    { id: 'suspended', status: 403 },
    { id: 'not_found', status: 404 },
    { id: 'not_acceptable', status: 406 },
    { id: 'conflict', status: 409 },
    { id: 'gone', status: 410 },
    { id: 'precondition_failed', status: 412 },
    { id: 'payload_too_large', status: 413 },
    { id: 'requested_range_not_satisfiable', status: 416 },
    { id: 'invalid_params', status: 422 },
    { id: 'rate_limit', status: 429 },
    { id: 'internal_server_error', status: 500 },
    { id: 'maintenance', status: 503 },
  ])('the failure $id is answered with $status', async ({ id, status }) => {
    expect(await fixture.request('GET', `/fail/${id}`)).toMatchObject({ status, body: { id, message: `it is ${id}` } });
  });

  test('every answer carries what Heroku sends', async () => {
    const { headers, text: raw, body } = await call('GET', '/text', { 'request-id': 'first,second' });
    expect(headers.get('content-type')).toBe('application/json;charset=utf-8');
    expect(headers.get('request-id')).toMatch(/^[0-9a-f-]{36},first$/);
    expect(headers.get('ratelimit-remaining')).toBe('4499');
    expect(headers.get('ratelimit-multiplier')).toBe('1');
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('content-encoding')).toBeNull();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what ASCII is
    expect(raw).toMatch(/^[\x00-\x7e]*$/);
    expect(body.text).toBe(text);
  });

  test('a web page of elsewhere may read each header of an answer that has something to say', async () => {
    const { headers } = await call('GET', '/text');
    const exposed = (headers.get('access-control-expose-headers') ?? '').toLowerCase().split(', ');
    // What the Fetch standard lets every page read, and headers for browsers and proxies.
    const open = ['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'pragma', 'vary'];
    const toBrowsers = /^(access-control-|x-content-type-options$)/;
    const sent = [...headers.keys()].filter((name) => !open.includes(name) && !toBrowsers.test(name));
    expect(exposed).toEqual(expect.arrayContaining(sent));
    // Headers of lists.
    expect(exposed).toEqual(expect.arrayContaining(['accept-ranges', 'content-range', 'next-range', 'last-modified']));
  });

  test('a known ETag gets 304 without a body', async () => {
    const etag = (await call('GET', '/text')).headers.get('etag') ?? '';
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      expect(await call('GET', '/text', { 'if-none-match': known })).toMatchObject({ status: 304, text: '' });
    }
    expect((await call('GET', '/text', { 'if-none-match': '"other"' })).status).toBe(200);
    // A change must not be cached.
    const changed = await call('PATCH', '/echo', { 'if-none-match': '*' }, { count: 1 });
    expect(changed).toMatchObject({ status: 200, body: { count: 1 } });
    expect(changed.headers.get('etag')).toBeNull();
  });

  test.each([
    { accept: undefined, status: 200 },
    { accept: '*/*', status: 200 },
    { accept: 'application/json', status: 200 },
    { accept: 'application/vnd.heroku+json; version=3', status: 200 },
    { accept: 'application/vnd.heroku+json; version=3.sdk', status: 200 },
    { accept: 'application/vnd.heroku+json', status: 200 },
    { accept: 'application/vnd.heroku+json; version=2', status: 406 },
    { accept: 'application/vnd.heroku+json; version=30', status: 406 },
  ])('Accept $accept gets $status', async ({ accept, status }) => {
    expect((await call('GET', '/text', accept === undefined ? {} : { accept })).status).toBe(status);
  });

  const basic = (userinfo: string) => `Basic ${Buffer.from(userinfo).toString('base64')}`;
  test.each([
    { name: 'a bearer token', of: (token: string) => `Bearer ${token}`, status: 200 },
    { name: 'a bearer token in lower case', of: (token: string) => `bearer ${token}`, status: 200 },
    { name: 'Basic without a user', of: (token: string) => basic(`:${token}`), status: 200 },
    { name: 'Basic with a user', of: (token: string) => basic(`me@example.com:${token}`), status: 200 },
    { name: 'Basic with the token as user', of: (token: string) => basic(`${token}:`), status: 401 },
    { name: 'what the CLI sends without a login', of: () => 'Bearer undefined', status: 401 },
    { name: 'an empty bearer', of: () => 'Bearer ', status: 401 },
    { name: 'a part of the token', of: (token: string) => `Bearer ${token.slice(0, -1)}`, status: 401 },
    { name: 'another scheme', of: (token: string) => `Digest ${token}`, status: 401 },
    { name: 'a token of 100 KB', of: () => `Bearer ${'a'.repeat(100_000)}`, status: 401 },
  ])('$name gets $status', async ({ of, status }) => {
    const answer = await fixture.request('GET', '/text', { headers: { authorization: of(me.token) } });
    expect(answer.status).toBe(status);
    if (status === 401) {
      expect(answer.body).toEqual({ id: 'unauthorized', message: 'Invalid credentials provided.' });
    }
  });

  test.each([
    {
      name: 'malformed JSON',
      body: '{"count": ',
      status: 400,
      message: 'Unable to parse the JSON in the request body.',
    },
    {
      name: 'a wrong type',
      body: { count: '1' },
      status: 422,
      message: 'Invalid value for `count`: expected number, received string.',
    },
    {
      name: 'a wrong type deep inside',
      body: { nested: { list: ['a', 1] } },
      status: 422,
      message: 'Invalid value for `nested.list.1`: expected string, received number.',
    },
    { name: 'a missing field', body: { nested: {} }, status: 422, message: 'Missing required field `nested.list`.' },
    { name: 'null', body: 'null', status: 422, message: 'Invalid request body: expected object, received null.' },
    { name: 'a text', body: '"x"', status: 422, message: 'Invalid request body: expected object, received string.' },
    {
      name: 'deep nesting',
      body: '['.repeat(100_000),
      status: 400,
      message: 'Unable to parse the JSON in the request body.',
    },
  ])('a body with $name gets $status', async ({ body, status, message }) => {
    expect(await call('PATCH', '/echo', {}, body)).toMatchObject({ status, body: { message } });
  });

  test.each([
    { name: 'a byte of Latin-1', bytes: [0xe9], status: 400 },
    { name: 'a letter that breaks off', bytes: [0xc3], status: 400 },
    { name: 'half of a pair of UTF-16', bytes: [0xed, 0xa0, 0x80], status: 400 },
    { name: 'a letter of two bytes', bytes: [0xc3, 0xa9], status: 200 },
  ])('a text with $name gets $status: nothing is stored as something else', async ({ bytes, status }) => {
    const body = Buffer.concat([Buffer.from('{"nested":{"list":["'), Buffer.from(bytes), Buffer.from('"]}}')]);
    const headers = { authorization: `Bearer ${me.token}`, 'content-type': 'application/json' };
    const answer = await fixture.api.request('/echo', { method: 'PATCH', headers, body });
    expect(answer.status).toBe(status);
    if (status === 400) expect(await answer.json()).toMatchObject({ message: 'The request body is not valid UTF-8.' });
  });

  test('an empty body is an empty object, and unknown keys are ignored', async () => {
    expect((await call('PATCH', '/echo')).body).toEqual({});
    expect((await call('PATCH', '/echo', {}, '{"count":1,"other":2,"__proto__":{"count":3}}')).body).toEqual({
      count: 1,
    });
  });

  test('the value of a wrong field is never repeated', async () => {
    expect((await call('PATCH', '/echo', {}, { count: 'hunter2' })).text).not.toContain('hunter2');
  });

  test('an exception tells the operator everything and the user only where to ask', async () => {
    const answer = await call('GET', '/broken');
    expect(answer).toMatchObject({ status: 500, body: { id: 'internal_server_error' } });
    expect(answer.text).not.toContain('hunter2');
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(fixture.reported).toEqual([new Error('password=hunter2')]);
  });

  test('the operator finds an exception by the id that the user was told', async () => {
    const reported: unknown[] = [];
    Object.assign(fixture.platform, { problems: { report: (...problem: unknown[]) => reported.push(problem) } });
    const requestId = (await call('GET', '/broken')).headers.get('request-id');
    expect(reported).toEqual([['a request failed', new Error('password=hunter2'), { requestId }]]);
  });

  test('unknown paths and wrong methods get the same answer, with or without a token', async () => {
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['DELETE', '/text'],
    ] as const) {
      const answer = await fixture.request(method, path);
      expect(answer).toMatchObject({ status: 404, body: { id: 'not_found' } });
      expect(answer.body.message).toContain('The requested API endpoint was not found.');
    }
  });

  test('X-Http-Method-Override turns a POST into the method it names, and nothing else', async () => {
    const override = { 'x-http-method-override': 'PATCH' };
    expect(await call('POST', '/echo', override, { count: 1 })).toMatchObject({ status: 200, body: { count: 1 } });
    expect((await call('POST', '/text', { 'x-http-method-override': 'GET' })).body.text).toBe(text);
    expect((await call('POST', '/text', { 'x-http-method-override': 'GET' }, { some: 'body' })).status).toBe(200);
    expect((await call('GET', '/echo', override)).status).toBe(404);
    expect((await call('POST', '/echo', { 'x-http-method-override': 'CONNECT' }, {})).status).toBe(404);
  });

  test('a web page may ask before it calls', async () => {
    const answer = await fixture.request('OPTIONS', '/echo', { headers: { origin: 'https://example.com' } });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(answer.headers.get('access-control-allow-headers')).toContain('Authorization');
  });

  test('the 4,501st call of an hour waits; other accounts do not notice', async () => {
    for (let count = 0; count < 4500; count += 1) {
      const { status } = await call('GET', '/text');
      if (status !== 200) throw new Error(`call ${count} got ${status}`);
    }
    const refused = await call('GET', '/text');
    expect(refused).toMatchObject({
      status: 429,
      body: {
        id: 'rate_limit',
        message: 'Your account reached the API rate limit\nPlease wait a few minutes before making new requests',
      },
    });
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    // Requests that cost nothing, such as the remaining quota, are still answered, and do not delay the recovery.
    for (let count = 0; count < 5; count += 1) {
      expect(await call('GET', '/free')).toMatchObject({ status: 200, body: { remaining: 0 } });
      expect((await call('GET', '/text')).status).toBe(429);
    }
    const other = await fixture.principal('other@example.com');
    expect((await fixture.request('GET', '/text', { token: other.token })).status).toBe(200);
    fixture.clock.advance(60_000);
    expect((await call('GET', '/text')).headers.get('ratelimit-remaining')).toBe('74');
  }, 30_000);

  test.each([
    { name: 'no permission', route: { path: '/x', permission: undefined }, message: 'declares no permission' },
    { name: 'an app without app permission', route: { path: '/apps/:app', permission: 'account' }, message: 'belong' },
    { name: 'app permission without an app', route: { path: '/x', permission: 'app' }, message: 'belong' },
  ])('a route with $name does not start', ({ route: broken, message }) => {
    const bad = { method: 'GET', handle: async () => ok({ body: {} }), ...broken } as unknown as Route;
    expect(() => createApi({ platform: fixture.platform, routes: [bad] })).toThrow(message);
  });

  describe('a body of 100 MB', () => {
    let server: Server;
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    test.each([{ announced: true }, { announced: false }])(
      'is refused early (length announced: $announced)',
      async ({ announced }) => {
        server = createServer(getRequestListener(fixture.api.fetch));
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const sockets: Socket[] = [];
        server.on('connection', (socket) => sockets.push(socket));
        const bytes = 100 * 1024 * 1024;
        const chunk = Buffer.alloc(64 * 1024, 'a');
        const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
          const outgoing = request({
            method: 'PATCH',
            path: '/echo',
            port: (server.address() as AddressInfo).port,
            headers: {
              authorization: `Bearer ${me.token}`,
              ...(announced ? { 'content-length': bytes } : { 'transfer-encoding': 'chunked' }),
            },
          });
          let sent = 0;
          let answered = false;
          const pump = () => {
            while (!answered && sent < bytes) {
              sent += chunk.length;
              if (!outgoing.write(chunk)) {
                outgoing.once('drain', pump);
                return;
              }
            }
          };
          outgoing.on('response', (response) => {
            answered = true;
            let body = '';
            response.on('data', (part) => {
              body += part;
            });
            response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
            response.on('error', reject);
          });
          outgoing.on('error', (error) => {
            if (!answered) reject(error);
          });
          pump();
        });
        expect(answer.status).toBe(413);
        expect(JSON.parse(answer.body)).toMatchObject({ id: 'payload_too_large' });
        const received = sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
        expect(received).toBeGreaterThan(0);
        expect(received).toBeLessThan(bytes / 4);
      },
    );
  });
});
