import fc from 'fast-check';
import { LINE_BYTES_MAX, LineSplitter } from '../../../adapters/local/dynos/host/lines.ts';

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line.toString('utf8')));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

/** `bytes` cut at these places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

test.each([
  { name: 'lines in one chunk', chunks: ['a\nb\n'], expected: ['a', 'b'] },
  { name: 'a line over three chunks', chunks: ['a', 'b', 'c\nd\n'], expected: ['abc', 'd'] },
  { name: 'empty lines', chunks: ['\n', '\na\n\n'], expected: ['', '', 'a', ''] },
  { name: 'a last line without a newline', chunks: ['a\nb'], expected: ['a', 'b'] },
  { name: 'nothing', chunks: [''], expected: [] },
  {
    name: 'a line of exactly the limit',
    chunks: [`${'x'.repeat(LINE_BYTES_MAX)}\n`],
    expected: ['x'.repeat(LINE_BYTES_MAX)],
  },
  {
    name: 'a line one byte too long',
    chunks: [`${'x'.repeat(LINE_BYTES_MAX)}y\n`],
    expected: ['x'.repeat(LINE_BYTES_MAX), 'y'],
  },
])('splits $name', ({ chunks, expected }) => {
  expect(split(chunks.map((chunk) => Buffer.from(chunk)))).toEqual(expected);
});

test('a character across two chunks stays whole', () => {
  const euro = Buffer.from('€');
  expect(
    split([euro.subarray(0, 1), euro.subarray(1, 2), Buffer.concat([euro.subarray(2), Buffer.from('\n')])]),
  ).toEqual(['€']);
});

test('however a text is cut into chunks, its lines are the same, short enough, and lose nothing', () => {
  const text = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '\n\n', '€', '🙂'),
      fc.tuple(fc.constantFrom('x', 'é', '€', '🙂'), fc.nat(LINE_BYTES_MAX)).map(([unit, times]) => unit.repeat(times)),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 10 }), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(''));
      const lines = split(pieces(bytes, cuts));
      expect(lines).toEqual(split([bytes]));
      for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(LINE_BYTES_MAX);
      const whole = bytes.toString('utf8');
      expect(lines.join('')).toBe(whole.replaceAll('\n', ''));
    }),
    { numRuns: 300 },
  );
});
