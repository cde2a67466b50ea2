import {
  type BadRequestHead,
  parseRequestHead,
  type RequestHead,
} from '../../../../services/router/http/request-head.ts';

/** `GET / HTTP/1.1` with a host and nothing else. */
const PLAIN: RequestHead = {
  valid: true,
  method: 'GET',
  target: '/',
  hostHeader: 'a.test',
  host: 'a.test',
  minorVersion: 1,
  fields: '',
  body: 'none',
  contentLength: -1,
  keepAlive: true,
  upgrade: '',
  expect: 'nothing',
  requestId: '',
  forwardedFor: '',
  forwardedProto: '',
  forwardedPort: '',
  via: '',
};
const head = (...lines: readonly string[]) => lines.map((line) => `${line}\r\n`).join('');
const get = (...lines: readonly string[]) => head('GET / HTTP/1.1', 'Host: a.test', ...lines);
const old = (...lines: readonly string[]) => head('GET / HTTP/1.0', 'Host: a.test', ...lines);

type Row = { readonly name: string; readonly text: string; readonly is: Partial<RequestHead> };

const upgrade = (offered: string, is: string): Row => ({
  name: `an offer of ${offered}`,
  text: get('Connection: Upgrade', `Upgrade: ${offered}`),
  is: { upgrade: is },
});
const host = (header: string, name: string): Row => ({
  name: `the host ${header.slice(0, 30)}`,
  text: head('GET / HTTP/1.1', `Host: ${header}`),
  is: { hostHeader: header, host: name },
});
const length = (text: string, contentLength: number): Row => ({
  name: `a length of ${text}`,
  text: get(`Content-Length: ${text}`),
  is: { contentLength, body: contentLength === 0 ? 'none' : 'length' },
});

test.each<Row>([
  { name: 'a host and nothing else', text: get(), is: {} },
  {
    name: 'a method of 127 bytes',
    text: head(`${'M'.repeat(127)} / HTTP/1.1`, 'Host: a.test'),
    is: { method: 'M'.repeat(127) },
  },
  {
    name: 'a request line of 8,192 bytes',
    text: head(`GET /${'a'.repeat(8_192 - 14)} HTTP/1.1`, 'Host: a.test'),
    is: { target: `/${'a'.repeat(8_192 - 14)}` },
  },
  { name: 'bytes above ASCII', text: head('GET /\xe9\xff HTTP/1.1', 'Host: a.test'), is: { target: '/\xe9\xff' } },
  {
    name: 'an absolute target: its host counts',
    text: head('GET http://B.test:80/x?y HTTP/1.1', 'Host: a.test'),
    is: { target: '/x?y', hostHeader: 'B.test:80', host: 'b.test' },
  },
  {
    name: 'an absolute target without a path',
    text: head('GET HTTPS://b.test HTTP/1.1', 'Host: a.test'),
    is: { hostHeader: 'b.test', host: 'b.test' },
  },
  {
    name: 'an absolute target with a query only',
    text: head('GET http://b.test?q HTTP/1.1', 'Host: a.test'),
    is: { target: '/?q', hostHeader: 'b.test', host: 'b.test' },
  },
  {
    name: 'an absolute target with a fragment only',
    text: head('GET http://b.test#/f HTTP/1.1', 'Host: a.test'),
    is: { target: '/#/f', hostHeader: 'b.test', host: 'b.test' },
  },
  {
    name: 'an asterisk of OPTIONS',
    text: head('OPTIONS * HTTP/1.1', 'Host: A.test'),
    is: { method: 'OPTIONS', target: '*', hostHeader: 'A.test', host: 'a.test' },
  },
  host('A.Test.', 'a.test'),
  host('a.test:', 'a.test'),
  host('a.test:65535', 'a.test'),
  host('a_b-c.test', 'a_b-c.test'),
  host('[::1]:80', '[::1]'),
  host('[2001:DB8::1.2.3.4]', '[2001:db8::1.2.3.4]'),
  host('h'.repeat(261), 'h'.repeat(261)),
  {
    name: 'a header line of 8,192 bytes',
    text: get(`X:${'x'.repeat(8_190)}`),
    is: { fields: `X:${'x'.repeat(8_190)}\r\n` },
  },
  {
    name: 'a name of 1,000 bytes',
    text: get(`${'n'.repeat(1_000)}: 1`),
    is: { fields: `${'n'.repeat(1_000)}: 1\r\n` },
  },
  {
    name: '1,000 headers',
    text: get(...Array.from({ length: 999 }, () => 'X: 1')),
    is: { fields: 'X: 1\r\n'.repeat(999) },
  },
  {
    name: 'the app’s own fields, to the byte and in their order',
    text: head(
      'GET / HTTP/1.1',
      'Accept:  */*\t',
      'x-ABC:',
      'Host: a.test',
      'Abcd: as long as Host',
      'Abc: \xff',
      'Cookie:a',
    ),
    is: { fields: head('Accept:  */*\t', 'x-ABC:', 'Abcd: as long as Host', 'Abc: \xff', 'Cookie:a') },
  },
  {
    name: 'fields between those of the router',
    text: get('A: 1', 'Via: v', 'B: 2', 'TE: x', 'Keep-Alive: x', 'C: 3'),
    is: { fields: head('A: 1', 'B: 2', 'C: 3'), via: 'v' },
  },
  length('0', 0),
  length('5', 5),
  length('005', 5),
  length('9007199254740991', Number.MAX_SAFE_INTEGER),
  {
    name: 'the same length twice',
    text: get('Content-Length: 5', 'content-length: 05'),
    is: { contentLength: 5, body: 'length' },
  },
  { name: 'chunks', text: get('Transfer-Encoding: \tChunked '), is: { body: 'chunked' } },
  {
    name: 'chunks beside a length: nothing after it counts',
    text: get('Content-Length: 5', 'Transfer-Encoding: chunked'),
    is: { body: 'chunked', keepAlive: false },
  },
  { name: 'close', text: get('Connection: Close'), is: { keepAlive: false } },
  { name: 'close in the second of two', text: get('Connection: foo', 'Connection: close'), is: { keepAlive: false } },
  { name: 'HTTP/1.0', text: old(), is: { minorVersion: 0, keepAlive: false } },
  { name: 'HTTP/1.0 with keep-alive', text: old('Connection: Keep-Alive'), is: { minorVersion: 0, keepAlive: true } },
  {
    name: 'HTTP/1.0 with keep-alive and close',
    text: old('Connection: keep-alive, close'),
    is: { minorVersion: 0, keepAlive: false },
  },
  {
    name: 'fields that are meant for the router only',
    text: get('X-Hop: 1', 'Connection: keep-alive, ,X-HOP , x-b', 'X-Hops: 2', 'x-B: 3', 'X-B-C: 4'),
    is: { fields: head('X-Hops: 2', 'X-B-C: 4') },
  },
  upgrade('websocket', 'websocket'),
  upgrade('a ,b', 'a ,b'),
  upgrade('h2c', ''),
  upgrade('a ,H2C,  b', 'a, b'),
  upgrade('h2c-x,xh2c', 'h2c-x, xh2c'),
  {
    name: 'two offers',
    text: get('Upgrade: a', 'Connection: x, Upgrade', 'Upgrade: b'),
    is: { upgrade: 'a, b' },
  },
  { name: 'an offer that Connection does not tell of', text: get('Upgrade: websocket'), is: {} },
  {
    name: 'an offer in HTTP/1.0',
    text: old('Connection: upgrade', 'Upgrade: websocket'),
    is: { minorVersion: 0, keepAlive: false },
  },
  { name: 'Expect', text: get('Expect: 100-Continue'), is: { expect: 'continue' } },
  { name: 'another Expect', text: get('Expect: 200-ok'), is: { expect: 'unsupported' } },
  { name: 'an empty Expect', text: get('Expect:'), is: { expect: 'unsupported' } },
  { name: 'two Expects', text: get('Expect: 100-continue', 'Expect: 100-continue'), is: { expect: 'unsupported' } },
  { name: 'Expect in HTTP/1.0', text: old('Expect: x'), is: { minorVersion: 0, keepAlive: false } },
  {
    name: 'what another proxy told',
    text: get(
      'X-Request-Id: first',
      'X-Request-ID: \t second \t',
      'X-Forwarded-For: 1',
      'x-forwarded-for: 2',
      'X-Forwarded-Proto: ftp',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Port: 1',
      'X-Forwarded-Port: 443',
      'Via: 1.1 a',
      'Via: 1.0 b',
    ),
    is: {
      requestId: 'second',
      forwardedFor: '1, 2',
      forwardedProto: 'https',
      forwardedPort: '443',
      via: '1.1 a, 1.0 b',
    },
  },
  { name: 'a value of blanks', text: get('X-Request-Id: \t '), is: {} },
])('a head with $name is read whole', ({ text, is }) => {
  expect(parseRequestHead(text)).toEqual({ ...PLAIN, ...is });
});

test.each([
  ...['http2-settings', 'keep-alive', 'proxy-connection', 'te', 'x-request-start'],
  ...['HTTP2_Settings', 'Keep_Alive', 'Proxy_Connection', 'Content_Length', 'Transfer_Encoding', 'X_Forwarded_For'],
  ...['X-Forwarded_For', 'X_Forwarded-Port', 'X_Forwarded_Proto', 'X_Request_Id', 'x_request_start'],
])('a field %s never reaches the dyno, and means nothing', (name) => {
  expect(parseRequestHead(get('A: 1', `${name}: 7`, 'B: 2'))).toEqual({ ...PLAIN, fields: head('A: 1', 'B: 2') });
});

type Bad = readonly [name: string, text: string, told?: Partial<BadRequestHead>];
const GET = { method: 'GET' };
const LINE = { ...GET, target: '/' };
const WITH_HOST = { ...LINE, host: 'a.test' };

const BAD: readonly Bad[] = [
  ['nothing', ''],
  ['no method', head(' / HTTP/1.1')],
  ['a method of 128 bytes', head(`${'M'.repeat(128)} / HTTP/1.1`, 'Host: a.test')],
  ['a tab behind the method', head('GET\t/ HTTP/1.1', 'Host: a.test')],
  ['no target', head('GET  HTTP/1.1', 'Host: a.test'), GET],
  ['a tab behind the target', head('GET /\tHTTP/1.1', 'Host: a.test'), GET],
  ['another version', head('GET / HTTP/2.0', 'Host: a.test'), GET],
  ['another minor version', head('GET / HTTP/1.2', 'Host: a.test'), LINE],
  ['the character before 0 as the minor version', head('GET / HTTP/1./', 'Host: a.test'), LINE],
  ['a space behind the version', head('GET / HTTP/1.1 ', 'Host: a.test'), LINE],
  ['CR behind the version, alone', 'GET / HTTP/1.1\rHost: a.test\r\n', LINE],
  ['CONNECT', head('CONNECT a.test:443 HTTP/1.1', 'Host: a.test'), { method: 'CONNECT', target: 'a.test:443' }],
  ['CONNECT of a path', head('CONNECT / HTTP/1.1', 'Host: a.test'), { method: 'CONNECT', target: '/' }],
  [
    'a request line of 8,193 bytes',
    head(`GET /${'a'.repeat(8_193 - 14)} HTTP/1.1`, 'Host: a.test'),
    { ...GET, target: `/${'a'.repeat(8_193 - 14)}` },
  ],
  ['an asterisk', head('GET * HTTP/1.1', 'Host: a.test'), { ...GET, target: '*' }],
  ['a target without a slash', head('GET x HTTP/1.1', 'Host: a.test'), { ...GET, target: 'x' }],
  ['another scheme', head('GET xhttp://a/ HTTP/1.1', 'Host: a.test'), { ...GET, target: 'xhttp://a/' }],
  ['a scheme alone', head('GET http:// HTTP/1.1', 'Host: a.test'), { ...GET, target: 'http://' }],
  ['a bad host in the target', head('GET http://a:b/ HTTP/1.1', 'Host: a'), { ...GET, target: 'http://a:b/' }],
  ['no host', head('GET / HTTP/1.1', 'A: b'), LINE],
  ['no host beside an absolute target', head('GET http://a/x HTTP/1.1'), { ...GET, target: '/x' }],
  ['a bad host beside it', head('GET http://a/x HTTP/1.1', 'Host: a/'), { ...GET, target: '/x' }],
  ['two hosts', get('Host: b.test'), WITH_HOST],
  ...['', '.', 'a b', 'a/', 'a:123456', 'a:b', 'a:80:80', 'x[::1]', '[::1]x', '[]', '[g]', 'h'.repeat(262)].map(
    (name): Bad => [`the host ${name.slice(0, 9)}`, head('GET / HTTP/1.1', `Host: ${name}`), LINE],
  ),
  ['an empty name', get(': 1'), WITH_HOST],
  ['a name of 1,001 bytes', get(`${'n'.repeat(1_001)}: 1`), WITH_HOST],
  ['a space before the colon', get('A : 1'), WITH_HOST],
  ['a line without a colon', get('A'), WITH_HOST],
  ['a null byte in a value', get('A: \0'), WITH_HOST],
  ['CR in a value', get('A: \rb'), WITH_HOST],
  ['LF in a value', get('A: \nb'), WITH_HOST],
  ['a header line of 8,193 bytes', get(`X:${'x'.repeat(8_191)}`), WITH_HOST],
  ['1,001 headers', get(...Array.from({ length: 1_000 }, () => 'X: 1')), WITH_HOST],
  ['a last line without its end', `${get()}A: 1`, WITH_HOST],
  ...['', '-1', '+1', '1, 1', '1 1', '0x1', '1e1', '00000000000000001', '9007199254740992'].map(
    (text): Bad => [`the length ${text}`, get(`Content-Length: ${text}`), WITH_HOST],
  ),
  ['two lengths', get('Content-Length: 1', 'Content-Length: 2'), WITH_HOST],
  ['no length and one', get('Content-Length: 0', 'Content-Length: 2'), WITH_HOST],
  ['another coding', get('Transfer-Encoding: gzip, chunked'), WITH_HOST],
  ['chunked twice', get('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), WITH_HOST],
  ['chunked in HTTP/1.0', old('Transfer-Encoding: chunked'), WITH_HOST],
];

test.each(BAD.map(([name, text, told = {}]) => ({ name, text, told })))(
  'a head with $name is bad, and the log tells what came before the fault',
  ({ text, told }) => {
    expect(parseRequestHead(text)).toEqual({ valid: false, method: '', target: '', host: '', ...told });
  },
);
