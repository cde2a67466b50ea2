import { once } from 'node:events';
import type { createServer } from 'node:http';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { Client, closeAll, eventually, get, httpDyno, openRouter, rawDyno, send, steady, target } from './harness.ts';

afterEach(closeAll);

const upgrade = get('/live').replace('Connection: close', 'Connection: Upgrade\r\nUpgrade: chat');

async function webSocketDyno(): Promise<number> {
  const { port, server } = await httpDyno((_request, response) => response.end());
  const sockets = new WebSocketServer({ server: server as ReturnType<typeof createServer> });
  sockets.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
  return port;
}

describe('WebSocket', () => {
  test('frames of all sizes go both ways, and the line comes at the end', async () => {
    const { port, publish, lines } = await openRouter();
    publish({ dynos: [target(await webSocketDyno())] });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers: { Host: 'shop.test' } });
    await once(socket, 'open');
    for (const size of [0, 1, 200, 70_000, 3_000_000]) {
      const message = Buffer.alloc(size, size % 251);
      socket.send(message);
      const [echo] = (await once(socket, 'message')) as [RawData];
      expect(Buffer.compare(echo as Buffer, message)).toBe(0);
    }
    expect(lines).toEqual([]);
    socket.close();
    await once(socket, 'close');
    await eventually(() => lines.length === 1);
    expect(lines[0]).toMatch(
      /^at=info method=GET path="\/live" .* dyno=web\.1 connect=\d+ms service=\d+ms status=101 bytes=\d+ protocol=http$/,
    );
  });

  test('is not cut off when its dyno leaves the table', async () => {
    const { port, publish } = await openRouter();
    publish({ dynos: [target(await webSocketDyno())] });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { Host: 'shop.test' } });
    await once(socket, 'open');
    publish({ dynos: [target(await webSocketDyno())] });
    socket.send('still there');
    expect(String((await once(socket, 'message'))[0])).toBe('still there');
    socket.terminate();
  });
});

describe('any other protocol', () => {
  test('gets the bytes that came with the heads, on both sides', async () => {
    const { port, publish } = await openRouter();
    const got: string[] = [];
    const { port: dynoPort } = await rawDyno((socket) => {
      socket.on('data', (chunk) => got.push(chunk.toString('latin1')));
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\nhello from the dyno',
        ),
      );
    });
    publish({ dynos: [target(dynoPort)] });
    const client = new Client(port).send(`${upgrade}hello from the client`);
    expect(await client.until('from the dyno')).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhello from the dyno',
    );
    await eventually(() => got.join('').endsWith('hello from the client'));
    expect(got[0]).toContain('Connection: Upgrade\r\nUpgrade: chat\r\n\r\n');
  });

  test('a dyno that does not switch answers as usual', async () => {
    const { port, publish } = await openRouter();
    const { port: dynoPort } = await httpDyno((_request, response) => response.end('no'));
    publish({ dynos: [target(dynoPort)] });
    expect(await new Client(port).send(upgrade).until('no')).toContain('HTTP/1.1 200 OK');
  });

  test('H15 after silence on both sides', async () => {
    const { port, publish, lines } = await openRouter({ idleMs: 120 });
    const { port: dynoPort } = await rawDyno((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')),
    );
    publish({ dynos: [target(dynoPort)] });
    await send(port, upgrade);
    expect(steady(lines)[0]).toContain('at=error code=H15 desc="Idle connection" method=GET path="/live"');
    expect(steady(lines)[0]).toContain('dyno=web.1 connect=Nms service=Nms status=503 bytes=0');
  });
});
