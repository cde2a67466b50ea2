import { type HeadLimits, HeadReader } from '../../../../services/router/http/head-reader.ts';

const LIMITS: HeadLimits = { firstLineBytes: 20, lineBytes: 10, lines: 3, totalBytes: 100 };

interface Read {
  readonly head: string | undefined;
  readonly rest: string;
  readonly oversized: boolean;
  /** Whether the next head has begun. */
  readonly started: boolean;
}

function read(pieces: readonly string[], limits = LIMITS): Read {
  const reader = new HeadReader(limits);
  let head: string | undefined;
  for (const piece of pieces) {
    head = reader.push(Buffer.from(piece, 'latin1'));
    if (head !== undefined) break;
  }
  return { head, rest: reader.rest?.toString('latin1') ?? '', oversized: reader.oversized, started: reader.started };
}
const whole = { rest: '', oversized: false, started: false };
const byteByByte = (text: string) => text.split('');

test.each([
  { name: 'of one line', text: 'GET\r\n\r\n', head: 'GET\r\n' },
  { name: 'of two lines', text: 'GET\r\nA: b\r\n\r\n', head: 'GET\r\nA: b\r\n' },
  { name: 'behind one empty line', text: '\r\nGET\r\n\r\n', head: 'GET\r\n' },
  { name: 'with bytes above ASCII', text: 'GET /\xff\r\n\r\n', head: 'GET /\xff\r\n' },
  { name: 'with a first line of 20 bytes', text: `${'f'.repeat(20)}\r\n\r\n`, head: `${'f'.repeat(20)}\r\n` },
  { name: 'with a line of 10 bytes', text: `f\r\n${'l'.repeat(10)}\r\n\r\n`, head: `f\r\n${'l'.repeat(10)}\r\n` },
  { name: 'with three lines behind the first', text: 'f\r\na\r\nb\r\nc\r\n\r\n', head: 'f\r\na\r\nb\r\nc\r\n' },
])('a head $name is found, however it is cut, and what is behind it', ({ text, head }) => {
  expect(read([text])).toEqual({ ...whole, head });
  expect(read(byteByByte(text))).toEqual({ ...whole, head });
  expect(read([`${text}more`])).toEqual({ ...whole, head, rest: 'more' });
  for (let cut = 1; cut < text.length; cut += 1) {
    expect(read([text.slice(0, cut), `${text.slice(cut)}more`])).toEqual({ ...whole, head, rest: 'more' });
  }
});

test.each([
  {
    name: 'with a first line of 21 bytes',
    text: `${'f'.repeat(21)}\r\n`,
    came: `${'f'.repeat(21)}\r`,
    oversized: true,
  },
  {
    name: 'with a first line that does not end',
    text: 'f'.repeat(30),
    came: 'f'.repeat(22),
    oversized: true,
  },
  {
    name: 'with a line of 11 bytes',
    text: `f\r\n${'l'.repeat(11)}\r\n`,
    came: `f\r\n${'l'.repeat(11)}\r`,
    oversized: true,
  },
  {
    name: 'with four lines behind the first',
    text: 'f\r\na\r\nb\r\nc\r\nd\r\n\r\n',
    came: 'f\r\na\r\nb\r\nc\r\nd\r\n',
    oversized: true,
  },
  { name: 'whose first line ends in LF alone', text: 'GET\nA: b\r\n\r\n', came: 'GET\n', oversized: false },
  { name: 'with LF alone as an empty line', text: 'GET\r\n\n', came: 'GET\r\n\n', oversized: false },
  { name: 'that begins with LF', text: '\nGET\r\n\r\n', came: '\n', oversized: false },
])('a head $name is handed over as far as it came, and no parser takes it', ({ text, came, oversized }) => {
  expect(read(byteByByte(text))).toEqual({ ...whole, head: `${came}\0`, oversized });
});

test('the empty line before a head is no part of one that is refused', () => {
  expect(read(byteByByte(`\r\n${'f'.repeat(30)}`))).toEqual({ ...whole, head: `${'f'.repeat(22)}\0`, oversized: true });
});

test('a head is bounded as a whole, in one piece or in many', () => {
  const limits = { firstLineBytes: 50, lineBytes: 50, lines: 50, totalBytes: 30 };
  const small = `${'f'.repeat(10)}\r\n${'l'.repeat(10)}\r\n`;
  expect(read([`${small}\r\n`], limits)).toEqual({ ...whole, head: small });
  expect(read(byteByByte(`${small}\r\n`), limits)).toEqual({ ...whole, head: small });
  const large = `${'f'.repeat(10)}\r\n${'l'.repeat(19)}\r\n\r\n`;
  expect(read([`${large}rest`], limits)).toEqual({ ...whole, head: `${large.slice(0, -4)}\0`, oversized: true });
  expect(read(byteByByte(large), limits)).toEqual({ ...whole, head: `${large.slice(0, 31)}\0`, oversized: true });
  expect(read([`\r\n${large}`], limits)).toEqual({ ...whole, head: `${large.slice(0, -4)}\0`, oversized: true });
});

test('a head that has begun is known to have, and one that was read is not', () => {
  const reader = new HeadReader(LIMITS);
  expect(reader.started).toBe(false);
  expect(reader.push(Buffer.from('GET\r\n'))).toBeUndefined();
  expect(reader.started).toBe(true);
  expect(reader.push(Buffer.from('\r\nmore'))).toBe('GET\r\n');
  expect([reader.started, reader.rest?.toString()]).toEqual([false, 'more']);
});

test('one reader reads head after head, also after one that was refused', () => {
  const reader = new HeadReader(LIMITS);
  const push = (text: string) => [reader.push(Buffer.from(text)), reader.rest?.toString(), reader.oversized];
  expect(push('\r\nA')).toEqual([undefined, undefined, false]);
  expect(push('\r\nB: c\r\n\r\nx')).toEqual(['A\r\nB: c\r\n', 'x', false]);
  expect(push('f'.repeat(40))).toEqual([`${'f'.repeat(40)}\0`, undefined, true]);
  expect(push('\r\nD')).toEqual([undefined, undefined, false]);
  expect(push('\r\na\r\nb\r\nc\r\n\r\n')).toEqual(['D\r\na\r\nb\r\nc\r\n', undefined, false]);
  expect(push('E\r\n\r\n')).toEqual(['E\r\n', undefined, false]);
});

test('a head of many pieces is kept whole while its room grows', () => {
  const limits = { firstLineBytes: 10_000, lineBytes: 10_000, lines: 10, totalBytes: 20_000 };
  const lines = `${'f'.repeat(1_500)}\r\n${'l'.repeat(3_000)}\r\n`;
  const pieces = Array.from({ length: Math.ceil(lines.length / 700) }, (_, at) =>
    lines.slice(at * 700, at * 700 + 700),
  );
  expect(read([...pieces, '\r\n'], limits)).toEqual({ ...whole, head: lines });
});
