import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { ClientConnection } from '../../../services/router/client-connection.ts';
import { HEROKU_TIMEOUTS } from '../../../services/router/timeouts.ts';
import { GET, lines, POST, world } from './exchange-world.ts';

const { clientIdleMs, idleMs, lingerMs } = HEROKU_TIMEOUTS;
const BOOTING = { situation: 'booting', dynos: [] } as const;
const NO_WEB = { situation: 'no-web' } as const;
const LINE_END = 'fwd="192.0.2.1" dyno= connect= service= status=400 bytes= protocol=http';

/** A socket whose other end the test plays; records every call in order. */
class FakeSocket extends EventEmitter {
  readonly told: string[] = [];
  remoteAddress: string | undefined = '192.0.2.1';
  writableNeedDrain = false;
  writableLength = 0;

  write(piece: string | Buffer, encoding?: BufferEncoding): boolean {
    // The bytes, one letter each.
    this.told.push(Buffer.from(piece as string, encoding).toString('latin1'));
    return !this.writableNeedDrain;
  }
  cork = () => this.told.push('(cork)');
  uncork = () => this.told.push('(uncork)');
  pause = () => this.told.push('(pause)');
  resume = () => this.told.push('(resume)');
  end = () => this.told.push('(end)');
  destroy = () => this.told.push('(destroy)');
  destroySoon = () => this.told.push('(end soon)');
  resetAndDestroy = () => this.told.push('(reset)');
}

function connect(routes: Parameters<typeof world>[1] = BOOTING, { address = '192.0.2.1', draining = false } = {}) {
  const { context, time, problems, publish, app } = world(GET, routes, draining);
  const log: { appId: string; atMs: number; line: string }[] = [];
  const socket = new FakeSocket();
  socket.remoteAddress = address;
  const gone: ClientConnection[] = [];
  const shared = {
    ...context,
    log: (line: (typeof log)[number]) => log.push(line),
    trustedProxies: (peer: string) => peer === '10.0.0.1',
  };
  const transport = new FakeSocket();
  const entry = { protocol: 'http' as const, port: 80, transport: transport as unknown as Socket };
  const client = new ClientConnection(socket as unknown as Socket, entry, shared, (each) => gone.push(each));
  return {
    ...{ client, socket, transport, log, gone, context: shared, problems, publish, app, time },
    data: (text: string) => socket.emit('data', Buffer.from(text, 'latin1')),
    /** Each answer's status, connection header, and whether it has a body. */
    answers: () =>
      socket.told
        .filter((each) => each.startsWith('HTTP/'))
        .map((each) => `${each.slice(9, 12)} ${/Connection: (.*)\r/.exec(each)?.[1]} ${each.includes('<html>')}`),
    pass(ms: number) {
      time.ms += ms;
      client.tick(time.ms);
    },
  };
}

test.each([
  { address: '192.0.2.1', shown: '192.0.2.1', trusted: false },
  { address: '::ffff:10.0.0.1', shown: '10.0.0.1', trusted: true },
  { address: '2001:db8::ffff:1', shown: '2001:db8::ffff:1', trusted: false },
])('a client at $address', ({ address, shown, trusted }) => {
  const { client } = connect(BOOTING, { address });
  expect([client.address, client.trusted, client.protocol, client.port]).toEqual([shown, trusted, 'http', 80]);
});

describe('what is written', () => {
  const written = (head: string, piece?: string) => {
    const { client, socket } = connect();
    client.write(head, piece === undefined ? undefined : Buffer.from(piece, 'latin1'));
    return socket.told;
  };
  const SMALL = 'x'.repeat(8 * 1024);

  test.each([
    { name: 'a head', told: written('head'), is: ['head'] },
    { name: 'a head and nothing', told: written('head', ''), is: ['head'] },
    { name: 'a piece', told: written('', 'piece'), is: ['piece'] },
    { name: 'a head and a small piece', told: written('head', SMALL), is: [`head${SMALL}`] },
    {
      name: 'a head and a large one',
      told: written('head', `${SMALL}x`),
      is: ['(cork)', 'head', `${SMALL}x`, '(uncork)'],
    },
    { name: 'a head of bytes', told: written('h\xe9\xff'), is: ['h\xe9\xff'] },
    { name: 'bytes in both', told: written('h\xe9', 'p\xff'), is: ['h\xe9p\xff'] },
    {
      name: 'bytes in both, a large one',
      told: written('h\xe9', `${SMALL}\xff`),
      is: ['(cork)', 'h\xe9', `${SMALL}\xff`, '(uncork)'],
    },
  ])('$name: in one go', ({ told, is }) => {
    expect(told).toEqual(is);
  });

  test('tells whether the client takes more', () => {
    const { client, socket } = connect();
    const takes = () => [client.write('a'), client.write('', Buffer.from('a')), client.write('a', Buffer.alloc(9_000))];
    expect(takes()).toEqual([true, true, true]);
    socket.writableNeedDrain = true;
    expect(takes()).toEqual([false, false, false]);
  });
});

describe('a bad request', () => {
  test('of an app is in its log, and ends the connection', () => {
    const { data, log, answers, socket, time } = connect();
    data(`${GET.slice(0, -2)}A : b\r\n\r\n${GET}`);
    expect(answers()).toEqual(['400 close true']);
    expect(socket.told.at(-1)).toBe('(end)');
    const line = `at=error code=H26 desc="Request Error" cause="bad header" method=GET path="/" host=shop.test request_id=id ${LINE_END}`;
    expect(log).toEqual([{ appId: 'shop-id', atMs: 1_700_000_000_000 + time.ms, line }]);
    data(GET);
    expect(answers()).toHaveLength(1);
  });

  test('of nobody is in no log', () => {
    const { data, log, answers } = connect();
    data('nonsense\r\n\r\n');
    expect([answers(), log]).toEqual([['400 close true'], []]);
  });
});

describe('what the router answers itself', () => {
  const NOBODY = GET.replace('shop.test', 'nobody.test');

  test.each([
    { name: 'a host of no app', request: NOBODY, is: ['404 keep-alive true'] },
    { name: 'a HEAD', request: NOBODY.replace('GET', 'HEAD'), is: ['404 keep-alive false'] },
    { name: 'HTTP/1.0', request: NOBODY.replace('1.1', '1.0'), is: ['404 close true'] },
    { name: 'a body that is not read', request: POST.replace('shop.test', 'nobody.test'), is: ['404 close true'] },
    { name: 'an app without web dynos', request: GET, is: ['503 keep-alive true'] },
    {
      name: 'one after the other',
      request: GET + NOBODY + GET,
      is: ['503 keep-alive true', '404 keep-alive true', '503 keep-alive true'],
    },
    { name: 'the whole body with it', request: `${POST}123456789`, is: ['503 keep-alive true'] },
  ])('$name', ({ request, is }) => {
    const { data, answers, socket } = connect(NO_WEB);
    data(request);
    expect(answers()).toEqual(is);
    expect(socket.told.includes('(end)')).toBe(is[0]?.includes('close'));
  });

  test('is the last answer of a connection when the router stops', () => {
    const { data, answers, socket } = connect(NO_WEB, { draining: true });
    data(GET + GET);
    expect([answers(), socket.told.at(-1)]).toEqual([['503 close true'], '(end)']);
  });

  test('waits for a client that does not read', () => {
    const { data, answers, socket } = connect(NO_WEB);
    socket.writableNeedDrain = true;
    data(GET);
    expect(answers()).toEqual([]);
    socket.writableNeedDrain = false;
    socket.emit('drain');
    expect(answers()).toEqual(['503 keep-alive true']);
  });
});

test('what a client sends ahead is kept up to 64 KiB; then it is not read from until its turn comes', () => {
  const { data, socket, publish, answers } = connect();
  data(GET);
  data(GET.padEnd(64 * 1024, '\0'));
  expect(socket.told).toEqual([]);
  data('x');
  expect(socket.told).toEqual(['(pause)']);
  publish({ ...NO_WEB, version: 2 });
  expect(answers()).toEqual(['503 keep-alive true', '503 keep-alive true', '400 close true']);
  expect(socket.told).toContain('(resume)');
});

describe('patience', () => {
  test('a connection without a request is closed in order, and for good when the client does not leave', () => {
    const { pass, socket } = connect();
    pass(clientIdleMs - 1);
    expect(socket.told).toEqual([]);
    pass(1);
    expect(socket.told).toEqual(['(end)']);
    pass(lingerMs - 1);
    expect(socket.told).toEqual(['(end)']);
    pass(1);
    expect(socket.told).toEqual(['(end)', '(destroy)']);
  });

  test('an answer that is not read yet has the time of any body', () => {
    const { pass, socket } = connect();
    pass(clientIdleMs);
    socket.writableLength = 1;
    pass(idleMs - 1);
    expect(socket.told).toEqual(['(end)']);
    pass(1);
    expect(socket.told).toEqual(['(end)', '(destroy)']);
  });

  test('a head has its time from its first byte, however many follow', () => {
    const { pass, socket, data } = connect();
    pass(clientIdleMs - 1);
    data('GET');
    pass(clientIdleMs - 1);
    data(' /');
    expect(socket.told).toEqual([]);
    pass(1);
    expect(socket.told).toEqual(['(end)']);
  });

  test('the next request has its time from the answer before it', () => {
    const { pass, socket, data, publish } = connect();
    data(GET);
    pass(clientIdleMs - 1);
    publish({ ...NO_WEB, version: 2 });
    pass(clientIdleMs - 1);
    expect(socket.told).not.toContain('(end)');
    pass(1);
    expect(socket.told.at(-1)).toBe('(end)');
  });

  test('a request under way has its own', () => {
    const { pass, socket, data } = connect();
    data(GET);
    pass(clientIdleMs);
    expect(socket.told).toEqual([]);
  });
});

describe('a router that stops', () => {
  const stopping = { draining: true };

  test('ends a connection that waits for its next request', () => {
    const { client, socket, time } = connect(BOOTING, stopping);
    time.ms += 1_000;
    client.drain();
    expect(socket.told).toEqual(['(end)']);
  });

  test('ends a connection once', () => {
    const { client, socket, time } = connect(BOOTING, stopping);
    time.ms += 1_000;
    client.drain();
    client.drain();
    expect(socket.told).toEqual(['(end)']);
  });

  test('ends a new connection only when its request does not come: it may be on the way', () => {
    const { client, socket, pass } = connect(BOOTING, stopping);
    client.drain();
    pass(999);
    expect(socket.told).toEqual([]);
    pass(1);
    expect(socket.told).toEqual(['(end)']);
  });

  test('answers the first request of a new connection, and then ends it', () => {
    const { client, socket, data, answers } = connect(NO_WEB, stopping);
    client.drain();
    data(GET);
    expect(answers()).toEqual(['503 close true']);
    expect(socket.told.at(-1)).toBe('(end)');
  });

  test('leaves a request under way alone, until its grace is over', () => {
    const { client, socket, data, log } = connect();
    data(GET);
    client.drain();
    expect(socket.told).toEqual([]);
    client.forceClose();
    expect(log[0]?.line).toContain('at=error code=H24 desc="Forced close"');
    expect(socket.told.at(-1)).toBe('(destroy)');
  });
});

test.each(['end', 'close'])('a client that leaves (%s) is told of once', (event) => {
  const { socket, data, log, gone, client } = connect();
  data(GET);
  socket.emit(event);
  socket.emit('close');
  expect(log.map(({ line }) => line.slice(0, 31))).toEqual(['sock=client at=warning code=H27']);
  expect(gone).toContain(client);
});

test('a client that ends its side while its request waits has left', () => {
  const { socket, data, log } = connect();
  data(GET);
  socket.emit('end');
  expect(log.map(({ line }) => line.slice(0, 31))).toEqual(['sock=client at=warning code=H27']);
});

test('whoever comes without an address, to a router that trusts nobody, is a client like any other', () => {
  const { context, time } = world(GET, BOOTING);
  const socket = new FakeSocket();
  socket.remoteAddress = undefined;
  const entry = { protocol: 'https' as const, port: 443, transport: socket as unknown as Socket };
  const { address, trusted, lastByteMs } = new ClientConnection(socket as unknown as Socket, entry, context, () => {});
  expect([address, trusted, lastByteMs]).toEqual(['', false, time.ms]);
});

test('what comes on a connection that is being closed is neither kept nor counted', () => {
  const { client, socket, data, time } = connect(BOOTING, { draining: true });
  time.ms += 1_000;
  client.drain();
  data('x'.repeat(70_000));
  expect(socket.told).toEqual(['(end)']);
});

test('a response that breaks off ends as the client can see: in order, or by a reset of what carries it', () => {
  const inOrder = connect();
  inOrder.client.abort(true);
  expect([inOrder.socket.told, inOrder.transport.told]).toEqual([['(end soon)'], []]);
  const reset = connect();
  reset.client.abort(false);
  expect([reset.socket.told, reset.transport.told]).toEqual([[], ['(reset)']]);
});

test('a client is read from no more while its dyno takes nothing, and again when it does', () => {
  const { client, socket } = connect();
  client.block();
  client.block();
  expect([client.isBlocked, socket.told]).toEqual([true, ['(pause)']]);
  client.unblock();
  client.unblock();
  expect([client.isBlocked, socket.told]).toEqual([false, ['(pause)', '(resume)']]);
});

test('a fault of the router costs this request, and the operator hears of it', () => {
  const { data, socket, problems, log, app, pass } = connect();
  data(GET);
  const fault = new Error('a bug');
  const remove = app.waiting.delete;
  app.waiting.delete = () => {
    app.waiting.delete = remove;
    throw fault;
  };
  pass(HEROKU_TIMEOUTS.queueMs);
  expect(problems).toEqual([fault]);
  expect(log.map(({ line }) => line.slice(0, 17))).toEqual(['at=error code=H20']);
  expect(socket.told).toEqual(['(destroy)']);
});

test('an answer that came before its request was read ends the connection: what follows could be taken for a request', () => {
  const { client, data, socket } = connect();
  data(POST);
  client.exchangeDone(true);
  expect(socket.told).toEqual(['(end)']);
});

test('lines of a head may come one by one', () => {
  const { data, answers } = connect(NO_WEB);
  for (const line of lines('GET / HTTP/1.1', 'Host: shop.test').split(/(?<=\n)/)) data(line);
  expect(answers()).toEqual(['503 keep-alive true']);
});
