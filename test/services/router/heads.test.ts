import {
  interimHeadText,
  type Peer,
  pageText,
  provenance,
  requestHeadText,
  responseHeadText,
  switchingHeadText,
} from '../../../services/router/forwarded-heads.ts';
import { parseRequestHead, type RequestHead } from '../../../services/router/http/request-head.ts';
import { parseResponseHead, type ResponseHead } from '../../../services/router/http/response-head.ts';

const lines = (...each: readonly string[]) => each.map((line) => `${line}\r\n`).join('');
const request = (...fields: readonly string[]): RequestHead => {
  const head = parseRequestHead(lines('GET /x?y HTTP/1.1', 'Host: A.test:80', ...fields));
  if (!head.valid) throw new Error('not a head');
  return head;
};
const response = (...all: readonly string[]): ResponseHead => {
  const head = parseResponseHead(lines(...all), 'GET');
  if (!head.valid) throw new Error('not a head');
  return head;
};

const CLIENT: Peer = { address: '192.0.2.1', protocol: 'http', port: 8_080, trusted: false };
const BALANCER: Peer = { ...CLIENT, address: '10.0.0.1', trusted: true };
const told = (peer: Peer, ...fields: readonly string[]) => provenance(request(...fields), peer, () => 'new');
const BY_BALANCER = ['X-Forwarded-For: 1.2.3.4'];

test.each([
  { name: 'a client', from: told(CLIENT), is: {} },
  {
    name: 'a client over TLS',
    from: told({ ...CLIENT, protocol: 'https', port: 443 }),
    is: { protocol: 'https', port: 443 },
  },
  {
    name: 'a client that tells of others',
    from: told(CLIENT, 'X-Forwarded-For: x'),
    is: { forwardedFor: 'x, 192.0.2.1' },
  },
  {
    name: 'a client that tells of a protocol and a port',
    from: told(CLIENT, 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 443'),
    is: {},
  },
  { name: 'a load balancer that tells nothing', from: told(BALANCER), is: { forwardedFor: '10.0.0.1' } },
  { name: 'a load balancer', from: told(BALANCER, ...BY_BALANCER), is: { forwardedFor: '1.2.3.4', port: 80 } },
  {
    name: 'a load balancer with TLS',
    from: told(BALANCER, ...BY_BALANCER, 'X-Forwarded-Proto: https'),
    is: { forwardedFor: '1.2.3.4', protocol: 'https', port: 443 },
  },
  {
    name: 'a load balancer with a port of its own',
    from: told(BALANCER, ...BY_BALANCER, 'X-Forwarded-Proto: http', 'X-Forwarded-Port: 08443'),
    is: { forwardedFor: '1.2.3.4', port: '08443' },
  },
  ...['x8443', '8443x', '123456'].map((port) => ({
    name: `a load balancer with ${port} for a port`,
    from: told(BALANCER, ...BY_BALANCER, 'X-Forwarded-Proto: ftp', `X-Forwarded-Port: ${port}`),
    is: { forwardedFor: '1.2.3.4', port: 80 },
  })),
  ...['a'.repeat(20), 'Z09+/=-'.padEnd(200, 'x')].map((requestId) => ({
    name: `a request id of ${requestId.length} characters`,
    from: told(CLIENT, `X-Request-Id: ${requestId}`),
    is: { requestId },
  })),
  ...['a'.repeat(19), 'a'.repeat(201), `${'a'.repeat(20)}_`, `!${'a'.repeat(20)}`].map((requestId) => ({
    name: `what is no request id: ${requestId.slice(0, 22)}`,
    from: told(CLIENT, `X-Request-Id: ${requestId}`),
    is: {},
  })),
])('what is told of $name', ({ from, is }) => {
  expect(from).toEqual({ requestId: 'new', forwardedFor: '192.0.2.1', protocol: 'http', port: 8_080, ...is });
});

const FROM = told(CLIENT);
const OURS = (via = '1.1 heroku-router') => [
  'X-Request-Id: new',
  'X-Forwarded-For: 192.0.2.1',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Port: 8080',
  'X-Request-Start: 1234',
  `Via: ${via}`,
];

test.each([
  { name: 'without a body', fields: ['B: 1', 'A: 2'], dyno: ['B: 1', 'A: 2', ...OURS(), 'Connection: keep-alive'] },
  {
    name: 'with a length',
    fields: ['Content-Length: 05'],
    dyno: [...OURS(), 'Content-Length: 5', 'Connection: keep-alive'],
  },
  {
    name: 'with an empty body',
    fields: ['Content-Length: 0'],
    dyno: [...OURS(), 'Content-Length: 0', 'Connection: keep-alive'],
  },
  {
    name: 'with chunks, and a length that does not count',
    fields: ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    dyno: [...OURS(), 'Transfer-Encoding: chunked', 'Connection: keep-alive'],
  },
  {
    name: 'that asks for another protocol',
    fields: ['Connection: upgrade', 'Upgrade: websocket'],
    dyno: [...OURS(), 'Connection: Upgrade', 'Upgrade: websocket'],
  },
  {
    name: 'that came by another proxy',
    fields: ['Via: 1.0 a'],
    dyno: [...OURS('1.0 a, 1.1 heroku-router'), 'Connection: keep-alive'],
  },
])('the dyno’s head of a request $name', ({ fields, dyno }) => {
  const text = requestHeadText(request(...fields), FROM, 1_234);
  expect(text).toBe(`${lines('GET /x?y HTTP/1.1', 'Host: A.test:80', ...dyno)}\r\n`);
});

test('the dyno sees which HTTP the client speaks', () => {
  expect(requestHeadText({ ...request(), minorVersion: 0 }, FROM, 0)).toContain('\r\nVia: 1.0 heroku-router\r\n');
});

const SERVED = ['Server: Heroku', 'Via: 1.1 heroku-router'];
const stays = { minorVersion: 1, keepAlive: true } as const;
const closes = { minorVersion: 1, keepAlive: false } as const;

test.each([
  {
    name: 'a length',
    head: ['HTTP/1.0 201 Made it', 'A: 1', 'Content-Length: 7'],
    client: stays,
    is: ['HTTP/1.1 201 Made it', 'A: 1', ...SERVED, 'Content-Length: 7'],
  },
  {
    name: 'no bytes',
    head: ['HTTP/1.1 200 OK', 'Content-Length: 0'],
    client: closes,
    is: ['HTTP/1.1 200 OK', ...SERVED, 'Content-Length: 0', 'Connection: close'],
  },
  {
    name: 'chunks',
    head: ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'],
    client: stays,
    is: ['HTTP/1.1 200 OK', ...SERVED, 'Transfer-Encoding: chunked'],
  },
  {
    name: 'chunks for HTTP/1.0',
    head: ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'],
    client: { minorVersion: 0, keepAlive: false } as const,
    is: ['HTTP/1.1 200 OK', ...SERVED, 'Connection: close'],
  },
  { name: 'no length', head: ['HTTP/1.1 200'], client: closes, is: ['HTTP/1.1 200 ', ...SERVED, 'Connection: close'] },
  {
    name: 'a length for HTTP/1.0',
    head: ['HTTP/1.1 200 OK', 'Content-Length: 7'],
    client: { minorVersion: 0, keepAlive: true } as const,
    is: ['HTTP/1.1 200 OK', ...SERVED, 'Content-Length: 7', 'Connection: keep-alive'],
  },
  {
    name: '304 and a length',
    head: ['HTTP/1.1 304 Not Modified', 'Content-Length: 7'],
    client: stays,
    is: ['HTTP/1.1 304 Not Modified', ...SERVED, 'Content-Length: 7'],
  },
  {
    name: '204 and a length',
    head: ['HTTP/1.1 204 No Content', 'Content-Length: 7'],
    client: stays,
    is: ['HTTP/1.1 204 No Content', ...SERVED],
  },
  {
    name: 'a Server and a Via',
    head: ['HTTP/1.1 200 OK', 'Via: 1.1 a', 'Server: b', 'Content-Length: 7'],
    client: stays,
    is: ['HTTP/1.1 200 OK', 'Server: b', 'Via: 1.1 a, 1.1 heroku-router', 'Content-Length: 7'],
  },
])('the client’s head of a response with $name', ({ head, client, is }) => {
  expect(responseHeadText(response(...head), client)).toBe(`${lines(...is)}\r\n`);
});

test('an interim response has its own fields and nothing of the router', () => {
  const head = response('HTTP/1.1 103 Early Hints', 'Link: </a>');
  expect(interimHeadText(head)).toBe(`${lines('HTTP/1.1 103 Early Hints', 'Link: </a>')}\r\n`);
});

test.each([
  { name: 'that it names', head: ['HTTP/1.1 101 Go', 'Upgrade: b', 'A: 1'], is: 'b' },
  { name: 'that was asked for', head: ['HTTP/1.1 101 Go', 'A: 1'], is: 'a' },
])('a dyno switches to the protocol $name', ({ head, is }) => {
  expect(switchingHeadText(response(...head), 'a')).toBe(
    `${lines('HTTP/1.1 101 Go', 'A: 1', ...SERVED, 'Connection: Upgrade', `Upgrade: ${is}`)}\r\n`,
  );
});

test.each([
  { status: 400, reason: 'Bad Request' },
  { status: 404, reason: 'Not Found' },
  { status: 417, reason: 'Expectation Failed' },
  { status: 502, reason: 'Bad Gateway' },
  { status: 503, reason: 'Service Unavailable' },
])('a page of the router with status $status', ({ status, reason }) => {
  const head = (connection: string) =>
    `${lines(
      `HTTP/1.1 ${status} ${reason}`,
      'Server: Heroku',
      'Via: 1.1 heroku-router',
      'Cache-Control: no-cache, no-store',
      'Content-Type: text/html; charset=utf-8',
      'Content-Length: 3',
      `Connection: ${connection}`,
    )}\r\n`;
  expect(pageText(status, 'é!', { headOnly: false, keepAlive: true })).toBe(`${head('keep-alive')}é!`);
  expect(pageText(status, 'é!', { headOnly: true, keepAlive: false })).toBe(head('close'));
});
