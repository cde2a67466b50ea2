import { once } from 'node:events';
import { type AddressInfo, connect as connectPlain, createServer, type Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import {
  createAuthority,
  createServerCertificate,
  type KeyAndCertificate,
} from '../../../adapters/local/certificates.ts';
import { startRouterProcess } from '../../../services/router/supervise.ts';
import { problemsTo } from '../../problems.ts';
import { Client, cannedDyno, closeAll, eventually, httpDyno, openRouter, rawDyno, target } from './harness.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
let authority: KeyAndCertificate;
const issue = (...names: string[]) => createServerCertificate(authority, names, Date.now());

beforeAll(async () => {
  authority = await createAuthority(['test'], Date.now());
});
afterEach(closeAll);

async function openTls() {
  const opened = await openRouter();
  opened.router.certificates.setFallback(await issue('fallback.test'));
  return { ...opened, tlsPort: await opened.router.listenTls('127.0.0.1', 0) };
}

/** A client that trusts the authority, and asks for `servername`. */
async function open(port: number, servername: string | undefined, more: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: authority.cert,
    ALPNProtocols: ['h2', 'http/1.1'],
    ...(servername === undefined ? { checkServerIdentity: () => undefined } : { servername }),
    ...more,
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/** The whole answer until the router closes. */
async function send(socket: TLSSocket, request: string): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.write(request);
  await once(socket, 'close');
  return text;
}

const get = (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
const nameOf = (socket: TLSSocket) => socket.getPeerCertificate().subject.CN;

test('a request over TLS reaches the dyno, which is told so, and the log too', async () => {
  const { router, tlsPort, lines, publish } = await openTls();
  const dyno = await cannedDyno(OK);
  publish({ dynos: [target(dyno.port)] });
  router.certificates.set('shop.test', await issue('shop.test'));
  const socket = await open(tlsPort, 'shop.test');
  expect(socket.alpnProtocol).toBe('http/1.1');
  expect(await send(socket, get('shop.test'))).toContain('\r\n\r\nok');
  expect(dyno.received[0]).toContain(`X-Forwarded-Proto: https\r\nX-Forwarded-Port: ${tlsPort}\r\n`);
  expect(lines[0]).toMatch(/^at=info method=GET .* status=200 bytes=2 protocol=https$/);
});

test.each([
  { asks: 'shop.test', gets: 'shop.test' },
  { asks: 'SHOP.TEST', gets: 'shop.test' },
  { asks: 'any.wild.test', gets: '*.wild.test' },
  { asks: 'own.wild.test', gets: 'own.wild.test' },
])('$asks gets the certificate of $gets, and verifies it', async ({ asks, gets }) => {
  const { router, tlsPort } = await openTls();
  for (const name of ['shop.test', '*.wild.test', 'own.wild.test']) router.certificates.set(name, await issue(name));
  const socket = await open(tlsPort, asks);
  expect(socket.authorized).toBe(true);
  expect(nameOf(socket)).toBe(gets);
  socket.destroy();
});

test.each([{ asks: 'unknown.test' }, { asks: 'a.b.wild.test' }, { asks: undefined }])(
  '$asks gets the fallback, which is not for it',
  async ({ asks }) => {
    const { router, tlsPort } = await openTls();
    router.certificates.set('*.wild.test', await issue('*.wild.test'));
    const socket = await open(tlsPort, asks, { rejectUnauthorized: false });
    expect(nameOf(socket)).toBe('fallback.test');
    socket.destroy();
  },
);

test('a new certificate is for new connections, and open ones go on', async () => {
  const { router, tlsPort, publish } = await openTls();
  publish({ dynos: [target((await cannedDyno(OK)).port)] });
  const first = await issue('shop.test');
  const second = await issue('shop.test');
  router.certificates.set('shop.test', first);
  const before = await open(tlsPort, 'shop.test');
  const serial = before.getPeerCertificate().serialNumber;
  router.certificates.set('shop.test', second);
  const after = await open(tlsPort, 'shop.test');
  expect(after.getPeerCertificate().serialNumber).not.toBe(serial);
  expect(await send(before, get('shop.test'))).toContain('ok');
  router.certificates.remove('shop.test');
  const gone = await open(tlsPort, 'shop.test', { rejectUnauthorized: false });
  expect(nameOf(gone)).toBe('fallback.test');
  for (const socket of [after, gone]) socket.destroy();
});

test('a connection lives on when the time for its handshake is over; one that has not finished it does not', async () => {
  const real = [
    'Date',
    'hrtime',
    'nextTick',
    'performance',
    'queueMicrotask',
    'setImmediate',
    'clearImmediate',
  ] as const;
  jest.useFakeTimers({ doNotFake: [...real, 'setInterval', 'clearInterval'] });
  try {
    const { tlsPort, publish } = await openTls();
    publish({ dynos: [target((await cannedDyno(OK)).port)] });
    const socket = await open(tlsPort, 'fallback.test');
    const silent = new Client(tlsPort);
    await eventually(() => !silent.socket.connecting);
    await open(tlsPort, 'fallback.test').then((later) => later.destroy());
    jest.advanceTimersByTime(60_000);
    await silent.untilClosed();
    expect(await send(socket, get('shop.test'))).toContain('ok');
  } finally {
    jest.useRealTimers();
  }
});

test('TLS 1.1 is refused, 1.2 is not', async () => {
  const { tlsPort } = await openTls();
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await expect(open(tlsPort, 'fallback.test', old)).rejects.toThrow(/alert protocol version/);
  const socket = await open(tlsPort, 'fallback.test', { maxVersion: 'TLSv1.2' });
  expect(socket.getProtocol()).toBe('TLSv1.2');
  socket.destroy();
});

test('large bodies pass in both directions while the other side is slow', async () => {
  const size = 8 * 1024 * 1024;
  const { tlsPort, publish } = await openTls();
  const dyno = await httpDyno((request, response) => request.pipe(response));
  publish({ dynos: [target(dyno.port)] });
  const socket = await open(tlsPort, undefined, { rejectUnauthorized: false });
  const head = `POST / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`;
  const body = 'x'.repeat(size);
  const text = await send(socket, head + body);
  expect(text.slice(text.indexOf('\r\n\r\n')).replace(/[^x]/g, '').length).toBe(size);
});

test('an upgraded connection carries bytes both ways', async () => {
  const { tlsPort, publish, lines } = await openTls();
  const dyno = await rawDyno((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
      socket.on('data', (chunk) => socket.write(chunk));
    });
  });
  publish({ dynos: [target(dyno.port)] });
  const socket = await open(tlsPort, undefined, { rejectUnauthorized: false });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write('GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  await eventually(() => text.includes('101'));
  socket.write('hello');
  await eventually(() => text.endsWith('hello'));
  expect(lines).toEqual([]);
  socket.destroy();
  await eventually(() => lines.length > 0);
  expect(lines).toEqual([expect.stringContaining('status=101')]);
});

test.each([
  { name: 'that breaks off', ends: (socket: Socket) => socket.resetAndDestroy(), error: 'ECONNRESET' },
  { name: 'that is whole', ends: (socket: Socket) => socket.end(), error: undefined },
])('to HTTP/1.0, where only the end ends a body, an answer $name', async ({ ends, error }) => {
  const { tlsPort, publish } = await openTls();
  const dyno = await rawDyno((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf'));
  });
  publish({ dynos: [target(dyno.port)] });
  // Node's TLS client cannot distinguish a reset from an end, so the test watches the traffic in between.
  let seen: string | undefined;
  const relay = createServer((inner) => {
    const outer = connectPlain(tlsPort, '127.0.0.1');
    outer.on('error', (problem: NodeJS.ErrnoException) => {
      seen = problem.code;
    });
    outer.on('close', () => inner.destroy());
    inner.on('error', () => {});
    inner.pipe(outer).pipe(inner);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const socket = await open((relay.address() as AddressInfo).port, undefined, { rejectUnauthorized: false });
  socket.once('data', () => dyno.sockets.forEach(ends));
  await send(socket, 'GET / HTTP/1.0\r\nHost: shop.test\r\n\r\n');
  relay.close();
  expect(seen).toBe(error);
});

test('whoever speaks no TLS, or leaves in the middle of it, harms nobody else', async () => {
  const { tlsPort, publish, router } = await openTls();
  publish({ dynos: [target((await cannedDyno(OK)).port)] });
  const plain = new Client(tlsPort).send('GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n');
  await plain.untilClosed();
  const half = connectPlain(tlsPort, '127.0.0.1');
  half.on('error', () => {});
  await once(half, 'connect');
  half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
  half.destroy();
  const silent = new Client(tlsPort);
  await once(silent.socket, 'connect');
  const socket = await open(tlsPort, undefined, { rejectUnauthorized: false });
  expect(await send(socket, get('shop.test'))).toContain('ok');
  await router.close(0);
  await silent.untilClosed();
});

test('the supervised process has TLS too, and its certificates again after kill -9', async () => {
  const reports: string[] = [];
  const router = await startRouterProcess({
    host: '127.0.0.1',
    port: 0,
    tls: { port: 0, fallback: await issue('fallback.test') },
    onLogLines: () => {},
    problems: problemsTo(reports),
  });
  try {
    router.certificates.set('shop.test', await issue('shop.test'));
    router.certificates.set('gone.test', await issue('gone.test'));
    router.certificates.remove('gone.test');
    const { tlsPort = 0 } = router;
    const names = async () => {
      const seen: (string | undefined)[] = [];
      for (const name of ['shop.test', 'gone.test']) {
        const socket = await open(tlsPort, name, { rejectUnauthorized: false });
        seen.push(nameOf(socket) as string | undefined);
        socket.destroy();
      }
      return seen;
    };
    expect(await names()).toEqual(['shop.test', 'fallback.test']);
    const pid = router.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    await eventually(() => router.pid() !== undefined && router.pid() !== pid);
    expect(await names()).toEqual(['shop.test', 'fallback.test']);
  } finally {
    await router.close(0);
  }
});
