import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, PassThrough } from 'node:stream';
import { openCertificateAuthority } from '../../../adapters/local/certificate-authority.ts';
import { type FirstBytes, readFirstBytes, secureProtocol } from '../../../services/listener/first-bytes.ts';
import { createListener, type Listener, type ListenerOptions } from '../../../services/listener/listener.ts';

let directory: string;
let secureContext: ListenerOptions['secureContext'];
let listener: Listener;
let port: number;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'listener-'));
  secureContext = await (await openCertificateAuthority(directory)).issue();
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(() => listener?.close(0));

const upgraded: string[] = [];
async function open(options: Partial<ListenerOptions> = {}) {
  upgraded.length = 0;
  listener = createListener({
    secureContext,
    http: (request, response) => response.end(`asked for ${request.url}`),
    rendezvous: (socket) => socket.destroy(),
    ...options,
  });
  port = await listener.listen(0, '127.0.0.1');
}
const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
  upgraded.push(`${request.url} ${head}`);
  socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
};

/** The whole answer until the connection ends. */
async function answerTo(text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const closed = once(socket, 'close');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await closed;
  return answer;
}
const asks = (host: string, rest = '') =>
  `GET /rendezvous HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${rest}`;

describe('a request for another protocol', () => {
  test('is given with what came behind it', async () => {
    await open({ upgrade });
    expect(await answerTo(asks('localhost', 'early'))).toBe('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    expect(upgraded).toEqual(['/rendezvous early']);
  });

  test.each(['evil.test', ''])('under the name "%s" is refused', async (host) => {
    await open({ upgrade });
    expect(await answerTo(asks(host))).toBe(
      'HTTP/1.1 421 Misdirected Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    );
    expect(upgraded).toEqual([]);
  });

  test('is an ordinary request where none is spoken', async () => {
    await open();
    expect(await answerTo(asks('localhost').replace('Upgrade\r\nUpgrade', 'close\r\nUpgrade'))).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*asked for \/rendezvous/,
    );
  });
});

test.each([
  { name: 'no HTTP', text: 'SSH-2.0-OpenSSH_9.2\r\n', status: '400 Bad Request' },
  {
    name: 'more headers than are taken',
    text: `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${'x'.repeat(40_000)}\r\n\r\n`,
    status: '431 Request Header Fields Too Large',
  },
])('$name: the connection is answered $status and closed', async ({ text, status }) => {
  await open();
  expect(await answerTo(text)).toBe(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
});

test('a refused name is told so in JSON, and the connection closed', async () => {
  await open();
  const answer = await answerTo('GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 421 Misdirected Request\r\n/);
  expect(answer).toContain('Content-Type: application/json\r\n');
  expect(answer).toContain('Connection: close\r\n');
});

describe('the first bytes of a connection', () => {
  const EVENTS = ['readable', 'close', 'end', 'error'];
  const settle = () => new Promise(setImmediate);
  const reading = (decide: (bytes: Buffer) => FirstBytes | undefined = secureProtocol) => {
    const socket = new PassThrough();
    let protocol: FirstBytes | undefined | 'waits' = 'waits';
    void readFirstBytes(socket as unknown as Socket, 60_000, decide).then((found) => {
      protocol = found;
    });
    const before = EVENTS.map((event) => socket.listenerCount(event));
    return {
      socket,
      protocol: () => protocol,
      /** How many listeners were removed since. */
      gone: () => EVENTS.map((event, index) => (before[index] ?? 0) - socket.listenerCount(event)),
    };
  };

  test('are put back once it is known what is spoken, however they came', async () => {
    const { socket, protocol, gone } = reading();
    for (const piece of ['GE', 'T', ' /apps']) {
      expect(protocol()).toBe('waits');
      socket.write(piece);
      await settle();
    }
    expect([protocol(), String(socket.read()), socket.destroyed]).toEqual(['http', 'GET /apps', false]);
    expect(gone()).toEqual([1, 1, 1, 1]);
  });

  test('that say nothing known end it', async () => {
    const { socket, protocol, gone } = reading();
    socket.write('x'.repeat(4_096));
    await settle();
    expect([protocol(), socket.destroyed]).toEqual(['waits', false]);
    socket.write('x');
    await settle();
    expect([protocol(), socket.destroyed]).toEqual(['unknown', true]);
    expect(gone()).toEqual([1, 1, 1, 1]);
  });

  test.each([
    { name: 'ends', leave: (socket: PassThrough) => socket.end() },
    { name: 'closes', leave: (socket: PassThrough) => socket.destroy() },
    { name: 'breaks', leave: (socket: PassThrough) => socket.emit('error', new Error('reset')) },
  ])('of a client that $name first are none', async ({ leave }) => {
    const { socket, protocol, gone } = reading();
    socket.write('GE');
    await settle();
    leave(socket);
    await settle();
    await settle();
    expect([protocol(), socket.destroyed]).toEqual([undefined, true]);
    expect(gone()).toEqual([1, 1, 1, 1]);
  });
});
