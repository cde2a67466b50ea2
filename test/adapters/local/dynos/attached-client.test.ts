import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttachedClient } from '../../../../adapters/local/dynos/attached-client.ts';
import { ClientSocket } from '../../../../adapters/local/dynos/host/client-socket.ts';

const until = async (condition: () => boolean) => {
  for (let tries = 0; tries < 2_000 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 2));
  if (!condition()) throw new Error(`never: ${condition}`);
};

let directory: string;
let server: Server;
let hosts: { socket: Socket; heard: string; ended: boolean }[];
let clients: AttachedClient[];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'attached-'));
  [hosts, clients] = [[], []];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    const host = { socket, heard: '', ended: false };
    hosts.push(host);
    socket.on('data', (chunk) => {
      host.heard += chunk;
    });
    socket.on('end', () => {
      host.ended = true;
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(join(directory, 'socket'), resolve));
});
afterEach(() => {
  for (const client of clients) client.destroy();
  for (const { socket } of hosts) socket.destroy();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A client of one task, and the host's end of it. */
async function attached() {
  const told = { left: 0 };
  const client = new AttachedClient(join(directory, 'socket'), 'dyno.1', () => {
    told.left += 1;
  });
  clients.push(client);
  client.on('error', () => {});
  const chunks: string[] = [];
  client.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  await until(() => hosts[0]?.heard.startsWith('dyno.1\n') === true);
  const [host] = hosts;
  if (host === undefined) throw new Error('no host');
  return { client, host, chunks, told };
}

test('the host hears which task it is for, then what the client says, and of its end', async () => {
  const { client, host, told } = await attached();
  await new Promise((resolve) => client.write('input', resolve));
  await until(() => host.heard === 'dyno.1\ninput');
  expect(told.left).toBe(0);
  client.end();
  await until(() => host.ended);
  expect(told.left).toBe(1);
});

test('whole lines leave at once, in one piece; the rest of one a little later', async () => {
  const { host, chunks } = await attached();
  host.socket.write('one\ntwo\n');
  await until(() => chunks.length === 1);
  expect(chunks).toEqual(['one\ntwo\n']);
  host.socket.write('prompt> ');
  await until(() => chunks.length === 2);
  expect(chunks[1]).toBe('prompt> ');
});

test('large output leaves in chunks of at most 16,000 bytes that end with a line', async () => {
  const { host, chunks } = await attached();
  const line = `${'x'.repeat(8_999)}\n`;
  const text = `${line}${line}${'y'.repeat(20_000)}\n${'z'.repeat(15_999)}\n`;
  host.socket.write(text);
  await until(() => chunks.join('').length === text.length);
  expect(chunks.join('')).toBe(text);
  expect(chunks.filter(({ length }) => length > 16_000)).toEqual([]);
  expect([chunks[0], chunks.at(-1)?.endsWith('\n')]).toEqual([line, true]);
});

test('what is left of a line arrives before the end of the output', async () => {
  const { client, host, chunks } = await attached();
  const ended = new Promise((resolve) => client.once('end', resolve));
  host.socket.end('last words');
  await ended;
  expect(chunks.join('')).toBe('last words');
});

test('a client is over with its host, and tells once more that it left', async () => {
  const { client, host, told } = await attached();
  const closed = new Promise((resolve) => client.once('close', resolve));
  host.socket.destroy();
  await closed;
  expect([client.destroyed, told.left > 0]).toEqual([true, true]);
  await new Promise((resolve) => client.write('more', () => resolve(undefined)));
});

test('a host that is not there is the end of it', async () => {
  const client = new AttachedClient(join(directory, 'nowhere'), 'dyno.1', () => {});
  clients.push(client);
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  await closed;
  expect(client.destroyed).toBe(true);
});

describe('the host’s side', () => {
  let sockets: ClientSocket;
  let ownServer: Server;
  const WAIT_MS = 40;
  beforeEach(async () => {
    sockets = new ClientSocket(join(directory, 'host'), WAIT_MS);
    // It ends with its process, and has no close.
    const { listen } = Server.prototype;
    Server.prototype.listen = function (this: Server, ...words: readonly unknown[]) {
      ownServer = this;
      return Reflect.apply(listen, this, words);
    };
    await sockets.listen().finally(() => {
      Server.prototype.listen = listen;
    });
  });
  afterEach(() => ownServer.close());

  const attach = (taskRef: string) => {
    const client = new AttachedClient(join(directory, 'host'), taskRef, () => {});
    clients.push(client);
    client.on('error', () => {});
    client.resume();
    return client;
  };
  const heardOf = (taskRef: string) => {
    const heard = { text: '', clients: 0 };
    sockets.expect(taskRef, (socket) => {
      heard.clients += 1;
      socket.on('data', (chunk) => {
        heard.text += chunk;
      });
      socket.resume();
    });
    return heard;
  };

  test('gives each task its client, who comes first or later', async () => {
    const one = heardOf('one.1');
    attach('one.1').write('to one');
    attach('two.1').write('to two');
    await until(() => one.text === 'to one');
    const two = heardOf('two.1');
    await until(() => two.text === 'to two');
    expect([one.clients, two.clients]).toEqual([1, 1]);
  });

  test('lets go of a client that nobody expects, and of what says no name', async () => {
    const nobody = attach('nobody.1');
    const endless = attach('x'.repeat(201));
    await Promise.all([nobody, endless].map((client) => new Promise((resolve) => client.once('close', resolve))));
    const late = heardOf('nobody.1');
    expect([nobody.destroyed, endless.destroyed, late.clients]).toEqual([true, true, 0]);
  });

  test('cannot be in two places', async () => {
    await expect(new ClientSocket(join(directory, 'host'), WAIT_MS).listen()).rejects.toThrow('EADDRINUSE');
  });
});
