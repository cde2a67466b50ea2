import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client, closeAll, eventually, get, httpDyno, openRouter, rawDyno, target } from './harness.ts';

afterEach(closeAll);

const MIB = 1024 * 1024;
const block = Buffer.alloc(MIB / 4, 'x');

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const usedBytes = (): number => {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
};

/**
 * Expects this process, which runs router, dyno and client, to grow by less than `limitMiB` during `work`. Garbage is not
 * growth, however late it is collected.
 */
async function expectGrowthBelow(limitMiB: number, work: () => Promise<void>): Promise<void> {
  collectGarbage();
  const before = usedBytes();
  const growthMiB = () => (usedBytes() - before) / MIB;
  let highestMiB = 0;
  const sample = setInterval(() => {
    if (growthMiB() >= limitMiB) collectGarbage();
    highestMiB = Math.max(highestMiB, growthMiB());
  }, 5);
  await work();
  clearInterval(sample);
  expect(highestMiB).toBeLessThan(limitMiB);
}

describe('a body of 200 MB', () => {
  test.each([{ coding: 'with a length' }, { coding: 'chunked' }])(
    'comes down $coding in bounded memory',
    async ({ coding }) => {
      const { port, publish, lines } = await openRouter();
      const { port: dynoPort } = await httpDyno(async (_request, response) => {
        if (coding === 'with a length') response.setHeader('Content-Length', 200 * MIB);
        for (let sent = 0; sent < 800; sent += 1) if (!response.write(block)) await once(response, 'drain');
        response.end();
      });
      publish({ dynos: [target(dynoPort)] });
      let received = 0;
      await expectGrowthBelow(100, async () => {
        const [response] = await once(request({ port, headers: { Host: 'shop.test' } }).end(), 'response');
        for await (const chunk of response) received += chunk.length;
      });
      expect(received).toBe(200 * MIB);
      await eventually(() => lines.length === 1);
    },
    30_000,
  );

  test.each([{ coding: 'with a length' }, { coding: 'chunked' }])(
    'goes up $coding in bounded memory',
    async ({ coding }) => {
      const { port, publish } = await openRouter();
      const { port: dynoPort } = await httpDyno(async (incoming, response) => {
        let length = 0;
        for await (const chunk of incoming) length += chunk.length;
        response.end(String(length));
      });
      publish({ dynos: [target(dynoPort)] });
      let answer = '';
      await expectGrowthBelow(100, async () => {
        const headers =
          coding === 'chunked' ? { Host: 'shop.test' } : { Host: 'shop.test', 'Content-Length': 200 * MIB };
        const upload = request({ port, method: 'POST', headers });
        const responded = once(upload, 'response');
        for (let sent = 0; sent < 800; sent += 1) if (!upload.write(block)) await once(upload, 'drain');
        upload.end();
        const [response] = await responded;
        for await (const chunk of response) answer += chunk;
      });
      expect(answer).toBe(String(200 * MIB));
    },
    30_000,
  );
});

test('events arrive one by one, as they are sent', async () => {
  const { port, publish } = await openRouter();
  let send: (text: string) => void = () => {};
  const { port: dynoPort } = await httpDyno((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: 0\n\n');
    send = (text) => response.write(text);
  });
  publish({ dynos: [target(dynoPort)] });
  const client = new Client(port).send(get());
  for (let event = 0; event < 5; event += 1) {
    expect(await client.until(`data: ${event}\n\n`)).not.toContain(`data: ${event + 1}`);
    send(`data: ${event + 1}\n\n`);
  }
});

test('a request body reaches the dyno before it is complete, and the response comes while it is sent', async () => {
  const { port, publish } = await openRouter();
  const { port: dynoPort } = await httpDyno((incoming, response) => {
    incoming.on('data', (chunk) => response.write(`<${chunk}>`));
    incoming.on('end', () => response.end());
  });
  publish({ dynos: [target(dynoPort)] });
  const client = new Client(port).send(get('/', 'Content-Length: 6\r\n').replace('GET', 'POST'));
  expect(await client.send('one').until('<one>')).not.toContain('<two>');
  expect(await client.send('two').untilClosed()).toContain('<two>');
});

test.each([
  {
    name: 'a body',
    first: 'HTTP/1.1 200 OK\r\n\r\n',
    each: block,
    line: /^at=warning code=H28 desc="Client Connection Idle" .* status=499 bytes=[1-9]/,
  },
  {
    name: 'interim responses',
    first: '',
    each: Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(5_000)),
    line: /^at=error code=H12 desc="Request timeout" .* status=503 bytes=0/,
  },
])('a client that never reads $name stops the dyno instead of filling the router', async ({ first, each, line }) => {
  const { port, publish, lines } = await openRouter({ idleMs: 400, firstByteMs: 400 });
  let written = 0;
  const { port: dynoPort } = await rawDyno((socket) => {
    socket.write(first);
    const fill = (): void => {
      while (!socket.destroyed && written < 2_000 * MIB) {
        written += each.length;
        if (!socket.write(each)) break;
      }
    };
    socket.on('drain', fill);
    fill();
  });
  publish({ dynos: [target(dynoPort)] });
  await expectGrowthBelow(40, async () => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.pause();
    socket.write(get());
    await eventually(() => lines.length === 1);
    socket.destroy();
  });
  expect(written).toBeLessThan(100 * MIB);
  expect(lines[0]).toMatch(line);
});

test('a dyno that never reads stops the client, and ends with H12', async () => {
  const { port, publish, lines } = await openRouter({ firstByteMs: 300 });
  const { port: dynoPort } = await rawDyno((socket) => queueMicrotask(() => socket.pause()));
  publish({ dynos: [target(dynoPort)] });
  let written = 0;
  await expectGrowthBelow(40, async () => {
    const client = new Client(port).send(get('/', `Content-Length: ${2_000 * MIB}\r\n`).replace('GET', 'POST'));
    const fill = (): void => {
      while (lines.length === 0 && written < 2_000 * MIB) {
        written += block.length;
        if (!client.socket.write(block)) break;
      }
    };
    client.socket.on('drain', fill);
    fill();
    await eventually(() => lines.length === 1);
  });
  expect(written).toBeLessThan(100 * MIB);
  expect(lines[0]).toContain('at=error code=H12 desc="Request timeout" method=POST');
});
