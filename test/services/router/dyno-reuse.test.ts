import type { Socket } from 'node:net';
import { Client, closeAll, eventually, get, openRouter, rawDyno, send, statusOf, target } from './harness.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const request = (method: string, more = '', body = ''): string =>
  `${method} / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n${more}\r\n${body}`;
const POST = request('POST', 'Content-Length: 2\r\n', 'hi');
const answer = (more: string, body = 'ok') => `HTTP/1.1 200 OK\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

/** Sends one of these answers per head; records on which connection each head arrived. */
async function scriptedDyno(answers: readonly string[]) {
  const heads: { readonly connection: number; readonly method: string }[] = [];
  const left = [...answers];
  let connections = 0;
  const dyno = await rawDyno((socket: Socket) => {
    connections += 1;
    const connection = connections;
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (!text.includes(' HTTP/1.1\r\n')) return;
      heads.push({ connection, method: text.split(' ')[0] ?? '' });
      socket.write(left.shift() ?? OK);
    });
  });
  return { ...dyno, heads };
}

async function openAt(answers: readonly string[]) {
  let nowMs = 1_000_000;
  const opened = await openRouter({}, undefined, [], { monotonicMs: () => nowMs });
  const dyno = await scriptedDyno(answers);
  const table = () => opened.publish({ dynos: [target(dyno.port)] });
  table();
  return { ...opened, dyno, table, pass: (ms: number) => (nowMs += ms) };
}

interface Example {
  readonly name: string;
  readonly first?: string;
  readonly answer?: string;
  readonly afterMs?: number;
  readonly second?: string;
}

/** One request, some time, another request by another client. */
async function connectionsOf({ first = get(), answer: given = OK, afterMs = 0, second = get() }: Example) {
  const { port, dyno, pass } = await openAt([given]);
  await send(port, first);
  pass(afterMs);
  expect(statusOf(await send(port, second))).toBe(200);
  return dyno.heads.map(({ connection }) => connection);
}

describe('the connection to a dyno carries the next request', () => {
  test.each<Example>([
    { name: 'at once' },
    { name: 'until the 90 seconds are over', afterMs: 89_999 },
    { name: 'with a body, within a second', afterMs: 999, second: POST },
    { name: 'after a request with a body that came whole', first: POST },
    {
      name: 'after a chunked body that came whole',
      first: request('POST', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    },
    {
      name: 'after a chunked answer',
      answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    },
    { name: 'after an answer without a body', answer: 'HTTP/1.1 204 No Content\r\n\r\n' },
    {
      name: 'after the answer to a HEAD',
      first: request('HEAD'),
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n',
    },
    { name: 'until a second before the dyno closes it', answer: answer('Keep-Alive: timeout=5\r\n'), afterMs: 3_999 },
    ...['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].map((method) => ({
      name: `later, when it is a ${method} without a body`,
      afterMs: 60_000,
      second: request(method),
    })),
  ])('$name', async (example) => {
    expect(await connectionsOf(example)).toEqual([1, 1]);
  });
});

describe('the next request gets a new connection to the dyno', () => {
  test.each<Example>([
    { name: 'after 90 seconds', afterMs: 90_000 },
    {
      name: 'after 90 seconds, whatever the dyno promises',
      answer: answer('Keep-Alive: timeout=600\r\n'),
      afterMs: 90_000,
    },
    {
      name: 'a second before the dyno closes the old one',
      answer: answer('Keep-Alive: timeout=5\r\n'),
      afterMs: 4_000,
    },
    {
      name: 'from the first second on, where the dyno closes after two',
      answer: answer('Keep-Alive: timeout=2\r\n'),
      afterMs: 1_000,
    },
    { name: 'at once, where the dyno closes after one second', answer: answer('Keep-Alive: timeout=1\r\n') },
    { name: 'when it has a body, after a second', afterMs: 1_000, second: POST },
    { name: 'when it is a PUT with a body, after a second', afterMs: 1_000, second: POST.replace('POST', 'PUT') },
    ...['POST', 'PATCH'].map((method) => ({
      name: `when it is a ${method} without a body, after a second`,
      afterMs: 1_000,
      second: request(method),
    })),
    { name: 'when the dyno said that it closes', answer: answer('Connection: close\r\n') },
    { name: 'when the dyno speaks HTTP/1.0', answer: OK.replace('1.1', '1.0') },
    { name: 'when more came than the answer', answer: `${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil` },
    { name: 'when more came than an answer without a body', answer: `HTTP/1.1 204 No Content\r\n\r\n${OK}` },
    {
      name: 'when the answer came before the end of the body',
      first: request('POST', 'Content-Length: 500\r\n', 'some'),
    },
    { name: 'when it came before the body', first: request('POST', 'Content-Length: 500\r\n') },
    {
      name: 'when it came in the middle of chunks',
      first: request('POST', 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n'),
    },
    { name: 'when the answer was no HTTP', answer: 'nonsense\r\n\r\n' },
    {
      name: 'when the answer had a broken chunk',
      answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    },
  ])('$name', async (example) => {
    expect(await connectionsOf(example)).toEqual([1, 2]);
  });

  test('and the old one is closed, when the answer came before the end of the body', async () => {
    const { port, dyno } = await openAt([OK]);
    await send(port, request('POST', 'Content-Length: 500\r\n', 'some'));
    await eventually(() => dyno.sockets.size === 0);
    expect(dyno.heads).toHaveLength(1);
  });

  test('when the client left before the end of the answer', async () => {
    const { port, dyno, lines } = await openAt(['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf']);
    const client = new Client(port).send(get());
    await client.until('half');
    client.socket.destroy();
    await eventually(() => lines.length === 1 && dyno.sockets.size === 0);
    await send(port, get());
    expect(dyno.heads.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  test('when the dyno left the table during the answer', async () => {
    const { port, dyno, table } = await openAt(['HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha']);
    const client = new Client(port).send(get());
    await client.until('ha');
    table();
    for (const socket of dyno.sockets) socket.write('lf');
    await client.untilClosed();
    await eventually(() => dyno.sockets.size === 0);
    await send(port, get());
    expect(dyno.heads.map(({ connection }) => connection)).toEqual([1, 2]);
  });
});

describe('a request that meets a connection which the dyno has just closed', () => {
  const withBody = (method: string) => request(method, 'Content-Length: 2\r\n', 'hi');
  test.each([
    ...['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].map((method) => ({
      name: `${method} without a body is sent again`,
      sent: request(method),
      status: 200,
    })),
    ...['POST', 'PATCH'].map((method) => ({
      name: `${method} without a body is not`,
      sent: request(method),
      status: 503,
    })),
    ...['POST', 'PUT', 'GET'].map((method) => ({
      name: `${method} whose body was sent is not`,
      sent: withBody(method),
      status: 503,
    })),
  ])('$name', async ({ sent, status }) => {
    const { port, publish, lines } = await openRouter();
    const heads: string[] = [];
    const dyno = await rawDyno((socket) => {
      const isFirst = heads.length === 0;
      let served = 0;
      socket.on('data', (chunk) => {
        served += 1;
        heads.push(chunk.toString('latin1').split(' ')[0] ?? '');
        if (isFirst && served > 1) socket.resetAndDestroy();
        else socket.write(heads.at(-1) === 'HEAD' ? OK.slice(0, -2) : OK);
      });
    });
    publish({ dynos: [target(dyno.port)] });
    await send(port, get());
    expect(statusOf(await send(port, sent))).toBe(status);
    expect(heads).toHaveLength(status === 200 ? 3 : 2);
    expect(lines[1]).toContain(status === 200 ? 'at=info method=' : 'code=H13');
  });
});
