import fc from 'fast-check';
import { ExitMarkers } from '../../../services/rendezvous/exit-marker.ts';

const MARKER = Buffer.from('\uffff heroku-command-exit-status: 12\n');

test('however output is cut, every byte passes in order, and a marker at its end is one whole piece', () => {
  const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  const part = fc.oneof(noise, fc.constant(MARKER.subarray(0, 3)), fc.constant(MARKER.subarray(0, 20)));
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.nat(200)), (parts, cuts) => {
      const output = Buffer.concat([...parts, MARKER]);
      const markers = new ExitMarkers();
      const places = [0, ...cuts.map((cut) => cut % output.length).sort((a, b) => a - b), output.length];
      const pieces = places.slice(1).flatMap((end, index) => markers.split(output.subarray(places[index], end)));
      expect(Buffer.concat([...pieces, markers.rest()])).toEqual(output);
      expect(pieces.at(-1)).toEqual(MARKER);
    }),
  );
});

test.each([
  { name: 'ordinary output', chunk: 'hello', pieces: ['hello'], rest: '' },
  { name: 'the beginning of a marker waits', chunk: 'hello\uffff hero', pieces: ['hello'], rest: '\uffff hero' },
  { name: 'what is no marker does not wait', chunk: 'hello\uffff hero!', pieces: ['hello\uffff hero!'], rest: '' },
  {
    name: 'a marker that never ends its line does not wait for ever',
    chunk: '\uffff heroku-command-exit-status: 12345678',
    pieces: ['\uffff heroku-command-exit-status: 12345678'],
    rest: '',
  },
])('$name', ({ chunk, pieces, rest }) => {
  const markers = new ExitMarkers();
  expect(markers.split(Buffer.from(chunk)).map(String)).toEqual(pieces);
  expect(markers.rest().toString()).toBe(rest);
});
