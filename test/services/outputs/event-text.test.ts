import { ServerSentEvents } from '../../../services/outputs/server-sent-events.ts';

const pushed = (...chunks: readonly (string | readonly number[])[]) => {
  const events = new ServerSentEvents(10);
  const texts = chunks.map((chunk) =>
    events.push(typeof chunk === 'string' ? Buffer.from(chunk) : Uint8Array.from(chunk)),
  );
  return [...texts, events.end()];
};

test.each([
  { name: 'nothing', chunks: [''], is: ['', ''] },
  { name: 'text', chunks: ['abc'], is: ['id: 13\ndata: abc\n\n', ''] },
  { name: 'a line', chunks: ['abc\n'], is: ['id: 14\ndata: abc\ndata: \n\n', ''] },
  { name: 'lines of every end', chunks: ['a\nb\r\nc\rd'], is: ['id: 18\ndata: a\ndata: b\ndata: c\ndata: d\n\n', ''] },
  { name: 'two chunks', chunks: ['a', 'bc'], is: ['id: 11\ndata: a\n\n', 'id: 13\ndata: bc\n\n', ''] },
  {
    name: 'a carriage return at the end, whose line feed may follow',
    chunks: ['a\r', '\nb'],
    is: ['id: 11\ndata: a\n\n', 'id: 14\ndata: \ndata: b\n\n', ''],
  },
  {
    name: 'a carriage return at the very end',
    chunks: ['a\r'],
    is: ['id: 11\ndata: a\n\n', 'id: 12\ndata: \ndata: \n\n'],
  },
  {
    name: 'half of a character of two bytes',
    chunks: [[0x61, 0xc3], [0xa9]],
    is: ['id: 11\ndata: a\n\n', 'id: 13\ndata: é\n\n', ''],
  },
  { name: 'two thirds of one of three', chunks: [[0xe2, 0x9c], [0x93]], is: ['', 'id: 13\ndata: ✓\n\n', ''] },
  { name: 'a third of one of three', chunks: [[0xe2], [0x9c, 0x93]], is: ['', 'id: 13\ndata: ✓\n\n', ''] },
  { name: 'three quarters of one of four', chunks: [[0xf0, 0x9f, 0x9a], [0x80]], is: ['', 'id: 14\ndata: 🚀\n\n', ''] },
  { name: 'a quarter of one of four', chunks: [[0xf0], [0x9f, 0x9a, 0x80]], is: ['', 'id: 14\ndata: 🚀\n\n', ''] },
  {
    name: 'whole characters',
    chunks: ['é', '✓', '🚀'],
    is: ['id: 12\ndata: é\n\n', 'id: 15\ndata: ✓\n\n', 'id: 19\ndata: 🚀\n\n', ''],
  },
  { name: 'half a character at the very end', chunks: [[0xc3]], is: ['', 'id: 11\ndata: \ufffd\n\n'] },
])('$name', ({ chunks, is }) => {
  expect(pushed(...chunks)).toEqual(is);
});
