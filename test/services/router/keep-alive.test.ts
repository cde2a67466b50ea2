import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  cannedDyno,
  closeAll,
  eventually,
  get,
  httpDyno,
  openRouter,
  rawDyno,
  send,
  statusOf,
  target,
} from './harness.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const alive = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`;
const count = (text: string, part: string): number => text.split(part).length - 1;

/** Answers with the path; counts its connections. */
async function echoDyno(): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const { port, server } = await httpDyno((request, response) => {
    request.resume();
    request.on('end', () => response.end(`<${request.url}>`));
  });
  server.on('connection', () => {
    connections += 1;
  });
  return { port, connections: () => connections };
}

describe('client connections', () => {
  test('may have any number of requests sent ahead over their life: what was taken is held no more', async () => {
    const { port, publish } = await openRouter();
    const dyno = await echoDyno();
    publish({ dynos: [target(dyno.port)] });
    const client = new Client(port);
    // Each time almost as much as is kept, three times that in total.
    for (let round = 1; round <= 3; round += 1) {
      client.send(alive(`/${'a'.repeat(4_000)}`).repeat(15) + alive(`/round-${round}`));
      expect(count(await client.until(`</round-${round}>`), '200 OK')).toBe(round * 16);
    }
  });

  test('carry one request after the other', async () => {
    const { port, publish } = await openRouter();
    const dyno = await echoDyno();
    publish({ dynos: [target(dyno.port)] });
    const client = new Client(port);
    for (const path of ['/1', '/2', '/3']) await client.send(alive(path)).until(`<${path}>`);
    expect(client.closed).toBe(false);
    expect(dyno.connections()).toBe(1);
  });

  test('carry requests sent ahead, with and without bodies, answered in order', async () => {
    const { port, publish } = await openRouter();
    const dyno = await echoDyno();
    publish({ dynos: [target(dyno.port), target(dyno.port, 'web.2')] });
    const post = 'POST /2 HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
    const client = new Client(port).send(alive('/1') + post + alive('/3') + get('/4') + alive('/never'));
    const text = await client.untilClosed();
    expect(text.match(/<[^>]*>/g)).toEqual(['</1>', '</2>', '</3>', '</4>']);
  });

  test('thousands of requests ahead that the router answers itself', async () => {
    const { port, publish } = await openRouter();
    publish({ situation: 'no-web' });
    const client = new Client(port).send(alive('/').repeat(5_000) + get());
    const text = await client.untilClosed();
    expect(count(text, 'HTTP/1.1 503')).toBe(5_001);
  });

  test('a client that sends ahead but never reads is not served without end', async () => {
    const { port, publish, lines } = await openRouter();
    publish({ situation: 'no-web' });
    const client = new Client(port);
    client.socket.pause();
    const burst = alive('/').repeat(1_000);
    for (let round = 0; round < 400; round += 1) client.send(burst);
    let before = -1;
    await eventually(() => {
      const steady = lines.length === before && lines.length > 0;
      before = lines.length;
      return steady;
    });
    await sleep(50);
    expect(lines.length).toBeLessThan(60_000);
    expect(client.socket.writableLength).toBeGreaterThan(0);
  });

  test.each([
    { name: 'HTTP/1.0 closes', head: 'GET / HTTP/1.0\r\nHost: shop.test\r\n\r\n', expected: 'Connection: close' },
    {
      name: 'HTTP/1.0 with keep-alive stays',
      head: 'GET / HTTP/1.0\r\nHost: shop.test\r\nConnection: keep-alive\r\n\r\n',
      expected: 'Connection: keep-alive',
    },
  ])('$name', async ({ head, expected }) => {
    const { port, publish } = await openRouter();
    const dyno = await cannedDyno(OK);
    publish({ dynos: [target(dyno.port)] });
    expect(await new Client(port).send(head).until('\r\n\r\nok')).toContain(`${expected}\r\n`);
  });

  test('an answer before the end of the body closes the connection: what follows is not a request', async () => {
    const { port, publish, lines } = await openRouter({ lingerMs: 100 });
    const dyno = await cannedDyno(OK);
    publish({ dynos: [target(dyno.port)] });
    const client = new Client(port).send('POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 500\r\n\r\n');
    await client.until('ok');
    client.send(alive('/smuggled'));
    expect(await client.untilClosed()).toContain('Connection: close\r\n');
    expect(lines).toHaveLength(1);
    expect(dyno.received).toHaveLength(1);
  });

  test('a length beside chunked closes the connection', async () => {
    const { port, publish } = await openRouter();
    const dyno = await echoDyno();
    publish({ dynos: [target(dyno.port)] });
    const both =
      'POST /1 HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect((await send(port, both + alive('/2'))).match(/<[^>]*>/g)).toEqual(['</1>']);
  });
});

describe('dyno connections', () => {
  test('are shared by all clients, the last used first', async () => {
    const { port, publish } = await openRouter();
    const dyno = await echoDyno();
    publish({ dynos: [target(dyno.port)] });
    for (let index = 0; index < 20; index += 1) await send(port, get(`/${index}`));
    expect(dyno.connections()).toBe(1);
  });

  test('are not shared by two dynos on one address', async () => {
    const { port, publish } = await openRouter();
    const dyno = await echoDyno();
    publish({ dynos: [target(dyno.port)] });
    await send(port, get());
    publish({ dynos: [target(dyno.port)] });
    await send(port, get());
    expect(dyno.connections()).toBe(2);
  });

  test('are closed when idle for long, and sooner when the dyno says so', async () => {
    const { port, publish } = await openRouter({ keepAliveMs: 40 });
    const { port: dynoPort, sockets } = await rawDyno((socket) => socket.on('data', () => socket.write(OK)));
    publish({ dynos: [target(dynoPort)] });
    await send(port, get());
    await eventually(() => sockets.size === 0);
    const patient = await openRouter({ keepAliveMs: 600_000 });
    const lasting = await openRouter({ keepAliveMs: 600_000 });
    lasting.publish({ dynos: [target(dynoPort)] });
    await send(lasting.port, get());
    const announcing = await rawDyno((socket) =>
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok')),
    );
    patient.publish({ dynos: [target(announcing.port)] });
    await send(patient.port, get());
    await eventually(() => announcing.sockets.size === 0);
    expect(sockets.size).toBe(1);
  });

  test('bytes that nobody asked for end the connection and reach nobody', async () => {
    const { port, publish } = await openRouter();
    let first: Socket | undefined;
    const { port: dynoPort, sockets } = await rawDyno((socket) => {
      first ??= socket;
      socket.on('data', () => socket.write(OK));
    });
    publish({ dynos: [target(dynoPort)] });
    await send(port, get());
    first?.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    await eventually(() => sockets.size === 0);
    expect(await send(port, get())).toMatch(/\r\n\r\nok$/);
  });

  /** Answers the first request of a connection and closes at the second, like a server whose keep-alive has just ended. */
  async function forgetfulDyno(): Promise<{ port: number; heads: string[] }> {
    const heads: string[] = [];
    const { port } = await rawDyno((socket) => {
      let served = 0;
      socket.on('data', (chunk) => {
        heads.push(chunk.toString('latin1').split(' ')[0] ?? '');
        served += 1;
        if (served === 1) socket.write(OK);
        else socket.resetAndDestroy();
      });
    });
    return { port, heads };
  }

  test('a request that met a dead connection is sent again on a new one', async () => {
    const { port, publish, lines } = await openRouter();
    const dyno = await forgetfulDyno();
    publish({ dynos: [target(dyno.port)] });
    for (let index = 0; index < 4; index += 1) expect(statusOf(await send(port, get()))).toBe(200);
    expect(dyno.heads).toHaveLength(7);
    expect(lines.every((line) => line.startsWith('at=info method=GET'))).toBe(true);
  });

  test('but never one that the dyno may have acted on', async () => {
    const { port, publish, lines } = await openRouter();
    const dyno = await forgetfulDyno();
    publish({ dynos: [target(dyno.port)] });
    await send(port, get());
    expect(statusOf(await send(port, get('/', 'Content-Length: 2\r\n').replace('GET', 'POST').concat('hi')))).toBe(503);
    expect(dyno.heads).toEqual(['GET', 'POST']);
    expect(lines[1]).toContain('code=H13');
  });
});
