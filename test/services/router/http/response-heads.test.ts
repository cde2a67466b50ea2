import * as codes from '../../../../services/router/codes.ts';
import {
  oversizedResponse,
  parseResponseHead,
  type ResponseHead,
} from '../../../../services/router/http/response-head.ts';

/** `HTTP/1.1 200 OK` and nothing else. */
const PLAIN: ResponseHead = {
  valid: true,
  status: 200,
  reason: 'OK',
  fields: '',
  framing: 'until-close',
  contentLength: -1,
  keepAlive: false,
  keepAliveSeconds: undefined,
  hasServer: false,
  upgrade: '',
  via: '',
};
const EMPTY: Partial<ResponseHead> = { framing: 'length', contentLength: 0, keepAlive: true };
const head = (...lines: readonly string[]) => lines.map((line) => `${line}\r\n`).join('');
const ok = (...lines: readonly string[]) => head('HTTP/1.1 200 OK', ...lines);
const empty = (...lines: readonly string[]) => ok('Content-Length: 0', ...lines);
const old = (...lines: readonly string[]) => head('HTTP/1.0 200 OK', ...lines);

interface Row {
  readonly name: string;
  readonly text: string;
  readonly method?: string;
  readonly is: Partial<ResponseHead>;
}

const status = (line: string, is: Partial<ResponseHead>): Row => ({ name: line, text: head(`HTTP/1.1 ${line}`), is });
const length = (text: string, contentLength: number): Row => ({
  name: `a length of ${text}`,
  text: ok(`Content-Length: ${text}`),
  is: { framing: 'length', contentLength, keepAlive: true },
});
const idle = (value: string, keepAliveSeconds: number | undefined): Row => ({
  name: `Keep-Alive: ${value}`,
  text: empty(`Keep-Alive: ${value}`),
  is: { ...EMPTY, keepAliveSeconds },
});
const noBody: Partial<ResponseHead> = { framing: 'none', keepAlive: true };

test.each<Row>([
  { name: 'nothing else', text: ok(), is: {} },
  status('100 Continue', { status: 100, reason: 'Continue', ...noBody }),
  status('199 x', { status: 199, reason: 'x', ...noBody }),
  status('203 x', { status: 203, reason: 'x' }),
  status('204 x', { status: 204, reason: 'x', ...noBody }),
  status('205 x', { status: 205, reason: 'x' }),
  status('303 x', { status: 303, reason: 'x' }),
  status('304 x', { status: 304, reason: 'x', ...noBody }),
  status('305 x', { status: 305, reason: 'x' }),
  status('999', { status: 999, reason: '' }),
  status('200 ', { reason: '' }),
  status('200 a\tb \x20~\x80\xff', { reason: 'a\tb \x20~\x80\xff' }),
  status(`200 ${'r'.repeat(8_192 - 13)}`, { reason: 'r'.repeat(8_192 - 13) }),
  length('0', 0),
  length(' \t7\t ', 7),
  length('0000000000000007', 7),
  length('9007199254740991', Number.MAX_SAFE_INTEGER),
  {
    name: 'the same length twice',
    text: ok('Content-Length: 5', 'content-length: 5'),
    is: { framing: 'length', contentLength: 5, keepAlive: true },
  },
  { name: 'chunks', text: ok('Transfer-Encoding: \tCHUNKED '), is: { framing: 'chunked', keepAlive: true } },
  {
    name: 'chunks beside a length',
    text: ok('Transfer-Encoding: chunked', 'Content-Length: 0'),
    is: { framing: 'chunked' },
  },
  { name: 'chunks, to HEAD', method: 'HEAD', text: ok('Transfer-Encoding: chunked'), is: noBody },
  {
    name: 'chunks beside a length, to HEAD',
    method: 'HEAD',
    text: ok('Transfer-Encoding: chunked', 'Content-Length: 5'),
    is: { framing: 'none' },
  },
  { name: 'a length, to HEAD', method: 'HEAD', text: ok('Content-Length: 5'), is: { ...noBody, contentLength: 5 } },
  { name: 'nothing, to HEAD', method: 'HEAD', text: ok(), is: noBody },
  { name: 'close', text: empty('Connection: Close'), is: { ...EMPTY, keepAlive: false } },
  {
    name: 'close in the second of two',
    text: empty('X-A: 1', 'Connection: x-a', 'Connection: close'),
    is: { ...EMPTY, keepAlive: false },
  },
  { name: 'HTTP/1.0', text: old('Content-Length: 0'), is: { ...EMPTY, keepAlive: false } },
  {
    name: 'HTTP/1.0 with keep-alive',
    text: old('Content-Length: 0', 'Connection: keep-alive'),
    is: { ...EMPTY, keepAlive: true },
  },
  { name: 'HTTP/1.0 with keep-alive and no length', text: old('Connection: keep-alive'), is: {} },
  idle('timeout=5', 5),
  idle('max=1;timeout = "15"', 15),
  idle('max=1, TIMEOUT=0', 0),
  idle('max=1 timeout=999999', 999_999),
  idle('xtimeout=5', undefined),
  idle('timeout=', undefined),
  idle('timeout=-5', undefined),
  idle('5', undefined),
  {
    name: 'two Keep-Alives, the second without a time',
    text: empty('Keep-Alive: timeout=5', 'Keep-Alive: max=3'),
    is: { ...EMPTY, keepAliveSeconds: 5 },
  },
  {
    name: 'a Server of the app',
    text: empty('A: 1', 'SERVER: x', 'B: 2'),
    is: { ...EMPTY, hasServer: true, fields: head('A: 1', 'SERVER: x', 'B: 2') },
  },
  { name: 'two Vias', text: empty('Via: 1.1 a', 'Via:1.0 b '), is: { ...EMPTY, via: '1.1 a, 1.0 b, ' } },
  {
    name: 'the app’s own fields, to the byte and in their order',
    text: empty('Abc:  of the length of Via\t', 'Zz:', 'Set-Cookie: a', 'Dates: \xff', 'Set-Cookie: b', '!#$%: ~'),
    is: {
      ...EMPTY,
      fields: head('Abc:  of the length of Via\t', 'Zz:', 'Set-Cookie: a', 'Dates: \xff', 'Set-Cookie: b', '!#$%: ~'),
    },
  },
  {
    name: 'what is meant for the router only',
    text: empty('A: 1', 'TE: x', 'X-Hop: 1', 'B: 2', 'Proxy-Connection: x', 'Connection: x-hop, keep-alive', 'C: 3'),
    is: { ...EMPTY, fields: head('A: 1', 'B: 2', 'C: 3') },
  },
  {
    name: 'another protocol',
    text: head('HTTP/1.1 101 Switching Protocols', 'Connection: upgrade', 'Upgrade: \twebsocket ', 'Sec: x'),
    is: { status: 101, reason: 'Switching Protocols', ...noBody, upgrade: 'websocket', fields: head('Sec: x') },
  },
  {
    name: 'a cookie of 8,192 bytes',
    text: empty(`Set-Cookie:  ${'c'.repeat(8_192)} `),
    is: { ...EMPTY, fields: head(`Set-Cookie:  ${'c'.repeat(8_192)} `) },
  },
  {
    name: 'another field of more than a cookie may have',
    text: empty(`Set-Cooked: ${'c'.repeat(8_193)}`),
    is: { ...EMPTY, fields: head(`Set-Cooked: ${'c'.repeat(8_193)}`) },
  },
  {
    name: 'a line of 512 KiB',
    text: empty(`A:${'a'.repeat(512 * 1024 - 2)}`),
    is: { ...EMPTY, fields: head(`A:${'a'.repeat(512 * 1024 - 2)}`) },
  },
  {
    name: '1,000 headers',
    text: empty(...Array.from({ length: 999 }, () => 'A: 1')),
    is: { ...EMPTY, fields: 'A: 1\r\n'.repeat(999) },
  },
])('a response head with $name is read whole', ({ text, method = 'GET', is }) => {
  expect(parseResponseHead(text, method)).toStrictEqual({ ...PLAIN, ...is });
});

const MALFORMED = codes.POORLY_FORMATTED_RESPONSE;

test.each([
  { name: 'nothing', text: '', code: MALFORMED },
  { name: 'a status line that does not end', text: 'HTTP/1.1 200 OK', code: MALFORMED },
  { name: 'something before it', text: head('xHTTP/1.1 200 OK'), code: MALFORMED },
  { name: 'HTTP/1.2', text: head('HTTP/1.2 200 OK'), code: MALFORMED },
  { name: 'letters for a status', text: head('HTTP/1.1 2x0 OK'), code: MALFORMED },
  { name: 'a status glued to its reason', text: head('HTTP/1.1 200OK'), code: MALFORMED },
  { name: 'DEL in a reason', text: head('HTTP/1.1 200 \x7f'), code: MALFORMED },
  { name: 'an escape in a reason', text: head('HTTP/1.1 200 \x1b'), code: MALFORMED },
  { name: 'an empty name', text: ok(': 1'), code: MALFORMED },
  { name: 'a line without a colon', text: ok('A'), code: MALFORMED },
  { name: 'CR alone behind a value', text: `${ok()}A: 1\rB: 2\r\n`, code: MALFORMED },
  { name: 'a last line without its end', text: `${ok()}A: 1`, code: MALFORMED },
  { name: 'DEL in a value', text: ok('A: \x7f'), code: MALFORMED },
  { name: 'chunked twice', text: ok('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), code: MALFORMED },
  { name: 'an empty coding', text: ok('Transfer-Encoding:'), code: MALFORMED },
  { name: 'chunks in HTTP/1.0', text: old('Transfer-Encoding: chunked'), code: MALFORMED },
  ...['', '-1', '+1', '0x1', 'x1', '1x', '1 1', '00000000000000001', '9007199254740992'].map((text) => ({
    name: `the length ${text}`,
    text: ok(`Content-Length: ${text}`),
    code: codes.INVALID_CONTENT_LENGTH,
  })),
  {
    name: 'lengths of nothing and something',
    text: ok('Content-Length: 0', 'Content-Length: 1'),
    code: codes.INVALID_CONTENT_LENGTH,
  },
  {
    name: 'a status line of 8,193 bytes',
    text: head(`HTTP/1.1 200 ${'r'.repeat(8_193 - 13)}`),
    code: codes.OVERSIZED_STATUS_LINE,
  },
  { name: 'a cookie of 8,193 bytes', text: ok(`SET-Cookie: ${'c'.repeat(8_193)}`), code: codes.OVERSIZED_COOKIE },
  { name: 'a line beyond 512 KiB', text: ok(`A:${'a'.repeat(512 * 1024 - 1)}`), code: codes.OVERSIZED_HEADER },
  {
    name: '1,001 headers',
    text: ok(...Array.from({ length: 1_001 }, () => 'A: 1')),
    code: codes.OVERSIZED_HEADER,
  },
])('a response head with $name is refused', ({ text, code }) => {
  expect(parseResponseHead(text, 'GET')).toEqual({ valid: false, code });
});

test.each([
  { name: 'within its status line', text: 'HTTP/1.1 200 rrr', code: codes.OVERSIZED_STATUS_LINE },
  { name: 'behind it', text: 'HTTP/1.1 200 OK\r\nA', code: codes.OVERSIZED_HEADER },
])('a response head that was cut off $name is told as such', ({ text, code }) => {
  expect(oversizedResponse(text)).toEqual({ valid: false, code });
});
