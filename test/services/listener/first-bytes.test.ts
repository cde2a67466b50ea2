import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { plainProtocol, readFirstBytes, secureProtocol } from '../../../services/listener/first-bytes.ts';

test.each([
  { name: 'a TLS handshake', bytes: Buffer.from([0x16, 3, 1]), expected: 'tls' },
  { name: 'a request', bytes: Buffer.from('GET'), expected: 'http' },
  { name: 'anything else is for the HTTP parser to refuse', bytes: Buffer.from([0]), expected: 'http' },
])('plain: $name', ({ bytes, expected }) => {
  expect(plainProtocol(bytes)).toBe(expected);
});

test.each([
  { name: 'a request', text: 'GET /app.git HTTP/1.1\r\n', expected: 'http' },
  { name: 'half a method', text: 'GE', expected: undefined },
  { name: 'a secret', text: 'abc.def?x=1\r\n', expected: 'line' },
  { name: 'a secret without carriage return', text: 'abc\n', expected: 'line' },
  { name: 'a secret and input with spaces', text: 'abc\r\necho a b', expected: 'line' },
  { name: 'half a secret', text: 'abc.d', expected: undefined },
  { name: 'an empty line', text: '\r\n', expected: 'line' },
  { name: 'too much of one word', text: 'x'.repeat(4_097), expected: 'unknown' },
])('within TLS: $name', ({ text, expected }) => {
  expect(secureProtocol(Buffer.from(text))).toBe(expected);
});

test('a client that stays silent is cut off', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await accepted) as [Socket];
  const left = once(client, 'close');
  expect(await readFirstBytes(socket, 30, plainProtocol)).toBeUndefined();
  await left;
  server.close();
});
