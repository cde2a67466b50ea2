import fc from 'fast-check';
import { ServerSentEvents } from '../../../services/outputs/server-sent-events.ts';

/** Reads an event stream like the HTML standard: any of CR, LF and CRLF ends a line, an empty line dispatches. */
function read(stream: string): { text: string; ids: number[] } {
  let text = '';
  const ids: number[] = [];
  for (const event of stream.split(/\n\n/).slice(0, -1)) {
    const data: string[] = [];
    for (const line of event.split(/\r\n|\r|\n/)) {
      if (line.startsWith('data: ')) data.push(line.slice(6));
      else if (line.startsWith('id: ')) ids.push(Number(line.slice(4)));
      else throw new Error(`unexpected line ${JSON.stringify(line)}`);
    }
    text += data.join('\n');
  }
  return { text, ids };
}

const piece = fc.constantFrom('a', 'b: c', 'data: x', ' ', '\n', '\n\n', '\r\n', '\r', 'é', '✓', '🚀', ':', '\0');

test('however the bytes are cut, a reader gets the text, and each id is a place to go on from', () => {
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (pieces, sizes) => {
      const text = pieces.join('');
      const bytes = Buffer.from(text);
      const encoder = new ServerSentEvents(0);
      let stream = '';
      for (let start = 0, i = 0; start < bytes.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        stream += encoder.push(bytes.subarray(start, start + size));
        start += size;
      }
      stream += encoder.end();
      const seen = read(stream);
      expect(seen.text).toBe(text.replace(/\r\n|\r/g, '\n'));
      for (const id of seen.ids) {
        const rest = new ServerSentEvents(id);
        const resumed = read(rest.push(bytes.subarray(id)) + rest.end());
        expect(seen.text.endsWith(resumed.text)).toBe(true);
        expect(bytes.subarray(id).toString()).not.toContain('\ufffd');
      }
      expect(seen.ids.at(-1) ?? 0).toBe(bytes.length);
    }),
  );
});

test('bytes that are not UTF-8 hold nothing back', () => {
  const encoder = new ServerSentEvents(0);
  expect(encoder.push(Buffer.from([0xff, 0x80, 0x80, 0x80, 0x80, 0x61]))).toContain('id: 6\n');
  expect(encoder.push(Buffer.from([0xf0, 0x9f]))).toBe('');
  expect(encoder.end()).toContain('id: 8\n');
});
