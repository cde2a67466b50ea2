import { parseResponseHead } from '../../../../services/router/http/response-head.ts';

const parse = (text: string, method = 'GET') => parseResponseHead(text, method);

describe('a response head is read', () => {
  test.each([
    {
      name: 'with a length',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n',
      expected: { framing: 'length', contentLength: 5, keepAlive: true },
    },
    {
      name: 'with the same length twice',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n',
      expected: { framing: 'length', contentLength: 5 },
    },
    {
      name: 'chunked',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n',
      expected: { framing: 'chunked', keepAlive: true },
    },
    {
      name: 'chunked beside a length: the connection is not used again',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      expected: { framing: 'chunked', contentLength: -1, keepAlive: false },
    },
    {
      name: 'without a length: until the dyno closes',
      text: 'HTTP/1.1 200 OK\r\n',
      expected: { framing: 'until-close', keepAlive: false },
    },
    {
      name: 'with HTTP/1.0',
      text: 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n',
      expected: { framing: 'length', keepAlive: false },
    },
    {
      name: 'with HTTP/1.0 and keep-alive',
      text: 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n',
      expected: { keepAlive: true },
    },
    {
      name: 'with close',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n',
      expected: { keepAlive: false },
    },
    {
      name: 'for HEAD: a length but no body',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n',
      method: 'HEAD',
      expected: { framing: 'none', contentLength: 5 },
    },
    { name: '204', text: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n', expected: { framing: 'none' } },
    {
      name: '304',
      text: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n',
      expected: { framing: 'none', contentLength: 5 },
    },
    { name: 'without a reason', text: 'HTTP/1.1 200\r\nContent-Length: 0\r\n', expected: { status: 200, reason: '' } },
    {
      name: 'with an odd reason',
      text: 'HTTP/1.1 599 It\xe9 is: "odd"\r\nContent-Length: 0\r\n',
      expected: { status: 599, reason: 'It\xe9 is: "odd"' },
    },
    {
      name: 'with its own Server',
      text: 'HTTP/1.1 200 OK\r\nserver: x\r\n',
      expected: { hasServer: true, fields: 'server: x\r\n' },
    },
    {
      name: 'with the time that the dyno keeps it open',
      text: 'HTTP/1.1 200 OK\r\nKeep-Alive: max=3, timeout=5\r\n',
      expected: { keepAliveSeconds: 5, fields: '' },
    },
    {
      name: 'without the fields that end here',
      text: 'HTTP/1.1 200 OK\r\nA: 1\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nProxy-Connection: x\r\nTE: x\r\nUpgrade: h2\r\nB: 2\r\n',
      expected: { fields: 'A: 1\r\nB: 2\r\n' },
    },
  ])('$name', ({ text, method, expected }) => {
    expect(parse(text, method)).toMatchObject({ valid: true, ...expected });
  });
});

describe('a response head is refused', () => {
  test.each([
    { name: 'not HTTP', text: 'SSH-2.0-x\r\n', code: 'H17' },
    { name: 'HTTP/2', text: 'HTTP/2 200\r\n', code: 'H17' },
    { name: 'a status of two digits', text: 'HTTP/1.1 20 OK\r\n', code: 'H17' },
    { name: 'a status of four digits', text: 'HTTP/1.1 2000 OK\r\n', code: 'H17' },
    { name: 'a status of 0xx', text: 'HTTP/1.1 099 OK\r\n', code: 'H17' },
    { name: 'a bare LF', text: 'HTTP/1.1 200 OK\r\nA: 1\nB: 2\r\n', code: 'H17' },
    { name: 'a bare CR', text: 'HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n', code: 'H17' },
    { name: 'a NUL', text: 'HTTP/1.1 200 OK\r\nA: \0\r\n', code: 'H17' },
    { name: 'a folded line', text: 'HTTP/1.1 200 OK\r\nA: 1\r\n B\r\n', code: 'H17' },
    { name: 'a space before the colon', text: 'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n', code: 'H17' },
    { name: 'another coding', text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n', code: 'H17' },
    { name: 'chunked in HTTP/1.0', text: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n', code: 'H17' },
    { name: 'a negative length', text: 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n', code: 'H25' },
    { name: 'conflicting lengths', text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n', code: 'H25' },
    { name: 'a list of lengths', text: 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n', code: 'H25' },
    { name: '1001 headers', text: `HTTP/1.1 200 OK\r\n${'A: 1\r\n'.repeat(1001)}`, code: 'H25' },
  ])('$name', ({ text, code }) => {
    expect(parse(text)).toMatchObject({ valid: false, code: { code } });
  });
});
