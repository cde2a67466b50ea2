import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBridge } from '../../../services/bridge/bridge.ts';
import { until } from '../logs/until.ts';

const TOKEN = 'HRKU-the-real-one';
const LOCAL_KEY = 'key-of-the-bridge';
const WITH_KEY = { authorization: `Bearer ${LOCAL_KEY}` };
const GIT_KEY = { authorization: `Basic ${Buffer.from(`heroku:${LOCAL_KEY}`).toString('base64')}` };
const GIT_TOKEN = `Basic ${Buffer.from(`heroku:${TOKEN}`).toString('base64')}`;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server's requests, and their credentials. */
interface Asked {
  readonly where: 'api' | 'services';
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly host: string | undefined;
}

let asked: Asked[];
let answer: Answer;
let servers: Server[];
let api: URL;
let services: URL;
let bridge: string;

async function listen(handler: Answer): Promise<URL> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

beforeEach(async () => {
  servers = [];
  asked = [];
  answer = (_request, response) => response.end('answered');
  const record =
    (where: Asked['where']): Answer =>
    (request, response) => {
      const { method, url, headers } = request;
      asked.push({ where, method, url, authorization: headers.authorization, host: headers.host });
      answer(request, response);
    };
  api = await listen(record('api'));
  services = await listen(record('services'));
  const local = await listen((request, response) => handle(request, response));
  bridge = local.origin;
  const { http: handle } = createBridge({
    remote: { api, services },
    token: TOKEN,
    localKey: LOCAL_KEY,
    localUrl: bridge,
  });
});
afterEach(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

test.each<{
  name: string;
  path: string;
  headers: Record<string, string>;
  where: Asked['where'];
  authorization?: string;
}>([
  { name: 'the API with the token', path: '/apps', headers: WITH_KEY, where: 'api', authorization: `Bearer ${TOKEN}` },
  {
    name: 'git to the services, the token as its password',
    path: '/shop.git/info/refs?service=git-receive-pack',
    headers: GIT_KEY,
    where: 'services',
    authorization: GIT_TOKEN,
  },
  { name: 'a log session to the services, which needs no token', path: '/logs/abc', headers: {}, where: 'services' },
  { name: 'output likewise', path: '/streams/abc', headers: {}, where: 'services' },
])('carries $name', async ({ path, headers, where, authorization }) => {
  const response = await fetch(`${bridge}${path}`, { headers });
  expect([response.status, await response.text()]).toEqual([200, 'answered']);
  const { host } = where === 'api' ? api : services;
  expect(asked).toEqual([{ where, method: 'GET', url: path, authorization, host }]);
});

test.each([
  { name: 'no key', headers: {} },
  { name: 'another key', headers: { authorization: 'Bearer something-else' } },
  { name: 'the real token, which is not for this door', headers: { authorization: `Bearer ${TOKEN}` } },
  { name: 'what the CLI sends without a login', headers: { authorization: 'Bearer undefined' } },
])('asks for the key of the bridge: $name', async ({ headers }) => {
  const response = await fetch(`${bridge}/apps`, { headers: headers as Record<string, string> });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ id: 'unauthorized' });
  expect(asked).toEqual([]);
});

test('URLs of the platform in an answer lead back to the bridge, all others stay', async () => {
  const host = (url: string | URL) => new URL(url).host;
  answer = (_request, response) => {
    response.writeHead(201, { 'content-type': 'application/json', 'request-id': 'r-1' });
    response.end(
      JSON.stringify({
        logplex_url: `${services.origin}/logs/abc`,
        attach_url: `rendezvous://${services.host}/secret`,
        git_url: `${services.origin}/shop.git`,
        other_git_url: 'https://git.example.com/shop.git',
        web_url: 'https://shop.apps.example.com/',
        note: `see ${services.origin}/logs/abc`,
      }),
    );
  };
  const response = await fetch(`${bridge}/apps/shop/log-sessions`, { method: 'POST', headers: WITH_KEY, body: '{}' });
  expect([response.status, response.headers.get('request-id')]).toEqual([201, 'r-1']);
  expect(await response.json()).toEqual({
    logplex_url: `${bridge}/logs/abc`,
    attach_url: `rendezvous://${host(bridge)}/secret`,
    // As `heroku create` prints it.
    git_url: `https://${host(bridge)}/shop.git`,
    other_git_url: 'https://git.example.com/shop.git',
    web_url: 'https://shop.apps.example.com/',
    note: `see ${services.origin}/logs/abc`,
  });
});

test('bodies go up and come down as they flow, without being held', async () => {
  let received = 0;
  answer = (request, response) => {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
    });
  };
  const response = await fetch(`${bridge}/shop.git/git-receive-pack`, {
    method: 'POST',
    headers: GIT_KEY,
    body: Buffer.alloc(3_000_000),
  });
  const first = await response.body?.getReader().read();
  expect(Buffer.from(first?.value ?? []).toString()).toBe('data: first\n\n');
  expect(received).toBe(3_000_000);
});

test('a client that leaves a log session ends it at the platform as well', async () => {
  let left = false;
  answer = (_request, response) => {
    response.on('close', () => {
      left = true;
    });
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('line\n');
  };
  const leave = new AbortController();
  const response = await fetch(`${bridge}/logs/abc`, { signal: leave.signal });
  await response.body?.getReader().read();
  expect(left).toBe(false);
  leave.abort();
  await until(() => left);
});

test('a platform that cannot be reached is named, without the token', async () => {
  for (const server of servers.slice(0, 1)) server.close();
  servers[0]?.closeAllConnections();
  const response = await fetch(`${bridge}/apps`, { headers: WITH_KEY });
  expect(response.status).toBe(502);
  expect(await response.json()).toEqual({
    id: 'bad_gateway',
    message: `${api.origin} cannot be reached (ECONNREFUSED).`,
  });
});
