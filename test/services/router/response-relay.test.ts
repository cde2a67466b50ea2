import type { ClientConnection } from '../../../services/router/client-connection.ts';
import * as codes from '../../../services/router/codes.ts';
import { HeadReader } from '../../../services/router/http/head-reader.ts';
import { parseRequestHead } from '../../../services/router/http/request-head.ts';
import { RESPONSE_LIMITS } from '../../../services/router/http/response-head.ts';
import { ResponseRelay } from '../../../services/router/response-relay.ts';
import { GET, lines, WEBSOCKET } from './exchange-world.ts';

const OLD = lines('GET / HTTP/1.0', 'Host: shop.test');
const HEAD = GET.replace('GET', 'HEAD');
const SERVED = ['Server: Heroku', 'Via: 1.1 heroku-router'];
const head = (...more: readonly string[]) => lines('HTTP/1.1 200 OK', ...SERVED, ...more);

/** Relays these pieces of a dyno: returns every write to the client, and the result of each piece. */
function relayed(request: string, pieces: readonly string[], { stays = true, takes = true } = {}) {
  const parsed = parseRequestHead(request.slice(0, -2));
  if (!parsed.valid) throw new Error('not a head');
  const writes: string[] = [];
  const client = {
    write: (text: string, piece?: Buffer) => {
      writes.push(text + (piece?.toString('latin1') ?? ''));
      return takes;
    },
  } as unknown as ClientConnection;
  const relay = new ResponseRelay(client, parsed);
  const reader = new HeadReader(RESPONSE_LIMITS);
  const results = pieces.map((piece) => relay.receive(reader, Buffer.from(piece, 'latin1'), stays));
  const { bytes, started, keepClient, endsVisibly } = relay;
  return { writes, results, bytes, started, keepClient, endsVisibly };
}
const LENGTH = lines('HTTP/1.1 200 OK', 'Content-Length: 3');
const CHUNKED = lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked');
const FOREVER = lines('HTTP/1.1 200 OK');
const chunks = '3\r\nabc\r\n0\r\n\r\n';
const whole = { started: true, keepClient: true, endsVisibly: true };

test.each([
  {
    name: 'head and body at once: one write',
    request: GET,
    pieces: [`${LENGTH}abc`],
    writes: [`${head('Content-Length: 3')}abc`],
    results: ['complete'],
    bytes: 3,
  },
  {
    name: 'head, then body',
    request: GET,
    pieces: [LENGTH, 'ab', 'c'],
    writes: [head('Content-Length: 3'), 'ab', 'c'],
    results: ['more', 'more', 'complete'],
    bytes: 3,
  },
  {
    name: 'half a head',
    request: GET,
    pieces: [LENGTH.slice(0, 20), `${LENGTH.slice(20)}abc`],
    writes: [`${head('Content-Length: 3')}abc`],
    results: ['more', 'complete'],
    bytes: 3,
  },
  {
    name: 'more than the body',
    request: GET,
    pieces: [`${LENGTH}abcdef`],
    writes: [`${head('Content-Length: 3')}abc`],
    results: ['surplus'],
    bytes: 3,
  },
  {
    name: 'more than the body, later',
    request: GET,
    pieces: [`${LENGTH}ab`, 'cdef'],
    writes: [`${head('Content-Length: 3')}ab`, 'c'],
    results: ['more', 'surplus'],
    bytes: 3,
  },
  {
    name: 'no body',
    request: GET,
    pieces: [lines('HTTP/1.1 200 OK', 'Content-Length: 0')],
    writes: [head('Content-Length: 0')],
    results: ['complete'],
    bytes: 0,
  },
  {
    name: 'more than no body',
    request: GET,
    pieces: [`${lines('HTTP/1.1 200 OK', 'Content-Length: 0')}x`],
    writes: [head('Content-Length: 0')],
    results: ['surplus'],
    bytes: 0,
  },
  {
    name: 'a body for HEAD',
    request: HEAD,
    pieces: [`${LENGTH}abc`],
    writes: [head('Content-Length: 3')],
    results: ['surplus'],
    bytes: 0,
  },
  {
    name: 'no body for HEAD, and something later',
    request: HEAD,
    pieces: [LENGTH, 'x'],
    writes: [head('Content-Length: 3')],
    results: ['complete', 'surplus'],
    bytes: 0,
  },
  {
    name: 'chunks',
    request: GET,
    pieces: [`${CHUNKED}${chunks}`],
    writes: [`${head('Transfer-Encoding: chunked')}${chunks}`],
    results: ['complete'],
    bytes: 13,
  },
  {
    name: 'interim responses',
    request: GET,
    pieces: [
      lines('HTTP/1.1 100 Continue'),
      `${lines('HTTP/1.1 103 Hints', 'A: 1')}${lines('HTTP/1.1 199 x')}${LENGTH}abc`,
    ],
    writes: [lines('HTTP/1.1 103 Hints', 'A: 1'), lines('HTTP/1.1 199 x'), `${head('Content-Length: 3')}abc`],
    results: ['more', 'complete'],
    bytes: 3,
  },
])('$name', ({ request, pieces, writes, results, bytes }) => {
  expect(relayed(request, pieces)).toEqual({ ...whole, writes, results, bytes });
});

const closing = { started: true, keepClient: false };

test.each([
  {
    name: 'a client that closes',
    request: GET,
    text: `${LENGTH}abc`,
    is: {
      ...closing,
      endsVisibly: true,
      writes: [`${head('Content-Length: 3', 'Connection: close')}abc`],
      results: ['complete'],
      bytes: 3,
    },
  },
  {
    name: 'a body without an end of its own',
    request: GET,
    text: `${FOREVER}abc`,
    is: { ...closing, endsVisibly: false, writes: [`${head('Connection: close')}abc`], results: ['more'], bytes: 3 },
  },
  {
    name: 'chunks for HTTP/1.0: without their coding',
    request: OLD,
    text: `${CHUNKED}3;x\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
    is: {
      ...closing,
      endsVisibly: false,
      writes: [`${head('Connection: close')}abcde`],
      results: ['complete'],
      bytes: 5,
    },
  },
  {
    name: 'interim responses for HTTP/1.0',
    request: OLD,
    text: `${lines('HTTP/1.1 103 x')}${LENGTH}abc`,
    is: {
      ...closing,
      endsVisibly: true,
      writes: [`${head('Content-Length: 3', 'Connection: close')}abc`],
      results: ['complete'],
      bytes: 3,
    },
  },
])('$name', ({ request, text, is }) => {
  expect(relayed(request, [text], { stays: false })).toEqual(is);
});

test('a client never stays behind a body that only the end of its connection ends', () => {
  expect(relayed(GET, [FOREVER]).keepClient).toBe(false);
  expect(relayed(OLD.replace('\r\n\r\n', '\r\nConnection: keep-alive\r\n\r\n'), [CHUNKED]).keepClient).toBe(false);
});

test('a client that takes no more is told of, unless all is written', () => {
  const results = (...pieces: readonly string[]) => relayed(GET, pieces, { takes: false }).results;
  expect(results(LENGTH, 'ab', 'c')).toEqual(['full', 'full', 'complete']);
  expect(results(lines('HTTP/1.1 103 x'), LENGTH)).toEqual(['full', 'full']);
  expect(results(`${FOREVER}abc`)).toEqual(['full']);
});

test('nothing is written of what means nothing to a client of HTTP/1.0', () => {
  expect(relayed(OLD, [`${CHUNKED}3\r\na`, 'b', 'c', '\r\n0\r\n', '\r\n'])).toMatchObject({
    writes: [`${head('Connection: close')}a`, 'b', 'c'],
    results: ['more', 'more', 'more', 'more', 'complete'],
    bytes: 3,
  });
});

const nothing = { writes: [], bytes: 0, started: false, keepClient: false };

test.each([
  { name: 'no HTTP', request: GET, text: 'x\r\n\r\n', code: codes.POORLY_FORMATTED_RESPONSE },
  {
    name: 'a line that never ends',
    request: GET,
    text: `HTTP/1.1 200 ${'x'.repeat(9_000)}`,
    code: codes.OVERSIZED_STATUS_LINE,
  },
  {
    name: 'another protocol unasked',
    request: GET,
    text: lines('HTTP/1.1 101 Go', 'Upgrade: websocket'),
    code: codes.POORLY_FORMATTED_RESPONSE,
  },
])('$name is a failure, and the client has got nothing', ({ request, text, code }) => {
  expect(relayed(request, [text])).toEqual({ ...nothing, endsVisibly: true, results: [code] });
});

test('a chunk that is none: nothing is written if it is the first one', () => {
  expect(relayed(GET, [`${CHUNKED}x`])).toMatchObject({
    writes: [],
    started: false,
    results: [codes.POORLY_FORMATTED_RESPONSE],
  });
});

test('another protocol: the head, then bytes, what came along first', () => {
  const text = lines('HTTP/1.1 101 Go', 'Connection: upgrade', 'Upgrade: websocket');
  const switched = lines('HTTP/1.1 101 Go', ...SERVED, 'Connection: Upgrade', 'Upgrade: websocket');
  expect(relayed(WEBSOCKET, [text])).toMatchObject({
    writes: [switched],
    results: ['switched'],
    bytes: 0,
    started: true,
  });
  expect(relayed(WEBSOCKET, [`${text}hi`])).toMatchObject({
    writes: [switched, 'hi'],
    results: ['switched'],
    bytes: 2,
  });
});
