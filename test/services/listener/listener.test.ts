import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecure, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { openCertificateAuthority } from '../../../adapters/local/certificate-authority.ts';
import { createListener, type Listener } from '../../../services/listener/listener.ts';
import { until } from '../logs/until.ts';

const run = promisify(execFile);
let directory: string;
let caPath: string;
let ca: string;
let pair: { key: string; cert: string };
let listener: Listener;
let port: number;
let rendezvousSockets: TLSSocket[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'listener-'));
  const authority = await openCertificateAuthority(directory);
  caPath = authority.caCertificatePath;
  ca = authority.caCertificatePem;
  pair = await authority.issue();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

beforeEach(async () => {
  rendezvousSockets = [];
  listener = createListener({
    secureContext: pair,
    allowedHosts: ['Dyno.example.com'],
    http: (request, response) => {
      const hash = createHash('sha256');
      request.on('data', (chunk) => hash.update(chunk));
      request.on('end', () => {
        const secure = 'encrypted' in request.socket ? 'secure' : 'plain';
        response.end(`${secure} ${request.method} ${request.url} ${hash.digest('hex').slice(0, 8)}\n`);
      });
    },
    rendezvous: (socket) => rendezvousSockets.push(socket),
  });
  port = await listener.listen(0, '127.0.0.1');
});
afterEach(() => listener.close(0));

const EMPTY = 'e3b0c442';
const curl = async (...args: string[]) => (await run('curl', ['-sS4', '--cacert', caPath, ...args])).stdout;

/** Everything that a raw client receives until the connection ends. */
function raw(socket: Socket, bytes: string | Buffer) {
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  return { socket, text: () => text, closed: () => closed };
}
const plain = (bytes: string | Buffer) => raw(connectPlain(port, '127.0.0.1'), bytes);
const secure = (bytes: string | Buffer) => raw(connectSecure({ port, host: '127.0.0.1', ca }), bytes);

test('a push or an upload takes as long as it takes: no request is cut for its length', async () => {
  const limits: unknown[] = [];
  const other = createListener({
    secureContext: pair,
    http: (request, response) => {
      const { server } = request.socket as Socket & { server: { requestTimeout: number; headersTimeout: number } };
      limits.push({ request: server.requestTimeout, headers: server.headersTimeout });
      response.end('ok');
    },
    rendezvous: () => undefined,
  });
  await curl(`http://localhost:${await other.listen(0, '127.0.0.1')}/`);
  await other.close(0);
  expect(limits).toEqual([{ request: 0, headers: 20_000 }]);
});

describe('one port', () => {
  test('speaks HTTP', async () => {
    expect(await curl(`http://localhost:${port}/apps`)).toBe(`plain GET /apps ${EMPTY}\n`);
  });

  test('speaks HTTP over TLS', async () => {
    expect(await curl(`https://localhost:${port}/app.git/info/refs`)).toBe(`secure GET /app.git/info/refs ${EMPTY}\n`);
  });

  test.each([
    { scheme: 'http', secured: 'plain' },
    { scheme: 'https', secured: 'secure' },
  ])('takes a large body over $scheme unchanged', async ({ scheme, secured }) => {
    const body = Buffer.alloc(20 * 1024 * 1024, Buffer.from('0123456789abcdefghijk'));
    const file = join(directory, 'body');
    await writeFile(file, body);
    const digest = createHash('sha256').update(body).digest('hex').slice(0, 8);
    const answer = await curl('-T', file, `${scheme}://localhost:${port}/blob`);
    expect(answer).toBe(`${secured} PUT /blob ${digest}\n`);
  });

  test.each([{ scheme: 'http' }, { scheme: 'https' }])('keeps connections over $scheme', async ({ scheme }) => {
    const url = `${scheme}://localhost:${port}/`;
    const { stdout } = await run('curl', ['-sS4v', '--cacert', caPath, url, url, url, '-w', '%{num_connects}']);
    expect(stdout.replaceAll(/(plain|secure) GET \/ \w+\n/g, '')).toBe('100');
  });

  test('hands a rendezvous its socket with the first line unread', async () => {
    const client = secure('');
    for (const part of ['sec', 'ret.x', '\r\nearly input']) {
      client.socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await until(() => rendezvousSockets.length === 1);
    const [socket] = rendezvousSockets;
    let text = '';
    socket?.on('data', (chunk) => {
      text += chunk.toString();
      if (text.endsWith('input')) socket.end('answer');
    });
    await until(client.closed);
    expect(text).toBe('secret.x\r\nearly input');
    expect(client.text()).toBe('answer');
  });

  test('takes 16 KiB of headers', async () => {
    expect(await curl('-H', `Request-Id: ${'x'.repeat(16 * 1024)}`, `http://localhost:${port}/`)).toContain(
      'plain GET /',
    );
    const status = await curl(
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '-H',
      `A: ${'x'.repeat(40_000)}`,
      `http://localhost:${port}/`,
    );
    expect(status).toBe('431');
  });

  test('in use is an error', async () => {
    const second = createListener({ secureContext: pair, http: () => undefined, rendezvous: () => undefined });
    await expect(second.listen(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('the Host header', () => {
  const status = (host: string, scheme = 'http') =>
    curl('-o', '/dev/null', '-w', '%{http_code}', '-H', `Host: ${host}`, `${scheme}://localhost:${port}/`);

  test.each([
    { host: 'localhost' },
    { host: 'LOCALHOST:5000' },
    { host: '127.0.0.1:5000' },
    { host: '[::1]:5000' },
    { host: 'dyno.example.com' },
    { host: 'api.metrics.heroku.com:5000' },
    { host: 'registry.localhost:5000' },
  ])('$host is answered', async ({ host }) => {
    expect(await status(host)).toBe('200');
  });

  test.each([
    { host: 'evil.example.com' },
    { host: 'localhost.evil.example.com' },
    { host: '127.0.0.1.evil.example.com:5000' },
    { host: 'x@localhost' },
    { host: 'localhost:5000:5000' },
    { host: '192.168.1.5:5000' },
  ])('$host is refused, over TLS too', async ({ host }) => {
    expect(await status(host)).toBe('421');
    expect(await status(host, 'https')).toBe('421');
  });

  test('a refusal says what to do', async () => {
    const answer = await curl('-H', 'Host: evil.example.com', `http://localhost:${port}/`);
    expect(JSON.parse(answer)).toEqual({
      id: 'misdirected_request',
      message:
        'This server answers only to localhost, 127.0.0.1, [::1] and the host names it was started with. Use one of these in the URL.',
    });
  });

  test('no Host header is refused', async () => {
    const client = plain('GET / HTTP/1.0\r\n\r\n');
    await until(client.closed);
    expect(client.text()).toMatch(/^HTTP\/1\.1 421 /);
  });
});

describe('CONNECT', () => {
  test('to a name that the CLI has built in leads back to this port', async () => {
    const proxy = ['-p', '-x', `http://localhost:${port}`];
    expect(await curl(...proxy, `http://api.metrics.heroku.com:${port}/apps`)).toBe(`plain GET /apps ${EMPTY}\n`);
    expect(await curl(...proxy, `http://localhost:${port}/apps`)).toBe(`plain GET /apps ${EMPTY}\n`);
    expect(await curl(...proxy, `https://localhost:${port}/apps`)).toBe(`secure GET /apps ${EMPTY}\n`);
  });

  test.each([
    { target: 'example.com:80' },
    { target: '127.0.0.2:22' },
    { target: '169.254.169.254:80' },
    { target: 'heroku.com.example.com:443' },
    { target: '' },
  ])('to "$target" is refused', async ({ target }) => {
    const client = plain(
      `CONNECT ${target} HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    );
    await until(client.closed);
    expect(client.text()).toMatch(/^HTTP\/1\.1 40[03] [\s\S]*\r\n\r\n$/);
    expect(client.text()).not.toContain('200');
  });

  test('within a tunnel is refused', async () => {
    const open = 'CONNECT localhost:5000 HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const client = plain(open + open);
    await until(client.closed);
    expect(client.text()).toBe(
      'HTTP/1.1 200 Connection Established\r\n\r\nHTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    );
  });

  test('a request may come together with it', async () => {
    const client = plain(
      'CONNECT telex.heroku.com:80 HTTP/1.1\r\nHost: x\r\n\r\nGET /user HTTP/1.1\r\nHost: telex.heroku.com\r\nConnection: close\r\n\r\n',
    );
    await until(client.closed);
    expect(client.text()).toContain('plain GET /user');
  });
});

describe('clients that make no sense', () => {
  test.each([
    { name: 'garbage', bytes: Buffer.from([0, 1, 2, 3, 255]) },
    { name: 'a broken handshake', bytes: Buffer.from([0x16, 3, 1, 255, 255, 0, 1, 2]) },
    { name: 'another protocol', bytes: 'SSH-2.0-OpenSSH_9.2\r\n' },
    {
      name: 'two lengths',
      bytes: 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    },
  ])('$name: turned away', async ({ bytes }) => {
    const client = plain(bytes);
    if (bytes[0] === 0x16) client.socket.end();
    await until(client.closed);
    expect(client.text()).not.toContain('HTTP/1.1 200');
    expect(rendezvousSockets).toEqual([]);
  });

  test('an endless first word within TLS is cut off', async () => {
    const client = secure('x'.repeat(20_000));
    await until(client.closed);
    expect(rendezvousSockets).toEqual([]);
  });

  test('leaving at any moment harms nobody', async () => {
    for (const bytes of [
      '',
      'G',
      Buffer.from([0x16]),
      'GET / HTTP/1.1\r\nHo',
      'CONNECT localhost:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    ]) {
      const client = plain(bytes);
      await once(client.socket, 'connect');
      client.socket.resetAndDestroy();
    }
    const client = secure('half a sec');
    await once(client.socket, 'secureConnect');
    client.socket.destroy();
    expect(await curl(`http://localhost:${port}/`)).toContain('plain GET /');
  });
});

test('closing lets open requests end, and cuts idle connections at once', async () => {
  let finish = () => {};
  const slow = createListener({
    secureContext: pair,
    http: (_request, response) => {
      response.write('begun ');
      finish = () => response.end('and done');
    },
    rendezvous: () => undefined,
  });
  const slowPort = await slow.listen(0, '127.0.0.1');
  const agent = new Agent({ keepAlive: true });
  const request = httpRequest({ port: slowPort, host: '127.0.0.1', agent });
  request.end();
  const [response] = await once(request, 'response');
  let closed = false;
  const closing = slow.close(60_000).then(() => {
    closed = true;
  });
  expect(closed).toBe(false);
  finish();
  let text = '';
  for await (const chunk of response) text += chunk;
  expect(text).toBe('begun and done');
  // Within `until`'s few seconds, far below the minute of grace: the connection is idle now.
  await until(() => closed);
  await closing;
  agent.destroy();
});

test('closing cuts what does not end within the grace', async () => {
  const client = secure('secret\r\n');
  await until(() => rendezvousSockets.length === 1);
  expect(client.closed()).toBe(false);
  await listener.close(20);
  await until(client.closed);
});
