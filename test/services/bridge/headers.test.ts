import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBridge } from '../../../services/bridge/bridge.ts';

const TOKEN = 'HRKU-the-real-one';
const KEY = 'key-of-the-bridge';
let servers: Server[] = [];
let seen: { readonly method: string | undefined; readonly headers: IncomingHttpHeaders; readonly body: string }[];
let answer: { status: number; headers: Record<string, string | string[]>; body: string };
let platform: URL;
let bridge: URL;

async function listen(server: Server): Promise<URL> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
beforeEach(async () => {
  seen = [];
  answer = { status: 200, headers: { 'content-type': 'text/plain' }, body: 'answered' };
  platform = await listen(
    createServer(async (incoming, response) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      seen.push({ method: incoming.method, headers: incoming.headers, body });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    }),
  );
  const local = createServer((incoming, response) => http(incoming, response));
  bridge = await listen(local);
  const { http } = createBridge({
    remote: { api: platform, services: platform },
    token: TOKEN,
    localKey: KEY,
    localUrl: bridge.origin,
  });
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  servers = [];
});

async function ask(path: string, headers: Record<string, string>, method = 'GET', body = '') {
  const outgoing = request(new URL(path, bridge), { method, headers: { authorization: `Bearer ${KEY}`, ...headers } });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers as IncomingHttpHeaders, text };
}

test('a request goes on as it is, but for what is of its connection alone', async () => {
  await ask(
    '/apps?x=1',
    {
      accept: 'application/vnd.heroku+json; version=3',
      'x-own': 'kept',
      'x-hop': 'of this connection',
      connection: 'close, X-Hop',
      te: 'trailers',
      'proxy-authorization': 'secret',
      'proxy-connection': 'keep-alive',
      'keep-alive': 'timeout=5',
      'content-length': '2',
    },
    'PATCH',
    '{}',
  );
  expect(seen).toEqual([
    {
      method: 'PATCH',
      body: '{}',
      headers: {
        accept: 'application/vnd.heroku+json; version=3',
        'x-own': 'kept',
        'content-length': '2',
        authorization: `Bearer ${TOKEN}`,
        host: platform.host,
        connection: 'keep-alive',
      },
    },
  ]);
});

test('a body without a length goes on, in pieces of its own', async () => {
  await ask('/apps', { 'transfer-encoding': 'chunked' }, 'POST', 'hello');
  expect(seen).toMatchObject([{ method: 'POST', body: 'hello', headers: { 'transfer-encoding': 'chunked' } }]);
});

test.each(['/logs/x', '/streams/x', '/blobs/x'])('%s is its own permission: no token goes with it', async (path) => {
  await ask(path, { authorization: '' });
  expect(seen[0]?.headers).not.toHaveProperty('authorization');
});

test.each([
  { path: '/shop.git/info/refs', authorization: `Basic ${Buffer.from(`heroku:${TOKEN}`).toString('base64')}` },
  { path: '/a/shop.git/info', authorization: `Bearer ${TOKEN}` },
  { path: '/shop.git', authorization: `Bearer ${TOKEN}` },
  { path: '/a/logs/x', authorization: `Bearer ${TOKEN}` },
])('$path is asked with $authorization', async ({ path, authorization }) => {
  await ask(path, {});
  expect(seen[0]?.headers.authorization).toBe(authorization);
});

test('who has not the key is told which it is, and that a user name goes with it', async () => {
  const { status, headers, text } = await ask('/apps', { authorization: 'Bearer other' }, 'POST', '{}');
  expect([status, headers['www-authenticate'], headers['content-type']]).toEqual([
    401,
    'Basic realm="dynoform connect"',
    'application/json',
  ]);
  expect(text).toBe(
    `${JSON.stringify({ id: 'unauthorized', message: 'This is not the key of this bridge: run the eval line that it printed at its start.' })}\n`,
  );
  expect(seen).toEqual([]);
});

test.each([
  { type: 'application/json', body: 'home' },
  { type: 'application/json; charset=utf-8', body: 'home' },
  { type: 'text/plain', body: 'away' },
])('an answer of type $type has its URLs $body', async ({ type, body }) => {
  const of = (origin: string) => `["${origin}/logs/é"]`;
  answer = {
    status: 422,
    headers: { 'content-type': type, 'x-own': 'kept', connection: 'X-Hop', 'x-hop': 'of that connection' },
    body: of(platform.origin),
  };
  const { status, headers, text } = await ask('/apps', {});
  expect([status, headers['content-type'], headers['x-own'], headers['x-hop'], text]).toEqual([
    422,
    type,
    'kept',
    undefined,
    of(body === 'home' ? bridge.origin : platform.origin),
  ]);
});

test('an answer whose URLs are others has another length', async () => {
  answer = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: `["rendezvous://${platform.host}/é"]`,
  };
  const { headers, text } = await ask('/apps', {});
  expect(text).toBe(`["rendezvous://${bridge.host}/é"]`);
  expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
});

test('an answer without a type, and one without a body, come as they are', async () => {
  answer = { status: 304, headers: { etag: '"a"' }, body: '' };
  const { status, headers, text } = await ask('/apps', {});
  expect([status, headers.etag, headers['content-type'], text]).toEqual([304, '"a"', undefined, '']);
});
