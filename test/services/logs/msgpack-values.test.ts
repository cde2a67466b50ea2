import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { BadMessagePack, MessagePackValues, VALUE_BYTES_MAX } from '../../../services/logs/msgpack-values.ts';

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt({ min: 2n ** 32n, max: 2n ** 60n }).map(Number),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
    ),
    fc.integer({ min: 0, max: 70_000 }).map((length) => 'x'.repeat(length)),
  ),
})).value;

describe('MessagePack values of a byte stream', () => {
  it('come out whole and in order, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 5 }), fc.array(fc.nat(300), { minLength: 1 }), (values, sizes) => {
        const bytes = Buffer.concat(values.map((value) => encode(value)));
        const cutter = new MessagePackValues();
        const found: Uint8Array[] = [];
        for (let start = 0, cut = 0; start < bytes.length; cut += 1) {
          const size = 1 + (sizes[cut % sizes.length] ?? 0);
          found.push(...cutter.push(bytes.subarray(start, start + size)));
          start += size;
        }
        expect(found.map((value) => decode(value))).toEqual(values.map((value) => decode(encode(value))));
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    { name: 'a string longer than a value may be', bytes: [0xdb, 0xff, 0xff, 0xff, 0xff] },
    { name: 'binary longer than a value may be', bytes: [0xc6, 0x7f, 0xff, 0xff, 0xff] },
    { name: 'arrays within arrays without end', bytes: Array.from({ length: 1_000 }, () => 0x91) },
    { name: 'maps within maps without end', bytes: Array.from({ length: 1_000 }, (_, at) => (at % 2 ? 0xa0 : 0x81)) },
    { name: 'the type that is never used', bytes: [0xc1] },
  ])('refuses $name', ({ bytes }) => {
    expect(() => new MessagePackValues().push(Uint8Array.from(bytes))).toThrow(BadMessagePack);
  });

  it('refuses an array of more elements than a value has bytes, once that many bytes came', () => {
    const values = new MessagePackValues();
    expect(values.push(Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff]))).toEqual([]);
    expect(() => values.push(new Uint8Array(VALUE_BYTES_MAX))).toThrow(BadMessagePack);
  });
});
