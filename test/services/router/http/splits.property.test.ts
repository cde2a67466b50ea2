import * as fc from 'fast-check';
import { ChunkedBody } from '../../../../services/router/http/chunked-body.ts';
import { bytes, pieces, requestsOf } from './requests-of.ts';

/** Text that resembles a request: whole ones, broken ones, and bytes that parsers stumble over. */
const fragment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'POST /p HTTP/1.1\r\nHost: a\r\n') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Connection: close\r\n',
      'X: y\r\n',
      '\r\n',
      'abc',
      '3\r\nabc\r\n',
      '0\r\n\r\n',
      '3;x=y\r\n',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\r',
      '\n',
      ' ',
      '\t',
      '\0',
      ':',
      ',',
      'Transfer-Encoding: x\r\n',
      'Content-Length: 4\r\n',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 5 }) },
);
const stream = fc.array(fragment, { maxLength: 14 }).map((parts) => bytes(parts.join('')));

test('how the bytes are split never changes what they mean', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(2_000), { maxLength: 12 }), (whole, cuts) => {
      expect(requestsOf(pieces(whole, cuts))).toEqual(requestsOf([whole]));
    }),
    { numRuns: 3_000 },
  );
});

test('a chunked body gives back exactly what was coded, and ends exactly where it ends', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), fc.array(fc.nat(400), { maxLength: 8 }), (chunks, cuts) => {
      const coded = chunks.map((data) =>
        Buffer.concat([bytes(`${data.length.toString(16)}\r\n`), data, bytes('\r\n')]),
      );
      const surplus = bytes('GET / HTTP/1.1');
      const body = Buffer.concat([...coded, bytes('0\r\n\r\n')]);
      const payload: Buffer[] = [];
      const reader = new ChunkedBody((piece) => payload.push(Buffer.from(piece)));
      let consumed = 0;
      for (const piece of pieces(Buffer.concat([body, surplus]), cuts)) {
        if (!reader.done) consumed += reader.feed(piece, 0);
      }
      expect({ bad: reader.bad, done: reader.done, consumed }).toEqual({
        bad: false,
        done: true,
        consumed: body.length,
      });
      expect(Buffer.concat(payload)).toEqual(Buffer.concat(chunks));
    }),
  );
});
