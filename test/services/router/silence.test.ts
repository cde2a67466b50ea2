import type { Socket } from 'node:net';
import { Client, closeAll, eventually, get, openRouter, rawDyno, target } from './harness.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const SECOND_MS = 1_000;

/** A router whose time passes only here; the test plays its dyno. */
async function openStill() {
  let nowMs = 1_000_000;
  let looks = 0;
  const monotonicMs = () => {
    looks += 1;
    return nowMs;
  };
  // The shortest timeout decides how often the router checks its connections.
  const opened = await openRouter({ lingerMs: 20 }, undefined, [], { monotonicMs });
  const got: string[] = [];
  let socket: Socket | undefined;
  const dyno = await rawDyno((each) => {
    socket = each;
    each.on('data', (chunk) => got.push(chunk.toString('latin1')));
  });
  const pass = async (seconds: number) => {
    nowMs += seconds * SECOND_MS;
    const before = looks;
    await eventually(() => looks > before);
  };
  return {
    ...opened,
    dyno,
    publishDyno: () => opened.publish({ dynos: [target(dyno.port)] }),
    /** Time passes, and the router has checked all its connections. */
    pass,
    /** Resolves when the router has read everything that the client sent. */
    arrives: async ({ socket: sender }: Client) => {
      await eventually(() => !sender.connecting && sender.writableLength === 0);
      for (const _ of ['accepted', 'read']) await pass(0);
    },
    say: (text: string) => socket?.write(text),
    hears: (text: string) => eventually(() => got.join('').includes(text)),
  };
}

const post = get('/', 'Content-Length: 6\r\n').replace('GET', 'POST');
const upgrade = get().replace('Connection: close', 'Connection: Upgrade\r\nUpgrade: chat');
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n';

test('an answer may take any time as long as some of it comes every 55 seconds', async () => {
  const { port, publishDyno, pass, say, hears, lines } = await openStill();
  publishDyno();
  const client = new Client(port).send(get());
  await hears('\r\n\r\n');
  await pass(29);
  say('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<0>');
  await client.until('<0>');
  for (const part of ['<1>', '<2>', '<3>']) {
    await pass(54);
    say(part);
    await client.until(part);
  }
  expect(lines).toEqual([]);
  await pass(55);
  await eventually(() => lines.length === 1);
  expect(lines[0]).toContain('code=H15');
  expect(lines[0]).toContain('bytes=12');
});

test('the 30 seconds to the first byte count from the end of the request, however long it took', async () => {
  const { port, publishDyno, pass, say, hears, lines } = await openStill();
  publishDyno();
  const client = new Client(port).send(post);
  await hears('\r\n\r\n');
  for (const part of ['<>', '[]', '{}']) {
    await pass(54);
    client.send(part);
    await hears(part);
  }
  await pass(29);
  expect(lines).toEqual([]);
  say(OK);
  expect(await client.untilClosed()).toContain('200 OK');
});

test('and then they are over', async () => {
  const { port, publishDyno, pass, hears, lines } = await openStill();
  publishDyno();
  const client = new Client(port).send(post);
  await hears('\r\n\r\n');
  await pass(54);
  client.send('123456');
  await hears('123456');
  await pass(30);
  expect(await client.untilClosed()).toContain('503 Service Unavailable');
  expect(lines[0]).toContain('code=H12');
});

test('a body that waits for its dyno is not idle while it waits, but 55 seconds after', async () => {
  const { port, publish, publishDyno, pass, arrives, hears, lines } = await openStill();
  publish({ situation: 'booting' });
  const client = new Client(port).send(`${post}123`);
  await arrives(client);
  await pass(74);
  publishDyno();
  await hears('123');
  await pass(54);
  expect(lines).toEqual([]);
  await pass(1);
  await eventually(() => lines.length === 1);
  expect(lines[0]).toContain('code=H28');
});

test('a head may take a minute from its first byte, however often a little of it comes', async () => {
  const { port, publishDyno, pass, arrives } = await openStill();
  publishDyno();
  const client = new Client(port);
  for (const part of ['GET / HT', 'TP/1.1\r\n', 'Host: shop', '.test\r\n']) {
    client.send(part);
    await arrives(client);
    await pass(19);
  }
  expect(await client.untilClosed()).toBe('');
});

test('a request waits 75 seconds for its app to boot', async () => {
  const { port, publish, pass, arrives, lines } = await openStill();
  publish({ situation: 'booting' });
  const client = new Client(port).send(get());
  await arrives(client);
  await pass(74.999);
  expect(lines).toEqual([]);
  await pass(0.001);
  expect(await client.untilClosed()).toContain('503 Service Unavailable');
  expect(lines[0]).toContain('code=H20');
});

test.each([{ speaker: 'the client' }, { speaker: 'the dyno' }])(
  'an upgraded connection lives as long as $speaker speaks every 55 seconds',
  async ({ speaker }) => {
    const { port, publishDyno, pass, say, hears, lines } = await openStill();
    publishDyno();
    const client = new Client(port).send(upgrade);
    await hears('\r\n\r\n');
    say(SWITCH);
    await client.until('101');
    for (const word of ['<one>', '<two>', '<three>']) {
      await pass(54);
      if (speaker === 'the client') {
        client.send(word);
        await hears(word);
      } else {
        say(word);
        await client.until(word);
      }
    }
    expect(lines).toEqual([]);
    await pass(55);
    await eventually(() => lines.length === 1);
    expect(lines[0]).toContain('code=H15');
  },
);

test('a client that leaves an upgraded connection ends it at the dyno', async () => {
  const { port, publishDyno, say, hears, lines, dyno } = await openStill();
  publishDyno();
  const client = new Client(port).send(upgrade);
  await hears('\r\n\r\n');
  say(SWITCH);
  await client.until('101');
  client.socket.end();
  await eventually(() => dyno.sockets.size === 0);
  expect(lines[0]).toContain('status=101');
});
