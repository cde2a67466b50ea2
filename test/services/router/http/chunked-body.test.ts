import { ChunkedBody, LengthBody, UntilCloseBody } from '../../../../services/router/http/chunked-body.ts';

interface Read {
  readonly payload: string;
  /** Number of bytes that belong to the body. */
  readonly end: number;
  readonly is: 'done' | 'bad' | 'open';
}

function read(text: string, pieces: 'at once' | 'byte by byte' = 'at once'): Read {
  const payload: Buffer[] = [];
  const body = new ChunkedBody((piece) => payload.push(Buffer.from(piece)));
  const bytes = Buffer.from(text, 'latin1');
  let end = 0;
  if (pieces === 'at once') end = body.feed(bytes, 0);
  else {
    for (let at = 0; at < bytes.length && !body.done && !body.bad; at += 1) {
      end = at + body.feed(bytes.subarray(at, at + 1), 0);
    }
  }
  return { payload: Buffer.concat(payload).toString(), end, is: body.done ? 'done' : body.bad ? 'bad' : 'open' };
}

const extension = (bytes: number) => `;${'e'.repeat(bytes)}`;
const repeated = (chunk: string, times: number) => chunk.repeat(times);

test.each([
  { name: 'two chunks', text: '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', payload: 'abcde' },
  {
    name: 'hexadecimal sizes of either case',
    text: `A\r\n${'a'.repeat(10)}\r\nf\r\n${'b'.repeat(15)}\r\n0\r\n\r\n`,
    payload: 'aaaaaaaaaabbbbbbbbbbbbbbb',
  },
  { name: 'leading zeros', text: '0003\r\nabc\r\n0\r\n\r\n', payload: 'abc' },
  { name: 'thirteen digits', text: '0000000000003\r\nabc\r\n0\r\n\r\n', payload: 'abc' },
  { name: 'a size of two digits', text: `10\r\n${'c'.repeat(16)}\r\n0\r\n\r\n`, payload: 'c'.repeat(16) },
  { name: 'line ends within a chunk', text: '4\r\n\r\n\r\n\r\n0\r\n\r\n', payload: '\r\n\r\n' },
  { name: 'nothing', text: '0\r\n\r\n', payload: '' },
  { name: 'several zeros as the last size', text: '000\r\n\r\n', payload: '' },
  { name: 'an extension', text: '3;name="value"\r\nabc\r\n0;last\r\n\r\n', payload: 'abc' },
  { name: 'an extension of 256 bytes', text: `3${extension(256)}\r\nabc\r\n0\r\n\r\n`, payload: 'abc' },
  {
    name: 'small extensions of many chunks, as aws-chunked has them',
    text: `${repeated(`1${extension(85)}\r\nx\r\n`, 100)}0\r\n\r\n`,
    payload: 'x'.repeat(100),
  },
  {
    name: '16 KiB of extensions in all',
    text: `${repeated(`1${extension(256)}\r\nx\r\n`, 64)}0\r\n\r\n`,
    payload: 'x'.repeat(64),
  },
  { name: 'a trailer', text: '1\r\nx\r\n0\r\nDigest: sha-256=x\r\n\r\n', payload: 'x' },
  { name: 'two trailers, one empty', text: '0\r\nA:\r\nB: b\r\n\r\n', payload: '' },
  { name: 'a name that only begins like a forbidden one', text: '0\r\nHosts: a\r\nTeam: b\r\n\r\n', payload: '' },
  { name: 'trailers of 8,192 bytes', text: `0\r\nA:${'b'.repeat(8_192 - 5)}\r\n\r\n`, payload: '' },
])('a body with $name is read, however it is cut, and no byte behind it', ({ text, payload }) => {
  const whole = { payload, end: text.length, is: 'done' };
  expect(read(text)).toEqual(whole);
  expect(read(text, 'byte by byte')).toEqual(whole);
  expect(read(`${text}GET / HTTP/1.1\r\n`)).toEqual(whole);
});

test.each([
  { name: 'no size', text: '\r\nabc' },
  { name: 'an extension without a size', text: ';a\r\n' },
  { name: 'a sign', text: '+3\r\nabc' },
  { name: 'a space before the size', text: ' 3\r\nabc' },
  { name: 'a space behind it', text: '3 \r\nabc' },
  { name: 'a 0x', text: '0x3\r\nabc' },
  { name: 'a letter that is no digit', text: 'g\r\n' },
  { name: 'the byte before 0', text: '/\r\n' },
  { name: 'the byte behind 9', text: ':\r\n' },
  { name: 'the byte before a', text: '`\r\n' },
  { name: 'fourteen digits', text: '00000000000003\r\nabc\r\n' },
  { name: 'a line feed alone behind the size', text: '3\nabc' },
  { name: 'a carriage return alone behind the size', text: '3\rabc' },
  { name: 'more than the size says', text: '3\r\nabcd\r\n' },
  { name: 'a chunk that ends in a line feed', text: '3\r\nabc\n' },
  { name: 'a chunk that ends in a carriage return', text: '3\r\nabc\rx' },
  { name: 'an extension of 257 bytes', text: `3${extension(257)}\r\n` },
  { name: 'more than 16 KiB of extensions', text: `${repeated(`1${extension(256)}\r\nx\r\n`, 64)}1;e` },
  { name: 'a line feed in an extension', text: '3;a\nb\r\n' },
  { name: 'a null byte in an extension', text: '3;\0\r\n' },
  { name: 'a trailer without a name', text: '0\r\n: a\r\n' },
  { name: 'a trailer that is folded', text: '0\r\nA: a\r\n b\r\n\r\n' },
  { name: 'a space in its name', text: '0\r\nA b: c\r\n' },
  { name: 'a line feed in its value', text: '0\r\nA: b\nc\r\n' },
  { name: 'a null byte in its value', text: '0\r\nA: \0' },
  { name: 'a carriage return alone behind it', text: '0\r\nA: b\rc' },
  { name: 'trailers of 8,193 bytes', text: `0\r\nA:${'b'.repeat(8_193 - 5)}\r\n\r\n` },
  { name: 'a carriage return alone at the end', text: '0\r\n\rx' },
  ...[
    ...[
      'Host',
      'Content-Length',
      'content-encoding',
      'Content-Type',
      'Content-Range',
      'Transfer-Encoding',
      'Connection',
    ],
    ...['Keep-Alive', 'TE', 'Trailer', 'Upgrade', 'Expect', 'Via', 'Authorization', 'Cookie', 'Set-Cookie'],
    ...['X-Forwarded-For', 'X-Forwarded-', 'X-Request-Id', 'x-request-start'],
  ].map((name) => ({ name: `a trailer ${name}`, text: `0\r\n${name}: a` })),
])('a body with $name is bad, however it is cut', ({ text }) => {
  expect(read(text).is).toBe('bad');
  expect(read(text, 'byte by byte').is).toBe('bad');
});

test.each(['', '3', '3\r\nab', '3\r\nabc', '3\r\nabc\r\n', '0\r\n', '0\r\nA: b\r\n', '0\r\n\r'])(
  'a body that begins with %j goes on',
  (text) => {
    expect(read(text).is).toBe('open');
  },
);

test('a body of a known length ends there', () => {
  const body = new LengthBody(5);
  expect([body.feed(Buffer.from('xabc'), 1), body.done]).toEqual([4, false]);
  expect([body.feed(Buffer.from('defg'), 0), body.done, body.bad]).toEqual([2, true, false]);
  expect(body.feed(Buffer.from('h'), 0)).toBe(0);
  expect(new LengthBody(0).done).toBe(true);
  expect(new LengthBody(1).done).toBe(false);
});

test('a body until the connection ends has no end of its own', () => {
  const body = new UntilCloseBody();
  expect([body.feed(Buffer.from('abc')), body.done, body.bad]).toEqual([3, false, false]);
});
