import { HEROKU_TIMEOUTS } from '../../../services/router/timeouts.ts';
import { GET, lines, POST, WEBSOCKET, type World, world } from './exchange-world.ts';

const OK = lines('HTTP/1.1 200 OK', 'Content-Length: 2');
const HALF = lines('HTTP/1.1 200 OK', 'Content-Length: 9');
const CHUNKED = lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked');
const FOREVER = lines('HTTP/1.1 200 OK');
const SWITCHED = lines('HTTP/1.1 101 Go', 'Connection: upgrade', 'Upgrade: websocket');
const { queueMs, connectMs, firstByteMs, idleMs } = HEROKU_TIMEOUTS;
const ERROR_PAGE = 'page 503 Application error';
const body = (text: string) => Buffer.from(text);

interface Silence {
  readonly name: string;
  readonly begin: () => World;
  readonly afterMs: number;
  readonly line: string;
  /** The last thing that the client receives. */
  readonly last: string | undefined;
}

const answering = (text: string, request?: string) => {
  const w = world(request);
  w.connected();
  w.data(text);
  return w;
};

test.each<Silence>([
  {
    name: 'no dyno is up',
    begin: () => {
      const w = world(GET, { situation: 'booting', dynos: [] });
      w.exchange.dispatch();
      return w;
    },
    afterMs: queueMs,
    line: 'at=error code=H20 desc="App boot timeout" dyno= connect= service= status=503 bytes= protocol=http',
    last: `${ERROR_PAGE} stays`,
  },
  {
    name: 'a dyno does not take the connection',
    begin: () => {
      const w = world();
      w.exchange.dispatch();
      return w;
    },
    afterMs: connectMs,
    line: `at=error code=H19 desc="Backend connection timeout" dyno=web.1 connect=${connectMs}ms service= status=503 bytes= protocol=http`,
    last: `${ERROR_PAGE} stays`,
  },
  {
    name: 'a dyno does not answer',
    begin: () => {
      const w = world();
      w.connected();
      return w;
    },
    afterMs: firstByteMs,
    line: `at=error code=H12 desc="Request timeout" dyno=web.1 connect=0ms service=${firstByteMs}ms status=503 bytes=0 protocol=http`,
    last: `${ERROR_PAGE} stays`,
  },
  {
    name: 'a dyno takes no more of the body',
    begin: () => {
      const w = world(POST);
      w.connected();
      w.client.isBlocked = true;
      return w;
    },
    afterMs: firstByteMs,
    line: `at=error code=H12 desc="Request timeout" dyno=web.1 connect=0ms service=${firstByteMs}ms status=503 bytes=0 protocol=http`,
    last: ERROR_PAGE,
  },
  {
    name: 'a client does not send the rest of its body',
    begin: () => {
      const w = world(POST);
      w.connected();
      return w;
    },
    afterMs: idleMs,
    line: `at=warning code=H28 desc="Client Connection Idle" dyno=web.1 connect=0ms service=${idleMs}ms status=499 bytes=0 protocol=http`,
    last: '(end)',
  },
  {
    name: 'a response stops',
    begin: () => answering(`${HALF}half`),
    afterMs: idleMs,
    line: `at=error code=H15 desc="Idle connection" dyno=web.1 connect=0ms service=${idleMs}ms status=503 bytes=4 protocol=http`,
    last: '(end)',
  },
  {
    name: 'a response without a length stops',
    begin: () => answering(`${FOREVER}half`),
    afterMs: idleMs,
    line: `at=error code=H15 desc="Idle connection" dyno=web.1 connect=0ms service=${idleMs}ms status=503 bytes=4 protocol=http`,
    last: '(reset)',
  },
  {
    name: 'a client does not read',
    begin: () => {
      const w = world();
      w.connected();
      w.client.takes = false;
      w.data(`${HALF}half`);
      return w;
    },
    afterMs: idleMs,
    line: `at=warning code=H28 desc="Client Connection Idle" dyno=web.1 connect=0ms service=${idleMs}ms status=499 bytes=4 protocol=http`,
    last: '(end)',
  },
  {
    name: 'nobody says anything in a tunnel',
    begin: () => answering(SWITCHED, WEBSOCKET),
    afterMs: idleMs,
    line: `at=error code=H15 desc="Idle connection" dyno=web.1 connect=0ms service=${idleMs}ms status=503 bytes=0 protocol=http`,
    last: '(end)',
  },
])('when $name: $afterMs ms, and not one less', ({ begin, afterMs, line, last }) => {
  const w = begin();
  w.pass(afterMs - 1);
  expect(w.log).toEqual([]);
  w.pass(1);
  expect(w.log).toEqual([line]);
  expect(w.client.told.at(-1)).toBe(last);
  for (const connection of w.connections) expect(connection.told.at(-1)).toBe('(destroy)');
  expect([w.app.inFlight, w.app.waiting.size]).toEqual([0, 0]);
  w.pass(afterMs);
  expect(w.log).toHaveLength(1);
});

type Step = readonly [name: string, begin: () => World, step: (w: World) => void, limitMs: number];

test.each<Step>([
  ['more of a response', () => answering(`${HALF}ha`), (w) => w.data('lf'), idleMs],
  ['the end of the body', () => answering('', POST), (w) => w.exchange.onRequestComplete(), firstByteMs],
  [
    'a byte of the tunnel from the client',
    () => answering(SWITCHED, WEBSOCKET),
    (w) => w.exchange.onTunnelData(body('x')),
    idleMs,
  ],
  ['a byte of the tunnel from the dyno', () => answering(SWITCHED, WEBSOCKET), (w) => w.data('x'), idleMs],
  [
    'a client that was slow and reads again',
    () => {
      const w = world();
      w.connected();
      w.client.takes = false;
      w.data(`${HALF}ha`);
      return w;
    },
    (w) => w.exchange.onClientDrain(),
    idleMs,
  ],
  [
    'a dyno that was slow and takes more',
    () => {
      const w = world(POST);
      w.connected();
      w.client.isBlocked = true;
      return w;
    },
    (w) => {
      w.exchange.onDynoDrain();
      w.client.isBlocked = true;
    },
    firstByteMs,
  ],
  [
    'a piece of the body that it takes',
    () => {
      const w = world(POST);
      w.connected();
      return w;
    },
    (w) => {
      w.exchange.onRequestBody(body('x'));
      w.client.isBlocked = true;
    },
    firstByteMs,
  ],
])('%s: the silence begins anew', (_name, begin, step, limitMs) => {
  const w = begin();
  w.time.ms += limitMs - 1;
  step(w);
  w.pass(limitMs - 1);
  expect(w.log).toEqual([]);
  w.pass(1);
  expect(w.log).toHaveLength(1);
});

test('a client that sends its body byte by byte has time for each', () => {
  const w = world(POST);
  w.connected();
  w.time.ms += idleMs - 1;
  w.client.lastByteMs = w.time.ms;
  w.pass(idleMs - 1);
  expect(w.log).toEqual([]);
  w.pass(1);
  expect(w.log).toHaveLength(1);
});

describe('a connection that the dyno closes before it says anything', () => {
  /** The first request leaves its connection in the pool, the second one uses it. */
  const reused = (request: string) => {
    const w = world(request);
    const idle = w.begin();
    idle.dispatch();
    idle.onConnected();
    idle.onRequestComplete();
    idle.onDynoData(body(`${OK}ok`));
    w.log.length = 0;
    w.client.told.length = 0;
    w.exchange.dispatch();
    return w;
  };
  const plain = (method: string) => lines(`${method} / HTTP/1.1`, 'Host: shop.test');

  test.each(['GET', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])('%s is sent again on a new one', (method) => {
    const w = reused(plain(method));
    expect(w.connections).toHaveLength(1);
    w.exchange.onDynoClosed(true);
    expect([w.connections.length, w.log]).toEqual([2, []]);
    w.exchange.onConnected();
    w.data(`${OK}ok`);
    expect(w.log).toEqual(['at=info dyno=web.1 connect=0ms service=0ms status=200 bytes=2 protocol=http']);
  });

  test.each(['POST', 'PATCH', 'get'])('%s is not: the dyno may have acted on it', (method) => {
    const w = reused(plain(method));
    w.exchange.onDynoClosed(false);
    expect([w.connections.length, w.client.told]).toEqual([1, [`${ERROR_PAGE} stays`]]);
    expect(w.log[0]).toContain('code=H13');
  });

  test('a request whose body is still to come is sent again', () => {
    const w = reused(POST);
    w.exchange.onDynoClosed(true);
    expect([w.connections.length, w.log]).toEqual([2, []]);
  });

  test('one whose body has begun is not', () => {
    const w = reused(POST);
    w.exchange.onRequestBody(body('x'));
    w.exchange.onDynoClosed(true);
    expect([w.connections.length, w.client.told]).toEqual([1, [ERROR_PAGE]]);
    expect(w.log[0]).toContain('code=H13');
  });

  test('one that has had an answer in part is not', () => {
    const w = reused(GET);
    w.data('HTTP/1.1 2');
    w.exchange.onDynoClosed(false);
    expect(w.connections).toHaveLength(1);
    expect(w.log[0]).toContain('sock=backend at=error code=H18');
  });

  test('on a connection of its own none is, unless the dyno is on its way out', () => {
    const own = world();
    own.connected();
    own.exchange.onDynoClosed(true);
    expect([own.connections.length, own.log[0]?.slice(0, 17)]).toEqual([1, 'at=error code=H13']);
    const leaving = world();
    leaving.connected();
    leaving.publish({ version: 2, dynos: [{ dynoId: 'e', name: 'web.1', host: '127.0.0.1', port: 2 }] });
    leaving.fakeAll();
    leaving.exchange.onDynoClosed(true);
    expect([leaving.connections.length, leaving.log]).toEqual([2, []]);
  });
});

type End = readonly [name: string, end: (w: World) => void, line: string, client: string, connection: string];

describe('a response is over', () => {
  test.each<End>([
    ['with its last byte', (w) => w.data('ok'), 'status=200 bytes=2', '(stays)', 'kept'],
    ['with more than was announced', (w) => w.data('ok!'), 'status=200 bytes=2', '(stays)', 'destroyed'],
    ['when the dyno closes', (w) => w.exchange.onDynoClosed(false), 'code=H18', '(end)', 'gone'],
    ['when the client leaves', (w) => w.exchange.onClientGone(), 'code=H27', '(end)', 'destroyed'],
  ])('%s', (_name, end, line, client, connection) => {
    const w = answering(OK);
    end(w);
    expect(w.log).toHaveLength(1);
    expect(w.log[0]).toContain(line);
    expect(w.client.told.at(-1)).toBe(client);
    const { user, socket } = w.connection();
    if (connection === 'kept') expect([user, socket.destroyed]).toEqual([undefined, false]);
    else expect(socket.destroyed).toBe(connection === 'destroyed');
    expect(w.app.inFlight).toBe(0);
  });

  test.each([
    {
      name: 'in order',
      broken: false,
      line: 'at=info dyno=web.1 connect=0ms service=0ms status=200 bytes=3',
      client: '(closes)',
    },
    { name: 'by a reset', broken: true, line: 'sock=backend at=error code=H18', client: '(reset)' },
  ])('without a length, when the dyno closes $name', ({ broken, line, client }) => {
    const w = answering(`${FOREVER}all`);
    w.exchange.onDynoClosed(broken);
    expect([w.log[0]?.startsWith(line), w.client.told.at(-1)]).toEqual([true, client]);
  });

  test.each([
    { name: 'before the body of the request', w: () => answering(`${OK}ok`, POST) },
    {
      name: 'and the dyno closes',
      w: () => answering(`${lines('HTTP/1.1 200 OK', 'Connection: close', 'Content-Length: 2')}ok`),
    },
  ])('$name: its connection is not used again', ({ w }) => {
    expect(w().connection().told.at(-1)).toBe('(destroy)');
  });

  test('a client’s connection goes on after it only where nothing speaks against that', () => {
    const stays = (request: string, draining = false) => {
      const w = world(request, {}, draining);
      w.connected();
      w.data(`${OK}ok`);
      return w.client.told.at(-1);
    };
    expect(stays(GET)).toBe('(stays)');
    expect(stays(GET, true)).toBe('(closes)');
    expect(stays(POST)).toBe('(closes)');
    expect(stays(lines('GET / HTTP/1.1', 'Host: shop.test', 'Connection: close'))).toBe('(closes)');
  });
});

test('a client that reads slowly is waited for, and the dyno with it', () => {
  const w = world();
  w.connected();
  w.client.takes = false;
  w.data(`${CHUNKED}3\r\nabc\r\n`);
  expect(w.connection().told.at(-1)).toBe('(pause)');
  w.exchange.onClientDrain();
  expect(w.connection().told.at(-1)).toBe('(resume)');
  w.exchange.onClientDrain();
  expect(w.connection().told.filter((each) => each === '(resume)')).toHaveLength(1);
});
