import { Background } from '../../../adapters/aws/background.ts';
import { type Route, route } from '../../../api/route.ts';
import { ok } from '../../../core/result.ts';
import { type ApiFixture, openApiFixture, type Principal } from '../../api/api-fixture.ts';
import { IGNORED_PROBLEMS } from '../../problems.ts';
import { httpEvent, openGateway } from './gateway.ts';

const names: Route[] = [
  route({
    method: 'GET',
    path: '/named/:name',
    permission: 'public',
    handle: async ({ params }) => ok({ body: params }),
  }),
  route({
    method: 'DELETE',
    path: '/named/:name',
    permission: 'public',
    handle: async ({ params, query }) => ok({ body: { ...params, query: [...query] } }),
  }),
];

let fixture: ApiFixture;
let me: Principal;
let authorization: string;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  authorization = `Bearer ${me.token}`;
});
afterEach(() => fixture.close());

const create = (more: object, headers: object = {}) =>
  openGateway(fixture)(httpEvent('POST', '/apps', { headers: { authorization, ...headers }, ...more }));

describe('a request as API Gateway writes it', () => {
  it('gets the answer that the API gives anywhere', async () => {
    await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
    const { status, headers, text } = await fixture.request('GET', '/apps/shop', { token: me.token });
    const answer = await openGateway(fixture)(httpEvent('GET', '/apps/shop', { headers: { authorization } }));
    expect(answer).toMatchObject({ statusCode: status, body: text, isBase64Encoded: false });
    const lowered = Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const { 'request-id': mine, 'ratelimit-remaining': left, ...rest } = lowered;
    const { 'request-id': theirs, 'ratelimit-remaining': before, ...expected } = Object.fromEntries(headers);
    expect(rest).toEqual(expected);
    expect(mine).not.toEqual(theirs);
    // Each process counts separately, from 4,500: the fixture has answered twice, the gateway once.
    expect([before, left]).toEqual(['4498', '4499']);
  });

  test.each([
    { name: 'text', body: '{"name":"shop"}', isBase64Encoded: false },
    { name: 'base64', body: Buffer.from('{"name":"shop"}').toString('base64'), isBase64Encoded: true },
    {
      name: 'with fields that nobody knows, in text beyond ASCII',
      body: '{"name":"shop","note":"größe ✓"}',
      isBase64Encoded: false,
    },
  ])('has its body read: $name', async ({ body, isBase64Encoded }) => {
    const answer = await create({ body, isBase64Encoded });
    expect([answer.statusCode, JSON.parse(answer.body).name]).toEqual([201, 'shop']);
  });

  test.each([
    { name: 'none', more: {}, status: 201 },
    { name: 'empty', more: { body: '' }, status: 201 },
    { name: 'no JSON', more: { body: '{' }, status: 400 },
    {
      name: 'no text',
      more: { body: Buffer.from([0xff, 0xfe]).toString('base64'), isBase64Encoded: true },
      status: 400,
    },
    { name: 'called base64 and is none', more: { body: '{"name":"shop"}', isBase64Encoded: true }, status: 400 },
    { name: 'a wrong type', more: { body: '{"name":7}' }, status: 422 },
  ])('with a body that is $name is answered $status', async ({ more, status }) => {
    expect((await create(more)).statusCode).toBe(status);
    expect(fixture.reported).toEqual([]);
  });

  it('with a body that GET cannot have is answered without it', async () => {
    const event = httpEvent('GET', '/apps', { headers: { authorization, 'content-length': '2' }, body: '{}' });
    expect((await openGateway(fixture)(event)).statusCode).toBe(200);
  });

  it('has all values of a header, joined by commas as API Gateway does it', async () => {
    const gateway = openGateway(fixture);
    const headers = { authorization };
    const { headers: first } = await gateway(httpEvent('GET', '/account', { headers }));
    const known = { ...headers, 'if-none-match': `"another",${first.ETag}` };
    expect(await gateway(httpEvent('GET', '/account', { headers: known }))).toMatchObject({
      statusCode: 304,
      body: '',
    });
    const named = { ...headers, 'request-id': 'newest,older' };
    const answer = await gateway(httpEvent('GET', '/account', { headers: named }));
    expect(answer.headers['Request-Id']).toMatch(/^[-0-9a-f]{36},newest$/);
  });

  it('is nobody by its cookies: a web page of another site could send them', async () => {
    const cookies = [`authorization=${me.token}`, `token=${me.token}`];
    const answer = await openGateway(fixture)(httpEvent('GET', '/account', { cookies }));
    expect([answer.statusCode, JSON.parse(answer.body).id]).toEqual([401, 'unauthorized']);
    expect('cookies' in answer).toBe(false);
  });

  it('with a header beyond Latin-1 is answered', async () => {
    const headers = { authorization, 'user-agent': 'heroku ✓', 'x-name': 'größe\n' };
    const statuses: number[] = [];
    for (const method of ['GET', 'POST']) {
      statuses.push((await openGateway(fixture)(httpEvent(method, '/apps', { headers }))).statusCode);
    }
    expect(statuses).toEqual([200, 201]);
  });

  test.each([
    { method: 'HEAD', path: '/account', status: 200 },
    { method: 'OPTIONS', path: '/account', status: 204 },
    { method: 'DELETE', path: '/nothing', status: 404 },
    { method: 'GET', path: '/', status: 404 },
    { method: 'GET', path: '//account', status: 404 },
  ])('$method $path is answered $status', async ({ method, path, status }) => {
    const answer = await openGateway(fixture)(httpEvent(method, path, { headers: { authorization } }));
    expect(answer.statusCode).toBe(status);
    if (method === 'HEAD' || method === 'OPTIONS') expect(answer.body).toBe('');
    else expect(JSON.parse(answer.body).id).toBe('not_found');
  });

  it('that says it is another method by header is that one', async () => {
    const event = httpEvent('POST', '/account', { headers: { authorization, 'x-http-method-override': 'GET' } });
    const answer = await openGateway(fixture)(event);
    expect([answer.statusCode, JSON.parse(answer.body).email]).toEqual([200, 'me@example.com']);
  });
});

describe('a path', () => {
  test.each([
    { name: 'decoded, as HTTP APIs give it', path: '/named/me@my laptop', is: 'me@my laptop' },
    { name: 'with what would begin a query', path: '/named/a?b=c', is: 'a?b=c' },
    { name: 'with what would begin a fragment', path: '/named/a#b', is: 'a#b' },
    { name: 'with a bare percent sign', path: '/named/100%', is: '100%' },
    { name: 'beyond ASCII', path: '/named/größe-✓-😀', is: 'größe-✓-😀' },
    { name: 'of a wildcard domain', path: '/named/*.example.com', is: '*.example.com' },
    { name: 'still encoded, as others give it', path: '/named/a%20b%3Fc', is: 'a b?c' },
    { name: 'with what URLs never hold', path: '/named/<"\\^`{|}>', is: '<"\\^`{|}>' },
  ])('is the one that was asked for: $name', async ({ path, is }) => {
    const gateway = openGateway(fixture, { routes: names });
    expect(JSON.parse((await gateway(httpEvent('GET', path))).body)).toEqual({ name: is });
    const deleted = await gateway(httpEvent('DELETE', path, { rawQueryString: 'q=1&q=a%20b' }));
    expect(JSON.parse(deleted.body)).toEqual({
      name: is,
      query: [
        ['q', '1'],
        ['q', 'a b'],
      ],
    });
  });
});

describe('the function', () => {
  it('answers a repeat with the first answer', async () => {
    const body = '{"name":"shop"}';
    const headers = { 'request-id': '6a16a3b0-6d0c-4f6a-9a5c-5b0b3a4c2d1e' };
    const [first, second] = [await create({ body }, headers), await create({ body }, headers)];
    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.body).toBe(first.body);
  });

  it('answers when what it has begun was sent: once it has answered it is frozen', async () => {
    const background = new Background(IGNORED_PROBLEMS);
    const sent: string[] = [];
    Object.assign(fixture.platform.passRequests, {
      enqueue: (appId: string) => {
        const later = new Promise((resolve) => setTimeout(resolve, 20)).then(() => sent.push(appId));
        background.track('a nudge', later);
      },
    });
    await create({ body: '{"name":"shop"}' });
    const gateway = openGateway(fixture, { flush: () => background.flush() });
    const event = { headers: { authorization }, body: '{"maintenance":true}' };
    const answer = await gateway(httpEvent('PATCH', '/apps/shop', event));
    expect(answer.statusCode).toBe(200);
    expect(sent).toContain(JSON.parse(answer.body).id);
  });

  test.each([
    { name: 'nothing', event: undefined, lacks: 'rawPath' },
    { name: 'what the console sends as a test', event: { key1: 'value1' }, lacks: 'rawPath' },
    { name: 'payload format 1.0', event: { version: '1.0', path: '/apps', httpMethod: 'GET' }, lacks: 'rawPath' },
    { name: 'no method', event: { ...httpEvent('GET', '/apps'), requestContext: {} }, lacks: 'requestContext.http' },
  ])('says what is wrong with an event that is no request: $name', async ({ event, lacks }) => {
    await expect(openGateway(fixture)(event)).rejects.toThrow(
      `the event is not a request of an HTTP API with payload format 2.0: it has no ${lacks}`,
    );
  });
});
