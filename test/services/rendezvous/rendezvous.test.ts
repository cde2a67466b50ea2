import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { openCertificateAuthority } from '../../../adapters/local/certificate-authority.ts';
import { linkRendezvous } from '../../../services/bridge/rendezvous-link.ts';
import { createRendezvous } from '../../../services/rendezvous/rendezvous.ts';
import { createRendezvousUpgrade } from '../../../services/rendezvous/web-socket.ts';
import { until } from '../logs/until.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const signer = new HmacSigner(Buffer.alloc(32, 7));
let directory: string;
let ca: string;
let pair: { key: string; cert: string };
let server: Server;
let platform: HttpServer;
let dynos: Map<string, Dyno>;
const clients: TLSSocket[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rendezvous-'));
  const authority = await openCertificateAuthority(directory);
  ca = authority.caCertificatePem;
  pair = await authority.issue();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Dyno {
  readonly duplex: Duplex;
  /** What the client sent. */
  readonly input: PassThrough;
  /** What the dyno prints. */
  readonly output: PassThrough;
}

function dyno(id = 'shop/dyno-1'): Dyno {
  const input = new PassThrough();
  const output = new PassThrough();
  const made = { duplex: Duplex.from({ readable: output, writable: input }), input, output };
  made.duplex.on('error', () => undefined);
  dynos.set(id, made);
  return made;
}

const secretFor = (id = 'shop/dyno-1', expiresAtMs = NOW_MS + 60_000, purpose = 'rendezvous') =>
  signer.sign(purpose, id, expiresAtMs);

/** Like the CLI: no server name, the secret at once, chunks as they arrive. */
function client(firstBytes: string | Buffer) {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ca });
  clients.push(socket);
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  socket.write(firstBytes);
  return { socket, chunks, text: () => Buffer.concat(chunks).toString(), closed: () => closed };
}

describe.each([
  { name: 'over TLS', bridged: false },
  { name: 'through the bridge', bridged: true },
])('rendezvous $name', ({ bridged }) => {
  beforeEach(async () => {
    dynos = new Map();
    const rendezvous = createRendezvous({
      signer,
      now: () => NOW_MS,
      attach: (appId, dynoId) => dynos.get(`${appId}/${dynoId}`)?.duplex,
    });
    platform = createHttpServer().on('upgrade', createRendezvousUpgrade(rendezvous)).listen(0, '127.0.0.1');
    await once(platform, 'listening');
    const url = new URL(`http://127.0.0.1:${(platform.address() as AddressInfo).port}`);
    server = createServer(pair, (socket) => {
      if (bridged) void linkRendezvous({ api: url, services: url }, socket);
      else rendezvous.handle(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    server.close();
    platform.close();
    platform.closeAllConnections();
  });

  test('the banner comes as a chunk of its own, then bytes go both ways, then the end', async () => {
    const { duplex, input, output } = dyno();
    output.write('first output at once');
    const run = client(`${secretFor()}\r\n`);
    await until(() => run.text().endsWith('first output at once'));
    expect(run.chunks[0]?.toString()).toBe('rendezvous\r\n');
    run.socket.write('ls\n');
    await until(() => input.readableLength === 3);
    run.socket.write(Buffer.from([0x04, 0xff, 0x00]));
    await until(() => input.readableLength === 6);
    expect(input.read()).toEqual(Buffer.from([0x6c, 0x73, 0x0a, 0x04, 0xff, 0x00]));
    output.end('bye\n');
    await until(run.closed);
    expect(run.text()).toBe('rendezvous\r\nfirst output at oncebye\n');
    await until(() => duplex.destroyed);
  });

  test('a client may come, and send input, before its dyno', async () => {
    const run = client(`${secretFor()}\r\necho early\n\u0004`);
    await sleep(100);
    expect(run.text()).toBe('');
    const { input } = dyno();
    await until(() => run.text() === 'rendezvous\r\n');
    await until(() => input.readableLength === 12);
    expect(input.read().toString()).toBe('echo early\n\u0004');
  });

  test('input before the dyno is bounded, and none of it is lost', async () => {
    const run = client(`${secretFor()}\r\n`);
    const sent = Buffer.alloc(48 * 1024 * 1024, 'x');
    let flushed = false;
    run.socket.write(sent, () => {
      flushed = true;
    });
    await sleep(200);
    expect(flushed).toBe(false);
    const { input } = dyno();
    let bytes = 0;
    input.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await until(() => bytes === sent.length);
  });

  test('a secret may come byte by byte', async () => {
    dyno();
    const run = client('');
    for (const byte of `${secretFor()}\r\n`) {
      run.socket.write(byte);
      await new Promise(setImmediate);
    }
    await until(() => run.text() !== '');
    expect(run.text()).toBe('rendezvous\r\n');
  });

  test.each([
    { name: 'a wrong secret', bytes: () => 'wrong\r\n' },
    { name: 'an expired secret', bytes: () => `${secretFor('shop/dyno-1', NOW_MS)}\r\n` },
    { name: 'a secret for something else', bytes: () => `${secretFor('shop/dyno-1', NOW_MS + 60_000, 'logs')}\r\n` },
    { name: 'a payload that names no dyno', bytes: () => `${secretFor('shop')}\r\n` },
    { name: 'an endless line', bytes: () => 'x'.repeat(5_000) },
    { name: 'an empty line', bytes: () => '\r\n' },
  ])('$name is shown the door without a word', async ({ bytes }) => {
    dyno();
    const run = client(bytes());
    await until(run.closed);
    expect(run.text()).toBe('');
  });

  test('a secret works once, also while its first client still waits', async () => {
    const first = client(`${secretFor()}\r\n`);
    await once(first.socket, 'secureConnect');
    await sleep(50);
    const second = client(`${secretFor()}\r\n`);
    await until(second.closed);
    dyno();
    await until(() => first.text() === 'rendezvous\r\n');
    first.socket.destroy();
    const third = client(`${secretFor()}\r\n`);
    await until(third.closed);
    expect(third.text()).toBe('');
  });

  test('a client that left before its dyno came may come back', async () => {
    const first = client(`${secretFor()}\r\n`);
    await once(first.socket, 'secureConnect');
    await sleep(50);
    first.socket.end();
    await until(first.closed);
    await sleep(50);
    dyno();
    const second = client(`${secretFor()}\r\n`);
    await until(() => second.text() !== '' || second.closed());
    expect(second.text()).toBe('rendezvous\r\n');
  });

  test.each([
    { name: 'ends the connection', leave: (socket: TLSSocket) => socket.end() },
    { name: 'is cut off', leave: (socket: TLSSocket) => socket.destroy() },
  ])('a client that $name takes the dyno side with it', async ({ leave }) => {
    const { duplex } = dyno();
    const run = client(`${secretFor()}\r\n`);
    await until(() => run.text() === 'rendezvous\r\n');
    expect(duplex.destroyed).toBe(false);
    leave(run.socket);
    await until(() => duplex.destroyed);
  });

  test('a client that does not read slows its dyno down instead of filling memory', async () => {
    const { output } = dyno();
    const run = client(`${secretFor()}\r\n`);
    await until(() => run.text() === 'rendezvous\r\n');
    run.socket.pause();
    let written = 0;
    while (output.write(Buffer.alloc(64 * 1024)) && written < 1_000) {
      written += 1;
      await sleep(1);
    }
    expect(written).toBeLessThan(1_000);
    run.socket.resume();
    await once(output, 'drain');
  });

  test('the exit marker arrives whole, at the beginning of a chunk', async () => {
    const marker = Buffer.from('\uffff heroku-command-exit-status: 7\n');
    for (const before of [0, 1, 16_380, 16_384, 65_530]) {
      const { output } = dyno(`shop/dyno-${before}`);
      const run = client(`${secretFor(`shop/dyno-${before}`)}\r\n`);
      output.write(Buffer.concat([Buffer.alloc(before, 'x'), marker.subarray(0, 2)]));
      await until(() => run.text().length >= 12);
      output.end(marker.subarray(2));
      await until(run.closed);
      expect(Buffer.concat(run.chunks).length).toBe(12 + before + marker.length);
      expect(run.chunks.at(-1)).toEqual(marker);
    }
  });
});
