import { BadMessagePack, MessagePackValues, VALUE_BYTES_MAX } from '../../../services/logs/msgpack-values.ts';

const of = (...bytes: readonly number[]) => Uint8Array.from(bytes);
/** A head followed by zeros, each of which is a separate value (the number 0). */
const zeros = (head: readonly number[], count: number) => of(...head, ...Array.from({ length: count }, () => 0));
const NEXT = 0xc3;

/** MessagePack Specification: every type, as one value of the length that it declares. */
test.each([
  { name: 'positive fixint', value: of(0x00) },
  { name: 'positive fixint, the last', value: of(0x7f) },
  { name: 'negative fixint', value: of(0xe0) },
  { name: 'negative fixint, the last', value: of(0xff) },
  { name: 'fixmap of none', value: of(0x80) },
  { name: 'fixmap of one', value: zeros([0x81], 2) },
  { name: 'fixmap of fifteen', value: zeros([0x8f], 30) },
  { name: 'fixarray of none', value: of(0x90) },
  { name: 'fixarray of one', value: zeros([0x91], 1) },
  { name: 'fixarray of fifteen', value: zeros([0x9f], 15) },
  { name: 'fixstr of none', value: of(0xa0) },
  { name: 'fixstr of 31', value: zeros([0xbf], 31) },
  { name: 'nil', value: of(0xc0) },
  { name: 'false', value: of(0xc2) },
  { name: 'true', value: of(0xc3) },
  { name: 'bin 8', value: zeros([0xc4, 3], 3) },
  { name: 'bin 16', value: zeros([0xc5, 1, 2], 258) },
  { name: 'bin 32', value: zeros([0xc6, 0, 0, 1, 2], 258) },
  { name: 'ext 8', value: zeros([0xc7, 3, 9], 3) },
  { name: 'ext 16', value: zeros([0xc8, 1, 2, 9], 258) },
  { name: 'ext 32', value: zeros([0xc9, 0, 0, 1, 2, 9], 258) },
  { name: 'float 32', value: zeros([0xca], 4) },
  { name: 'float 64', value: zeros([0xcb], 8) },
  { name: 'uint 8', value: zeros([0xcc], 1) },
  { name: 'uint 16', value: zeros([0xcd], 2) },
  { name: 'uint 32', value: zeros([0xce], 4) },
  { name: 'uint 64', value: zeros([0xcf], 8) },
  { name: 'int 8', value: zeros([0xd0], 1) },
  { name: 'int 16', value: zeros([0xd1], 2) },
  { name: 'int 32', value: zeros([0xd2], 4) },
  { name: 'int 64', value: zeros([0xd3], 8) },
  { name: 'fixext 1', value: zeros([0xd4, 9], 1) },
  { name: 'fixext 2', value: zeros([0xd5, 9], 2) },
  { name: 'fixext 4', value: zeros([0xd6, 9], 4) },
  { name: 'fixext 8', value: zeros([0xd7, 9], 8) },
  { name: 'fixext 16', value: zeros([0xd8, 9], 16) },
  { name: 'str 8', value: zeros([0xd9, 3], 3) },
  { name: 'str 16', value: zeros([0xda, 1, 2], 258) },
  { name: 'str 32', value: zeros([0xdb, 0, 0, 1, 2], 258) },
  { name: 'array 16', value: zeros([0xdc, 1, 2], 258) },
  { name: 'array 32', value: zeros([0xdd, 0, 0, 1, 2], 258) },
  { name: 'map 16', value: zeros([0xde, 1, 2], 516) },
  { name: 'map 32', value: zeros([0xdf, 0, 0, 1, 2], 516) },
  { name: 'arrays within each other', value: of(0x92, 0x92, 0, 0, 0x91, 0) },
  { name: 'an empty array within another, and what follows it', value: of(0x92, 0x90, 0) },
])('$name is cut out whole, and nothing behind it', ({ value }) => {
  expect(new MessagePackValues().push(Buffer.concat([value, of(NEXT)]))).toEqual([value, of(NEXT)]);
  const values = new MessagePackValues();
  expect(values.push(value.subarray(0, -1))).toEqual([]);
  expect(values.push(value.subarray(-1))).toEqual([value]);
  expect(values.push(of(NEXT))).toEqual([of(NEXT)]);
});

test.each([2, 3, 4, 5])('a length that comes in two pieces, cut behind byte %i, is waited for', (cut) => {
  const value = zeros([0xc6, 0, 0, 1, 2], 258);
  const values = new MessagePackValues();
  expect(values.push(value.subarray(0, cut))).toEqual([]);
  expect(values.push(value.subarray(cut))).toEqual([value]);
});

test('what was given out stays as it is when more comes', () => {
  const values = new MessagePackValues();
  const [first] = values.push(of(0xa2, 1, 2));
  values.push(of(0xa2, 3, 4));
  expect(first).toEqual(of(0xa2, 1, 2));
});

const refusal = (bytes: Uint8Array) => {
  try {
    new MessagePackValues().push(bytes);
    return undefined;
  } catch (error) {
    return error;
  }
};
const refused = (message: string) => expect.objectContaining({ name: 'BadMessagePack', message });

test('a value may nest eight deep, and not nine', () => {
  const nested = (depth: number) => of(...Array.from({ length: depth }, () => 0x91), 0);
  expect(new MessagePackValues().push(nested(8))).toEqual([nested(8)]);
  expect(refusal(nested(9))).toEqual(refused('a value is nested too deeply'));
});

test('a value may have 4 MiB, its head counted, and not a byte more', () => {
  const size = (bytes: number) => {
    const head = Buffer.from([0xc6, 0, 0, 0, 0]);
    head.writeUInt32BE(bytes - head.length, 1);
    return head;
  };
  expect(refusal(size(VALUE_BYTES_MAX))).toBeUndefined();
  expect(refusal(size(VALUE_BYTES_MAX + 1))).toEqual(refused('a value is too large'));
  // The limit applies to each value, not to their sum.
  const small = Buffer.concat([of(0xc0), size(VALUE_BYTES_MAX)]);
  expect(new MessagePackValues().push(small)).toEqual([of(0xc0)]);
});

test('the type that is never used is told of as such', () => {
  expect(refusal(of(0xc1))).toEqual(refused('not a type of MessagePack'));
  expect(refusal(of(0xc1))).toBeInstanceOf(BadMessagePack);
});
