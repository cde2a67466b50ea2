import { Encoder, ExtData } from '@msgpack/msgpack';
import { readForwardMessage } from '../../../services/logs/forward-message.ts';
import { eventTime, forwardMode, messageMode, packedForwardMode } from './forward-protocol.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const encode = (value: unknown) => new Encoder().encode(value);
const A = { log: 'a' };
const B = { log: 'b' };
const CHUNK = { chunk: 'c', size: 1 };
const record = (fields: unknown, atMs = NOW) => ({ atMs, fields });

test.each([
  { name: 'Message', bytes: messageMode(eventTime(NOW + 5), A), is: { records: [record(A, NOW + 5)] } },
  { name: 'Message with a chunk', bytes: messageMode(NOW / 1_000, A, CHUNK), is: { records: [record(A)], chunk: 'c' } },
  { name: 'Message with a fraction', bytes: messageMode(1.0006, A), is: { records: [record(A, 1_001)] } },
  { name: 'Message with metadata of no kind', bytes: messageMode([NOW / 1_000, {}], A), is: { records: [record(A)] } },
  { name: 'Message with a time that is text', bytes: messageMode('now', A), is: { records: [record(A, Number.NaN)] } },
  { name: 'Message with no time', bytes: messageMode(null, A), is: { records: [record(A, Number.NaN)] } },
  { name: 'Forward of none', bytes: forwardMode([]), is: { records: [] } },
  {
    name: 'Forward',
    bytes: forwardMode([
      [eventTime(NOW), A],
      [[eventTime(NOW + 7), {}], B],
    ]),
    is: { records: [record(A), record(B, NOW + 7)] },
  },
  {
    name: 'Forward with a chunk',
    bytes: forwardMode([[NOW / 1_000, A]], CHUNK),
    is: { records: [record(A)], chunk: 'c' },
  },
  {
    name: 'Forward of two entries, which are no time',
    bytes: forwardMode([
      [1, A],
      [2, B],
    ]),
    is: { records: [record(A, 1_000), record(B, 2_000)] },
  },
  { name: 'PackedForward of none', bytes: packedForwardMode([]), is: { records: [] } },
  {
    name: 'PackedForward',
    bytes: packedForwardMode(
      [
        [eventTime(NOW), A],
        [NOW / 1_000, B],
      ],
      CHUNK,
    ),
    is: { records: [record(A), record(B)], chunk: 'c' },
  },
  { name: 'a chunk that is no text', bytes: messageMode(1, A, { chunk: 7 }), is: { records: [record(A, 1_000)] } },
  { name: 'options that are none', bytes: encode(['docker', 1, A, 'chunk']), is: { records: [record(A, 1_000)] } },
  { name: 'options that are null', bytes: encode(['docker', 1, A, null]), is: { records: [record(A, 1_000)] } },
])('$name', ({ bytes, is }) => {
  expect(readForwardMessage(bytes)).toEqual(is);
});

test.each([
  { name: 'a map', bytes: encode({ tag: 'x' }), message: 'not a forward message' },
  { name: 'text', bytes: encode('x'), message: 'not a forward message' },
  { name: 'an empty list', bytes: encode([]), message: 'not a forward message' },
  { name: 'a tag that is no text', bytes: encode([7, 1, A]), message: 'not a forward message' },
  { name: 'a tag alone', bytes: encode(['docker']), message: 'not a record' },
  { name: 'an entry that is text', bytes: encode(['docker', ['x']]), message: 'not an entry' },
  { name: 'an entry that is a map', bytes: encode(['docker', [A]]), message: 'not an entry' },
  { name: 'a record that is a list', bytes: encode(['docker', 1, []]), message: 'not a record' },
  { name: 'a record that is null', bytes: encode(['docker', 1, null]), message: 'not a record' },
  { name: 'a record that is text', bytes: encode(['docker', 1, 'log']), message: 'not a record' },
  { name: 'no record in an entry', bytes: encode(['docker', [[1]]]), message: 'not a record' },
  { name: 'a packed entry that is none', bytes: encode(['docker', encode('x')]), message: 'not an entry' },
  {
    name: 'compressed entries',
    bytes: encode(['docker', new Uint8Array(9), { compressed: 'gzip' }]),
    message: 'compressed entries are not taken',
  },
  {
    name: 'a time of seven bytes',
    bytes: messageMode(new ExtData(0, new Uint8Array(7)), A),
    message: 'not an EventTime',
  },
  {
    name: 'a time of nine bytes',
    bytes: messageMode(new ExtData(0, new Uint8Array(9)), A),
    message: 'not an EventTime',
  },
  { name: 'a value that ends early', bytes: Uint8Array.of(0x92, 0xa1), message: 'cannot be decoded' },
])('refuses $name', ({ bytes, message }) => {
  expect(() => readForwardMessage(bytes)).toThrow(expect.objectContaining({ name: 'BadMessagePack', message }));
});
