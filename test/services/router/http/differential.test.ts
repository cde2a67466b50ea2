import { once } from 'node:events';
import { createServer, METHODS } from 'node:http';
import { connect } from 'node:net';
import * as fc from 'fast-check';
import { Client, closeAll, target as dynoAt, openRouter } from '../harness.ts';
import { bytes, requestsOf, type Seen } from './requests-of.ts';

/**
 * Node's own parser (llhttp, strict) as a second opinion: what both accept, both must split into the same requests with the
 * same bodies. Each may refuse requests that the other accepts.
 */
const seenByNode: Seen[] = [];
const server = createServer({ insecureHTTPParser: false, requireHostHeader: true }, (request, response) => {
  let body = '';
  request.setEncoding('latin1').on('data', (text) => {
    body += text;
  });
  request.on('end', () => {
    seenByNode.push({ method: request.method ?? '', target: request.url ?? '', host: '', body });
    response.end();
  });
});
server.on('clientError', (_error, socket) => {
  seenByNode.push('refused');
  socket.destroy();
});
let port = 0;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function requestsOfNode(whole: Buffer): Promise<Seen[]> {
  seenByNode.length = 0;
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  socket.resume();
  socket.end(whole);
  await once(socket, 'close');
  return [...seenByNode];
}

/** Without requests that Node may answer without its listener: Expect and Upgrade. */
const plainHeader = fc.constantFrom(
  'X-A: \xe9\xff~!"\r\n',
  'X-B:\r\n',
  'X-C:\t \r\n',
  'Connection: keep-alive\r\n',
  'Connection: X-A\r\n',
);
const brokenHeader = fc.constantFrom(
  'Transfer-Encoding: chunked, identity\r\n',
  'Transfer-Encoding : chunked\r\n',
  'Content-Length: 3\r\n',
  ' folded\r\n',
  'X: a\rb\r\n',
  'X: a\nb\r\n',
);
const header = fc.oneof({ weight: 12, arbitrary: plainHeader }, { weight: 1, arbitrary: brokenHeader });
const framing = fc.constantFrom(
  '',
  'Content-Length: 0\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: 03\r\n',
  'content-length:3 \r\n',
  'Transfer-Encoding: chunked\r\n',
  'TRANSFER-ENCODING:\tChunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n',
);
const lengthBody = fc.constantFrom('', 'abc', 'ab', '\r\n');
const chunkedBody = fc.constantFrom(
  '3\r\nabc\r\n0\r\n\r\n',
  '3;x=y\r\nabc\r\n0\r\n\r\n',
  '3;x="y;z"\r\nabc\r\n0\r\nX: 1\r\n\r\n',
  '03\r\nabc\r\n00\r\n\r\n',
  '0\r\nX: 1\r\nY: 2\r\n\r\n',
  '3 \r\nabc\r\n0\r\n\r\n',
  '3\nabc\r\n0\r\n\r\n',
  '3\r\nabcd\r\n0\r\n\r\n',
);
const framedBody = fc.oneof(
  // The matching pair, most of the time: a refused request proves nothing about framing.
  {
    weight: 6,
    arbitrary: framing.chain((head): fc.Arbitrary<{ head: string; body: string }> => {
      if (head === '' || head.includes('0\r\n')) return fc.constant({ head, body: '' });
      return (/chunked/i.test(head) ? chunkedBody : fc.constant('abc')).map((body) => ({ head, body }));
    }),
  },
  { weight: 1, arbitrary: fc.record({ head: framing, body: fc.oneof(lengthBody, chunkedBody) }) },
);
const requestOf = (versions: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS'),
      fc.constantFrom('/', '/a?b=c#d', '/%00"<>\\^`{|}', '/\xc3\xa9', '*', 'http://b.test/x', '//b.test/x'),
      fc.constantFrom(...versions),
      fc.array(header, { maxLength: 3 }),
      framedBody,
    )
    .map(
      ([method, target, version, headers, framed]) =>
        `${method} ${target} HTTP/${version}\r\nHost: a.test\r\nConnection: keep-alive\r\n${headers.join('')}${framed.head}\r\n${framed.body}`,
    );

test('what both accept, both frame in the same way', async () => {
  let compared = 0;
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(requestOf(['1.1', '1.0']), { minLength: 1, maxLength: 3 }), async (requests) => {
      cases += 1;
      const whole = bytes(requests.join(''));
      const ours = requestsOf([whole]).map(withoutHost);
      const theirs = await requestsOfNode(whole);
      const oursUntilRefusal = ours.filter((each) => typeof each === 'object');
      const theirsUntilRefusal = theirs.filter((each) => typeof each === 'object');
      const common = Math.min(oursUntilRefusal.length, theirsUntilRefusal.length);
      compared += common;
      expect(oursUntilRefusal.slice(0, common)).toEqual(theirsUntilRefusal.slice(0, common).map(withoutHost));
      // More requests than Node saw are fine only if Node refused the rest or closed the connection.
      if (ours.length > common && !theirs.includes('refused') && !whole.includes('HTTP/1.0')) {
        expect(oursUntilRefusal.length).toBe(common);
      }
    }),
    { numRuns: 400 },
  );
  // A case in which both refuse everything proves nothing.
  expect(compared / cases).toBeGreaterThan(0.25);
});

test('what the router forwards, Node behind it frames as the router did', async () => {
  const router = await openRouter({ lingerMs: 20 });
  router.publish({ hosts: ['a.test', 'b.test'], dynos: [dynoAt(port)] });
  const last = 'GET /last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';
  let compared = 0;
  let cases = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(requestOf(['1.1']), { minLength: 1, maxLength: 3 }), async (requests) => {
        const whole = bytes(requests.join('') + last);
        const ours = requestsOf([whole]);
        // Node knows only certain methods and no raw bytes in a target; the router leaves both to the app.
        const known = ours.every((each) => typeof each === 'string' || METHODS.includes(each.method));
        fc.pre(known && ours.at(-1) !== 'unfinished' && !requests.join('').includes('/\xc3'));
        cases += 1;
        seenByNode.length = 0;
        await new Client(router.port).send(whole).untilClosed();
        const accepted = ours.filter((each) => typeof each === 'object').map(withoutHost);
        compared += seenByNode.length;
        // A length together with `chunked` ends the connection, so only the rest of the requests may be missing.
        expect(seenByNode).toEqual(accepted.slice(0, seenByNode.length));
        expect(seenByNode.length).toBeGreaterThanOrEqual(Math.min(1, accepted.length));
      }),
      { numRuns: 200 },
    );
  } finally {
    await closeAll();
  }
  expect(compared / cases).toBeGreaterThan(0.5);
});

/** The router forwards an absolute target in origin form. */
function withoutHost(seen: Seen): Seen {
  return typeof seen === 'object' ? { ...seen, host: '', target: seen.target.replace(/^http:\/\/b\.test/, '') } : seen;
}
