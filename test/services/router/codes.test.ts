import type { Socket } from 'node:net';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import { freePort } from '../../free-ports.ts';
import {
  Client,
  cannedDyno,
  closeAll,
  eventually,
  get,
  openRouter,
  REQUEST_ID,
  rawDyno,
  send,
  statusOf,
  steady,
  target,
  unresponsivePort,
} from './harness.ts';

const FAST = {
  connectMs: 150,
  quarantineMs: 150,
  queueMs: 300,
  firstByteMs: 150,
  idleMs: 150,
  clientIdleMs: 400,
  lingerMs: 100,
};
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

afterEach(closeAll);

const common = `method=GET path="/" host=shop.test request_id=${REQUEST_ID} fwd="127.0.0.1"`;
const unserved = 'dyno= connect= service=';

describe('what the state of the app answers', () => {
  test.each<{ name: string; routes: Partial<AppRoutes>; status: number; title: string; line: string }>([
    {
      name: 'H80 under maintenance, whatever else is wrong',
      routes: { maintenance: true, situation: 'crashed' },
      status: 503,
      title: 'Offline for Maintenance',
      line: `at=info code=H80 desc="Maintenance mode" ${common} ${unserved} status=503 bytes= protocol=http`,
    },
    {
      name: 'H81 before the first release',
      routes: { situation: 'blank' },
      status: 502,
      title: 'Welcome to your new app!',
      line: `at=info code=H81 desc="Blank app" ${common} ${unserved} status=502 bytes= protocol=http`,
    },
    {
      name: "H82 when the owner's Eco hours are used up",
      routes: { situation: 'exhausted', sleeps: true },
      status: 503,
      title: 'Application error',
      line: `at=info code=H82 desc="You've used up your dyno hour pool" ${common} ${unserved} status=503 bytes= protocol=http`,
    },
    {
      name: 'H14 with web scaled to 0',
      routes: { situation: 'no-web' },
      status: 503,
      title: 'Application error',
      line: `at=error code=H14 desc="No web processes running" ${common} ${unserved} status=503 bytes= protocol=http`,
    },
    {
      name: 'H10 with crashed web dynos only',
      routes: { situation: 'crashed' },
      status: 503,
      title: 'Application error',
      line: `at=error code=H10 desc="App crashed" ${common} ${unserved} status=503 bytes= protocol=http`,
    },
    {
      name: 'H20 when no dyno came up in time',
      routes: { situation: 'booting' },
      status: 503,
      title: 'Application error',
      line: `at=error code=H20 desc="App boot timeout" ${common} ${unserved} status=503 bytes= protocol=http`,
    },
  ])('$name', async ({ routes, status, title, line }) => {
    const { port, lines, publish } = await openRouter(FAST);
    publish(routes);
    const response = await send(port, get());
    expect({ status: statusOf(response), titled: response.includes(`<title>${title}</title>`), lines }).toEqual({
      status,
      titled: true,
      lines: [line],
    });
  });

  test('an unknown host gets the no-such-app page, and no log line', async () => {
    const { port, lines } = await openRouter(FAST);
    const response = await send(port, 'GET / HTTP/1.1\r\nHost: nobody.test\r\nConnection: close\r\n\r\n');
    expect(statusOf(response)).toBe(404);
    expect(response).toContain('<title>No such app</title>');
    expect(lines).toEqual([]);
  });

  test('a removed app answers its waiting requests with the no-such-app page', async () => {
    const { port, router, publish } = await openRouter();
    publish({ situation: 'booting' });
    const client = new Client(port).send(get());
    await eventually(() => client.socket.bytesWritten > 0);
    setTimeout(() => router.remove('shop-id'), 20);
    expect(statusOf(await client.untilClosed())).toBe(404);
  });

  test('a request that waits for a booting app is served as soon as a dyno is published', async () => {
    const { port, publish, lines } = await openRouter();
    publish({ situation: 'booting' });
    const client = new Client(port).send(get());
    const dyno = await cannedDyno(OK);
    setTimeout(() => publish({ dynos: [target(dyno.port)] }), 30);
    expect(statusOf(await client.untilClosed())).toBe(200);
    expect(steady(lines)).toEqual([
      `at=info ${common} dyno=web.1 connect=Nms service=Nms status=200 bytes=2 protocol=http`,
    ]);
  });
});

describe('what a dyno does wrong', () => {
  const atWeb1 = `${common} dyno=web.1 connect=Nms service=Nms`;

  test.each<{ name: string; dyno: (socket: Socket) => void; response: number; line: string }>([
    {
      name: 'H12 when it does not answer',
      dyno: () => {},
      response: 503,
      line: `at=error code=H12 desc="Request timeout" ${atWeb1} status=503 bytes=0 protocol=http`,
    },
    {
      name: 'H13 when it closes without a byte',
      dyno: (socket) => socket.on('data', () => socket.end()),
      response: 503,
      line: `at=error code=H13 desc="Connection closed without response" ${atWeb1} status=503 bytes=0 protocol=http`,
    },
    {
      name: 'H13 when it takes the request and dies',
      dyno: (socket) => socket.on('data', () => socket.resetAndDestroy()),
      response: 503,
      line: `at=error code=H13 desc="Connection closed without response" ${atWeb1} status=503 bytes=0 protocol=http`,
    },
    {
      name: 'H15 when its body stops',
      dyno: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
      response: 200,
      line: `at=error code=H15 desc="Idle connection" ${atWeb1} status=503 bytes=4 protocol=http`,
    },
    {
      name: 'H17 when it does not speak HTTP',
      dyno: (socket) => socket.write('220 mail.test ESMTP\r\n\r\n'),
      response: 503,
      line: `at=error code=H17 desc="Poorly formatted HTTP response" ${atWeb1} status=503 bytes=0 protocol=http`,
    },
    {
      name: 'H17 when its first chunk is none',
      dyno: (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello'),
      response: 503,
      line: `at=error code=H17 desc="Poorly formatted HTTP response" ${atWeb1} status=503 bytes=0 protocol=http`,
    },
    {
      name: 'H17 when it switches protocols unasked',
      dyno: (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'),
      response: 503,
      line: `at=error code=H17 desc="Poorly formatted HTTP response" ${atWeb1} status=503 bytes=0 protocol=http`,
    },
    {
      name: 'H18 when it dies in the middle of a body',
      dyno: (socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')),
      response: 200,
      line: `sock=backend at=error code=H18 desc="Server Request Interrupted" ${atWeb1} status=503 bytes=4 protocol=http`,
    },
    {
      name: 'H18 when it dies in the middle of a head',
      dyno: (socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-')),
      response: 503,
      line: `sock=backend at=error code=H18 desc="Server Request Interrupted" ${atWeb1} status=503 bytes=0 protocol=http`,
    },
    {
      name: 'H25 for a length that is no number',
      dyno: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n'),
      response: 502,
      line: `at=error code=H25 desc="HTTP restriction: invalid content length" ${atWeb1} status=502 bytes=0 protocol=http`,
    },
    {
      name: 'H25 for a cookie beyond 8192 bytes',
      dyno: (socket) => socket.write(`HTTP/1.1 200 OK\r\nSet-Cookie: ${'c'.repeat(8193)}\r\nContent-Length: 0\r\n\r\n`),
      response: 502,
      line: `at=error code=H25 desc="HTTP restriction: oversized cookie" ${atWeb1} status=502 bytes=0 protocol=http`,
    },
    {
      name: 'H25 for a header line beyond 512 KB',
      dyno: (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(512 * 1024)}\r\n\r\n`),
      response: 502,
      line: `at=error code=H25 desc="HTTP restriction: oversized header" ${atWeb1} status=502 bytes=0 protocol=http`,
    },
    {
      name: 'H25 for a status line beyond 8192 bytes, even one that never ends',
      dyno: (socket) => socket.write(`HTTP/1.1 200 ${'O'.repeat(9000)}`),
      response: 502,
      line: `at=error code=H25 desc="HTTP restriction: oversized status line" ${atWeb1} status=502 bytes=0 protocol=http`,
    },
  ])('$name', async ({ dyno, response, line }) => {
    const { port, lines, publish } = await openRouter(FAST);
    const { port: dynoPort } = await rawDyno(dyno);
    publish({ dynos: [target(dynoPort)] });
    expect(statusOf(await send(port, get()))).toBe(response);
    expect(steady(lines)).toEqual([line]);
  });

  test('H21 when it refuses', async () => {
    const { port, lines, publish } = await openRouter(FAST);
    publish({ dynos: [target(await freePort())] });
    expect(statusOf(await send(port, get()))).toBe(503);
    expect(steady(lines)).toEqual([
      `at=error code=H21 desc="Backend connection refused" ${common} dyno=web.1 connect=Nms service= status=503 bytes= protocol=http`,
    ]);
  });

  test('H19 when it does not take the connection', async () => {
    const { port, lines, publish } = await openRouter(FAST);
    publish({ dynos: [target(await unresponsivePort())] });
    expect(statusOf(await send(port, get()))).toBe(503);
    expect(steady(lines)).toEqual([
      `at=error code=H19 desc="Backend connection timeout" ${common} dyno=web.1 connect=Nms service= status=503 bytes= protocol=http`,
    ]);
  });

  test('H34 when every dyno stays in quarantine', async () => {
    const { port, lines, publish } = await openRouter({ ...FAST, quarantineMs: 5_000 });
    publish({ dynos: [target(await freePort())] });
    await send(port, get());
    expect(statusOf(await send(port, get()))).toBe(503);
    expect(steady(lines)[1]).toBe(
      `at=error code=H34 desc="All up dynos are quarantined" ${common} ${unserved} status=503 bytes= protocol=http`,
    );
  });

  test('a dyno that refuses costs no request while another one serves, and is asked again after its quarantine', async () => {
    const { port, lines, publish } = await openRouter(FAST);
    const good = await cannedDyno(OK);
    const late = await freePort();
    publish({ dynos: [target(late, 'web.1'), target(good.port, 'web.2')] });
    for (let count = 0; count < 20; count += 1) expect(statusOf(await send(port, get()))).toBe(200);
    expect(lines.every((line) => line.includes('dyno=web.2'))).toBe(true);
    const { server } = await rawDyno((socket) => socket.on('data', () => socket.write(OK)));
    server.close();
    server.listen(late, '127.0.0.1');
    await eventually(() => {
      new Client(port).send(get());
      return lines.some((line) => line.includes('dyno=web.1'));
    });
  });

  test('a request waits in the queue while all dynos are in quarantine', async () => {
    const { port, publish, lines } = await openRouter({ ...FAST, queueMs: 5_000 });
    const late = await freePort();
    publish({ dynos: [target(late)] });
    await send(port, get());
    const { server } = await rawDyno((socket) => socket.on('data', () => socket.write(OK)));
    server.close();
    server.listen(late, '127.0.0.1');
    expect(statusOf(await send(port, get()))).toBe(200);
    expect(lines[1]).toContain('at=info method=GET');
  });

  test('H11 beyond 200 requests in flight per dyno, at once', async () => {
    const { port, lines, publish } = await openRouter();
    const { port: dynoPort } = await rawDyno(() => {});
    publish({ dynos: [target(dynoPort)] });
    const clients = Array.from({ length: 200 }, () => new Client(port).send(get()));
    await eventually(() => clients.every((client) => client.socket.bytesWritten > 0));
    expect(statusOf(await send(port, get()))).toBe(503);
    expect(lines).toEqual([
      `at=error code=H11 desc="Backlog too deep" ${common} ${unserved} status=503 bytes= protocol=http`,
    ]);
  });
});

describe('what a client does wrong', () => {
  test('H27 when it leaves', async () => {
    const { port, lines, publish } = await openRouter();
    const { port: dynoPort, sockets } = await rawDyno(() => {});
    publish({ dynos: [target(dynoPort)] });
    const client = new Client(port).send(get());
    await eventually(() => sockets.size === 1);
    client.socket.destroy();
    await eventually(() => lines.length === 1 && sockets.size === 0);
    expect(steady(lines)).toEqual([
      `sock=client at=warning code=H27 desc="Client Request Interrupted" ${common} dyno=web.1 connect=Nms service=Nms status=499 bytes=0 protocol=http`,
    ]);
  });

  test('H28 when its body stops', async () => {
    const { port, lines, publish } = await openRouter(FAST);
    const { port: dynoPort } = await rawDyno(() => {});
    publish({ dynos: [target(dynoPort)] });
    const post = 'POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 9\r\n\r\nhalf';
    expect(await send(port, post)).toBe('');
    expect(lines[0]).toContain('at=warning code=H28 desc="Client Connection Idle" method=POST');
    expect(lines[0]).toContain('status=499 bytes=0');
  });

  test.each([
    {
      name: 'H26 for an Expect that nobody knows',
      bytes: get('/', 'Expect: a-miracle\r\n'),
      status: 417,
      line: `at=error code=H26 desc="Request Error" cause="unsupported expect header value" ${common} ${unserved} status=417 bytes= protocol=http`,
    },
    {
      name: 'H26 for a bad header',
      bytes: get('/', 'X : 1\r\n'),
      status: 400,
      line: `at=error code=H26 desc="Request Error" cause="bad header" ${common} ${unserved} status=400 bytes= protocol=http`,
    },
    {
      name: 'H26 for a bad chunk',
      bytes: get('/', 'Transfer-Encoding: chunked\r\n').concat('zz\r\n'),
      status: 400,
      line: `at=error code=H26 desc="Request Error" cause="bad chunk" ${common} ${unserved} status=400 bytes= protocol=http`,
    },
  ])('$name', async ({ bytes, status, line }) => {
    const { port, lines, publish } = await openRouter(FAST);
    const dyno = await cannedDyno(OK);
    publish({ dynos: [target(dyno.port)] });
    expect(statusOf(await send(port, bytes))).toBe(status);
    expect(steady(lines)).toEqual([line]);
    expect(dyno.received).toEqual([]);
  });

  test('a bad chunk later on ends the request at the dyno too', async () => {
    const { port, lines, publish } = await openRouter();
    const { port: dynoPort, sockets } = await rawDyno(() => {});
    publish({ dynos: [target(dynoPort)] });
    const client = new Client(port).send(get('/', 'Transfer-Encoding: chunked\r\n').concat('3\r\nabc\r\n'));
    await eventually(() => sockets.size === 1);
    expect(statusOf(await client.send('3 \r\nabc\r\n').untilClosed())).toBe(400);
    await eventually(() => sockets.size === 0);
    expect(lines[0]).toContain('code=H26 desc="Request Error" cause="bad chunk"');
  });

  test('a connection without a request, and one with half a head, are closed', async () => {
    const { port, lines } = await openRouter(FAST);
    expect(await Promise.all([send(port, ''), send(port, 'GET / HTTP/1.1\r\nHost: sh')])).toEqual(['', '']);
    expect(lines).toEqual([]);
  });

  test('H24 when the router stops before the response', async () => {
    const { port, lines, publish, router } = await openRouter();
    const { port: dynoPort, sockets } = await rawDyno(() => {});
    publish({ dynos: [target(dynoPort)] });
    const client = new Client(port).send(get());
    await eventually(() => sockets.size === 1);
    await router.close(30);
    expect(await client.untilClosed()).toBe('');
    expect(steady(lines)).toEqual([
      `at=error code=H24 desc="Forced close" ${common} dyno=web.1 connect=Nms service=Nms status= bytes=0 protocol=http`,
    ]);
  });
});
