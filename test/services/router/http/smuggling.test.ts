import { bytes, pieces, requestsOf } from './requests-of.ts';

const post = (headers: string, body = ''): string => `POST / HTTP/1.1\r\nHost: a.test\r\n${headers}\r\n${body}`;
const line = (requestLine: string): string => `${requestLine}\r\nHost: a.test\r\n\r\n`;
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);

/** Every way of hiding a request that is known to have worked on some pair of programs, and the answer here. */
const REFUSED: readonly { readonly name: string; readonly text: string }[] = [
  // two lengths
  { name: 'conflicting lengths', text: post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello') },
  { name: 'a list of lengths', text: post('Content-Length: 5, 5\r\n', 'hello') },
  { name: 'a negative length', text: post('Content-Length: -5\r\n', 'hello') },
  { name: 'a signed length', text: post('Content-Length: +5\r\n', 'hello') },
  { name: 'a hexadecimal length', text: post('Content-Length: 0x5\r\n', 'hello') },
  { name: 'an exponent as length', text: post('Content-Length: 5e0\r\n', 'hello') },
  { name: 'a fraction as length', text: post('Content-Length: 5.0\r\n', 'hello') },
  { name: 'an empty length', text: post('Content-Length:\r\n', 'hello') },
  { name: 'a length with a space inside', text: post('Content-Length: 1 0\r\n', 'hello') },
  { name: 'a length beyond what a number holds', text: post('Content-Length: 99999999999999999999\r\n') },
  { name: 'a length of other digits', text: post('Content-Length: \xb2\r\n') },
  // transfer codings
  { name: 'xchunked', text: post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n') },
  { name: 'chunked in quotes', text: post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n') },
  { name: 'chunked twice', text: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n') },
  {
    name: 'chunked and identity',
    text: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'),
  },
  { name: 'identity', text: post('Transfer-Encoding: identity\r\nContent-Length: 5\r\n', 'hello') },
  { name: 'gzip, chunked', text: post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n') },
  { name: 'chunked, gzip', text: post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n') },
  { name: 'an empty coding', text: post('Transfer-Encoding:\r\n', '0\r\n\r\n') },
  { name: 'a comma before chunked', text: post('Transfer-Encoding: ,chunked\r\n', '0\r\n\r\n') },
  { name: 'chunked with a parameter', text: post('Transfer-Encoding: chunked;q=1\r\n', '0\r\n\r\n') },
  { name: 'a vertical tab before chunked', text: post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n') },
  { name: 'a form feed behind chunked', text: post('Transfer-Encoding: chunked\x0c\r\n', '0\r\n\r\n') },
  { name: 'a no-break space before chunked', text: post('Transfer-Encoding: \xa0chunked\r\n', '0\r\n\r\n') },
  {
    name: 'chunked in HTTP/1.0',
    text: 'POST / HTTP/1.0\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  },
  // names
  { name: 'a space before the colon', text: post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n') },
  { name: 'a tab before the colon', text: post('Content-Length\t: 5\r\n', 'hello') },
  { name: 'a space before the name', text: post(' Transfer-Encoding: chunked\r\n', '0\r\n\r\n') },
  { name: 'a NUL in the name', text: post('Transfer-\0Encoding: chunked\r\n') },
  { name: 'a letter above ASCII in the name', text: post('Transfer-Encod\xefng: chunked\r\n') },
  { name: 'an empty name', text: post(': chunked\r\n') },
  { name: 'a line without a colon', text: post('Transfer-Encoding\r\n') },
  { name: 'a name of 1001 bytes', text: post(`${'n'.repeat(1001)}: 1\r\n`) },
  // line ends
  { name: 'a bare LF behind a header', text: post('X: 1\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n') },
  { name: 'a bare CR in a value', text: post('X: 1\rTransfer-Encoding: chunked\r\n', '0\r\n\r\n') },
  { name: 'CR CR LF', text: post('X: 1\r\r\n') },
  { name: 'a bare LF behind the request line', text: 'GET / HTTP/1.1\nHost: a.test\r\n\r\n' },
  {
    name: 'a bare LF as the empty line',
    text: 'GET / HTTP/1.1\r\nHost: a.test\r\n\nGET /2 HTTP/1.1\r\nHost: a.test\r\n\r\n',
  },
  { name: 'bare LFs everywhere', text: 'GET / HTTP/1.1\nHost: a.test\n\n' },
  { name: 'a folded value', text: post('X: 1\r\n 2\r\n') },
  { name: 'a folded coding', text: post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n') },
  { name: 'a NUL in a value', text: post('X: a\0b\r\n') },
  { name: 'an escape in a value', text: post('X: a\x1bb\r\n') },
  { name: 'a DEL in a value', text: post('X: a\x7fb\r\n') },
  { name: 'two empty lines before the request', text: `\r\n\r\n${line('GET / HTTP/1.1')}` },
  // request line
  { name: 'two spaces', text: line('GET  / HTTP/1.1') },
  { name: 'a tab for a space', text: line('GET\t/ HTTP/1.1') },
  { name: 'a space behind the version', text: line('GET / HTTP/1.1 ') },
  { name: 'a space before the method', text: line(' GET / HTTP/1.1') },
  { name: 'a third part', text: line('GET / /x HTTP/1.1') },
  { name: 'no version (HTTP/0.9)', text: line('GET /') },
  { name: 'HTTP/2.0', text: line('GET / HTTP/2.0') },
  { name: 'HTTP/1.2', text: line('GET / HTTP/1.2') },
  { name: 'HTTP/1.10', text: line('GET / HTTP/1.10') },
  { name: 'a lower-case version', text: line('GET / http/1.1') },
  { name: 'the preface of HTTP/2', text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  { name: 'a method with a colon', text: line('GE:T / HTTP/1.1') },
  { name: 'a method of 128 bytes', text: line(`${'M'.repeat(128)} / HTTP/1.1`) },
  { name: 'CONNECT', text: line('CONNECT a.test:443 HTTP/1.1') },
  { name: 'a NUL in the target', text: line('GET /\0 HTTP/1.1') },
  { name: 'a target without a slash', text: line('GET index.html HTTP/1.1') },
  { name: 'an asterisk for GET', text: line('GET * HTTP/1.1') },
  { name: 'another scheme', text: line('GET ftp://a.test/ HTTP/1.1') },
  { name: 'a user in the target', text: line('GET http://user@a.test/ HTTP/1.1') },
  { name: 'an absolute target without a host', text: line('GET http:/// HTTP/1.1') },
  { name: 'a request line of 8193 bytes', text: line(`GET /${'a'.repeat(8193 - 14)} HTTP/1.1`) },
  // host
  { name: 'no host', text: 'GET / HTTP/1.1\r\n\r\n' },
  { name: 'no host in HTTP/1.0', text: 'GET / HTTP/1.0\r\n\r\n' },
  { name: 'two hosts', text: post('Host: b.test\r\n') },
  { name: 'the same host twice', text: post('Host: a.test\r\n') },
  { name: 'an empty host', text: 'GET / HTTP/1.1\r\nHost:\r\n\r\n' },
  { name: 'a host with a path', text: 'GET / HTTP/1.1\r\nHost: a.test/b\r\n\r\n' },
  { name: 'a host with a user', text: 'GET / HTTP/1.1\r\nHost: u@a.test\r\n\r\n' },
  { name: 'a host with a space', text: 'GET / HTTP/1.1\r\nHost: a.test b.test\r\n\r\n' },
  { name: 'a host with two ports', text: 'GET / HTTP/1.1\r\nHost: a.test:80:81\r\n\r\n' },
  { name: 'a bad host beside an absolute target', text: 'GET http://a.test/ HTTP/1.1\r\nHost: a b\r\n\r\n' },
  // limits
  { name: 'a header line of 8193 bytes', text: post(`X: ${'x'.repeat(8190)}\r\n`) },
  { name: '1001 headers', text: post('X: 1\r\n'.repeat(1000)) },
  { name: 'a line that never ends', text: `GET / HTTP/1.1\r\nHost: a.test\r\nX: ${'x'.repeat(9000)}` },
  { name: 'more than 512 KiB of headers', text: post(`${'n'.repeat(20)}: ${'x'.repeat(8000)}\r\n`.repeat(70)) },
  // chunks
  { name: 'a chunk without a size', text: chunked('\r\nhello\r\n0\r\n\r\n') },
  { name: 'a size with 0x', text: chunked('0x5\r\nhello\r\n0\r\n\r\n') },
  { name: 'a negative size', text: chunked('-5\r\nhello\r\n0\r\n\r\n') },
  { name: 'a space before the size', text: chunked(' 5\r\nhello\r\n0\r\n\r\n') },
  { name: 'a space behind the size', text: chunked('5 \r\nhello\r\n0\r\n\r\n') },
  { name: 'a size that wraps around', text: chunked('10000000000000005\r\nhello\r\n0\r\n\r\n') },
  { name: 'a bare LF behind the size', text: chunked('5\nhello\r\n0\r\n\r\n') },
  { name: 'a bare LF in an extension', text: chunked('5;\nhello\r\n0\r\n\r\n') },
  { name: 'a bare CR in an extension', text: chunked('5;a\rb\r\nhello\r\n0\r\n\r\n') },
  { name: 'an extension of 300 bytes', text: chunked(`5;${'e'.repeat(300)}\r\nhello\r\n0\r\n\r\n`) },
  { name: 'extensions without end', text: chunked(`1;${'e'.repeat(250)}\r\na\r\n`.repeat(100)) },
  { name: 'a chunk longer than its size', text: chunked('5\r\nhello!\r\n0\r\n\r\n') },
  { name: 'a bare LF behind the data', text: chunked('5\r\nhello\n0\r\n\r\n') },
  { name: 'no line end behind the data', text: chunked('5\r\nhello0\r\n\r\n') },
  { name: 'a bare LF at the end', text: chunked('0\r\n\n') },
  { name: 'a trailer with a new length', text: chunked('0\r\nContent-Length: 5\r\n\r\n') },
  { name: 'a trailer with a new coding', text: chunked('0\r\nTransfer-Encoding: chunked\r\n\r\n') },
  { name: 'a trailer with another client', text: chunked('0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n') },
  { name: 'a folded trailer', text: chunked('0\r\nX: 1\r\n 2\r\n\r\n') },
  { name: 'a trailer with a space before the colon', text: chunked('0\r\nX : 1\r\n\r\n') },
  { name: 'trailers without end', text: chunked(`0\r\n${'X: 1\r\n'.repeat(3000)}`) },
];

describe('is refused', () => {
  test.each(REFUSED)('$name', ({ text }) => {
    expect(requestsOf([bytes(text)])).toEqual(['refused']);
  });

  test.each(REFUSED)('$name, byte by byte', ({ text }) => {
    const whole = bytes(text);
    expect(requestsOf(pieces(whole, Array.from(whole.keys())))).toEqual(['refused']);
  });
});

const seen = (body: string, more: Partial<{ method: string; target: string; host: string }> = {}) => ({
  method: 'POST',
  target: '/',
  host: 'a.test',
  body,
  ...more,
});
const next = 'GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n';
const nextSeen = { method: 'GET', target: '/next', host: 'a.test', body: '' };

describe('is read in one way only', () => {
  test.each([
    {
      name: 'chunked wins over a length (CL.TE, TE.CL)',
      text: post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'),
      expected: seen('hello'),
    },
    {
      name: 'the same length twice',
      text: post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'),
      expected: seen('hello'),
    },
    { name: 'a length with leading zeros', text: post('Content-Length: 005\r\n', 'hello'), expected: seen('hello') },
    {
      name: 'CHUNKED',
      text: post('transfer-encoding:\tCHUNKED \r\n', '5\r\nhello\r\n0\r\n\r\n'),
      expected: seen('hello'),
    },
    {
      name: 'chunk extensions and trailers',
      text: chunked('5;a=b;c="d"\r\nhello\r\n0;last\r\nDigest: x\r\n\r\n'),
      expected: seen('hello'),
    },
    { name: 'an empty chunked body', text: chunked('0\r\n\r\n'), expected: seen('') },
    {
      name: 'upper and lower case sizes',
      text: chunked('a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n'),
      expected: seen('01234567890123456789'),
    },
    { name: 'an empty line before the request', text: `\r\n${post('Content-Length: 0\r\n')}`, expected: seen('') },
    { name: 'a request inside a body', text: post(`Content-Length: ${next.length}\r\n`, next), expected: seen(next) },
    { name: 'no length means no body', text: post(''), expected: seen('') },
    {
      name: 'an absolute target rules over the host',
      text: 'POST http://B.test:81/x?y HTTP/1.1\r\nHost: a.test\r\n\r\n',
      expected: seen('', { target: '/x?y', host: 'b.test' }),
    },
    {
      name: 'an absolute target without a path',
      text: 'POST http://b.test?y HTTP/1.1\r\nHost: a.test\r\n\r\n',
      expected: seen('', { target: '/?y', host: 'b.test' }),
    },
    {
      name: 'an asterisk for OPTIONS',
      text: 'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n',
      expected: seen('', { method: 'OPTIONS', target: '*' }),
    },
    {
      name: 'a host with case, dot and port',
      text: 'POST / HTTP/1.1\r\nHost: A.TEST.:8080\r\n\r\n',
      expected: seen(''),
    },
    {
      name: 'an IPv6 host',
      text: 'POST / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n',
      expected: seen('', { host: '[::1]' }),
    },
    {
      name: 'a path of raw UTF-8',
      text: 'POST /\xc3\xa9 HTTP/1.1\r\nHost: a.test\r\n\r\n',
      expected: seen('', { target: '/\xc3\xa9' }),
    },
    {
      name: 'a method of 127 bytes',
      text: `${'M'.repeat(127)} / HTTP/1.1\r\nHost: a.test\r\n\r\n`,
      expected: seen('', { method: 'M'.repeat(127) }),
    },
    {
      name: 'a request line of 8192 bytes',
      text: line(`POST /${'a'.repeat(8192 - 15)} HTTP/1.1`),
      expected: seen('', { target: `/${'a'.repeat(8192 - 15)}` }),
    },
    { name: 'a header line of 8192 bytes', text: post(`X: ${'x'.repeat(8189)}\r\n`), expected: seen('') },
    { name: '1000 headers', text: post('X: 1\r\n'.repeat(999)), expected: seen('') },
  ])('$name', ({ text, expected }) => {
    const whole = bytes(text + next);
    expect(requestsOf([whole])).toEqual([expected, nextSeen]);
    expect(requestsOf(pieces(whole, Array.from(whole.keys())))).toEqual([expected, nextSeen]);
  });
});
