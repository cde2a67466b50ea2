import type { AppRoutes } from '../../../core/records/app-routes.ts';
import { GET, lines, POST, WEBSOCKET, type World, world } from './exchange-world.ts';

const OK = lines('HTTP/1.1 200 OK', 'Content-Length: 2');
const SWITCHED = lines('HTTP/1.1 101 Go', 'Connection: upgrade', 'Upgrade: websocket');
const ERROR_PAGE = 'page 503 Application error';
const asleep: Partial<AppRoutes> = { situation: 'asleep', dynos: [], sleeps: true };
const body = (text: string) => Buffer.from(text);

test('the log tells how long the connection took, and the dyno from then on', () => {
  const w = world();
  w.exchange.dispatch();
  w.time.ms += 7;
  w.exchange.onConnected();
  w.time.ms += 30;
  w.data(`${OK}o`);
  w.time.ms += 5;
  w.data('k');
  expect(w.log).toEqual(['at=info dyno=web.1 connect=7ms service=35ms status=200 bytes=2 protocol=http']);
});

describe('a connection that fails', () => {
  test('refused: the dyno is left alone for a while, and the answer tells of it', () => {
    const w = world();
    w.exchange.dispatch();
    w.time.ms += 3;
    w.exchange.onConnectFailed('refused');
    expect(w.log).toEqual([
      'at=error code=H21 desc="Backend connection refused" dyno=web.1 connect=3ms service= status=503 bytes= protocol=http',
    ]);
    expect(w.client.told).toEqual([`${ERROR_PAGE} stays`]);
    expect(w.app.dynos[0]?.quarantinedUntilMs).toBe(w.time.ms + w.context.timeouts.quarantineMs);
  });

  test('for want of ports of the router’s own: no dyno is to blame', () => {
    const w = world();
    w.exchange.dispatch();
    w.exchange.onConnectFailed('router');
    expect(w.log).toEqual([
      'at=error code=H99 desc="Platform error" dyno=web.1 connect=0ms service= status=503 bytes= protocol=http',
    ]);
    expect(w.app.dynos[0]?.quarantinedUntilMs).toBe(0);
  });

  test('the next dyno is asked, with the time of its own connection', () => {
    const dynos = ['web.1', 'web.2'].map((name, at) => ({ dynoId: name, name, host: '127.0.0.1', port: at + 1 }));
    const w = world(GET, { dynos });
    w.exchange.dispatch();
    w.time.ms += 3;
    w.exchange.onConnectFailed('refused');
    w.time.ms += 4;
    w.exchange.onConnected();
    w.data(`${OK}ok`);
    expect(w.log).toEqual(['at=info dyno=web.2 connect=4ms service=0ms status=200 bytes=2 protocol=http']);
  });

  test('a dyno in quarantine is asked again when that may have ended', () => {
    const w = world();
    const [dyno] = w.app.dynos;
    if (dyno === undefined) throw new Error('no dyno');
    dyno.quarantinedUntilMs = w.time.ms + 250;
    w.exchange.dispatch();
    w.pass(99);
    expect([w.app.waiting.size, w.connections.length]).toEqual([1, 0]);
    w.pass(1);
    expect(w.app.waiting.size).toBe(1);
    w.pass(199);
    expect(w.connections).toHaveLength(0);
    w.pass(1);
    expect([w.app.waiting.size, w.connections.length]).toEqual([0, 1]);
  });
});

test('a fault of the router costs one request, and the operator hears of it', () => {
  const w = world();
  w.connected();
  const fault = new Error('a bug');
  w.client.write = () => {
    throw fault;
  };
  w.data(`${OK}ok`);
  expect(w.problems).toEqual([fault]);
  expect(w.log[0]).toContain('at=error code=H99 desc="Platform error" dyno=web.1 connect=0ms service=0ms status=503');
  expect(w.connection().told.at(-1)).toBe('(destroy)');
});

type Answered = readonly [name: string, request: string, routes: Partial<AppRoutes>, page: string];

test.each<Answered>([
  ['maintenance', GET, { maintenance: true }, 'page 503 Offline for Maintenance stays'],
  ['a blank app', GET, { situation: 'blank' }, 'page 502 Welcome to your new app! stays'],
  ['a HEAD', GET.replace('GET', 'HEAD'), { situation: 'crashed' }, `${ERROR_PAGE} head stays`],
  ['a body that is not read', POST, { situation: 'crashed' }, ERROR_PAGE],
  [
    'a client that closes',
    lines('GET / HTTP/1.1', 'Host: shop.test', 'Connection: close'),
    { situation: 'crashed' },
    ERROR_PAGE,
  ],
  [
    'an expectation that nobody knows, whatever the app does',
    lines('GET / HTTP/1.1', 'Host: shop.test', 'Expect: x'),
    { maintenance: true },
    'page 417 Expectation failed stays',
  ],
])('the page for %s', (_name, request, routes, page) => {
  const w = world(request, routes);
  w.exchange.dispatch();
  expect(w.client.told).toEqual([page]);
  expect([w.connections.length, w.app.inFlight, w.log.length]).toEqual([0, 0, 1]);
});

test('an app that is removed while requests wait: they hear that there is none, and no log does', () => {
  const w = world(GET, { situation: 'booting', dynos: [] });
  w.exchange.dispatch();
  expect([w.app.inFlight, w.app.waiting.size]).toEqual([1, 1]);
  w.context.table.remove('shop-id');
  expect([w.client.told, w.log]).toEqual([['page 404 No such app stays'], []]);
  expect([w.app.inFlight, w.app.waiting.size]).toEqual([0, 0]);
});

test('a full app refuses, and counts only what it has taken', () => {
  const w = world();
  w.app.inFlight = 199;
  w.exchange.dispatch();
  expect(w.app.inFlight).toBe(200);
  w.begin().dispatch();
  expect(w.client.told).toEqual([`${ERROR_PAGE} stays`]);
  expect(w.log[0]).toContain('code=H11');
  expect(w.app.inFlight).toBe(200);
  w.exchange.onClientGone();
  expect(w.app.inFlight).toBe(199);
});

describe('an app that may sleep', () => {
  test('is woken by a request, which counts once however often it looks for a dyno', () => {
    const w = world(GET, asleep);
    w.exchange.dispatch();
    expect(w.traffic).toEqual(['request shop-id', 'wake shop-id']);
    w.publish({ ...asleep, version: 2, situation: 'booting' });
    expect(w.traffic).toEqual(['request shop-id', 'wake shop-id']);
    expect(w.app.inFlight).toBe(1);
  });

  test('another one is not, and nobody is told of its requests', () => {
    const w = world(GET, { situation: 'booting', dynos: [] });
    w.exchange.dispatch();
    expect(w.traffic).toEqual([]);
  });
});

describe('a tunnel', () => {
  const tunnel = () => {
    const w = world(WEBSOCKET);
    w.connected();
    w.data(`${SWITCHED}hi`);
    return w;
  };
  const LINE = 'at=info dyno=web.1 connect=0ms service=0ms status=101 bytes=2 protocol=http';

  test('carries both ways what nobody reads', () => {
    const w = tunnel();
    w.exchange.onTunnelData(body('up'));
    w.data('HTTP/1.1 500 down');
    expect(w.client.told.slice(1)).toEqual(['hi', '(tunnel)', 'HTTP/1.1 500 down']);
    expect(w.connection().told.at(-1)).toBe('up');
    expect(w.log).toEqual([]);
  });

  test('waits for the side that reads slowly', () => {
    const w = tunnel();
    w.exchange.onTunnelData(body('up'));
    expect(w.client.isBlocked).toBe(false);
    w.connection().takes = false;
    w.exchange.onTunnelData(body('up'));
    expect(w.client.isBlocked).toBe(true);
    w.client.takes = false;
    w.data('down');
    expect(w.connection().told.at(-1)).toBe('(pause)');
  });

  test('ends in order when the client leaves: what is on its way to the dyno arrives', () => {
    const w = tunnel();
    w.exchange.onClientGone();
    expect([w.log, w.client.told.at(-1)]).toEqual([[LINE], '(end)']);
    expect([w.connection().told.at(-1), w.connection().user]).toEqual(['(end)', undefined]);
  });

  test.each([true, false])('ends when the dyno closes, reset: %s', (broken) => {
    const w = tunnel();
    w.exchange.onDynoClosed(broken);
    expect([w.log, w.client.told.at(-1), w.app.inFlight]).toEqual([[LINE], '(end)', 0]);
  });
});

type Failure = readonly [name: string, fail: (w: World) => void, line: string, client: string];

test.each<Failure>([
  [
    'a bad chunk of the client',
    (w) => w.exchange.failBadChunk(),
    'code=H26 desc="Request Error" cause="bad chunk"',
    'page 400 Bad request',
  ],
  ['a client that leaves', (w) => w.exchange.onClientGone(), 'code=H27', '(end)'],
  ['a dyno that talks of something else', (w) => w.data('SSH-2.0\r\n\r\n'), 'code=H17', ERROR_PAGE],
  [
    'a cookie that is too large',
    (w) => w.data(lines('HTTP/1.1 200 OK', `Set-Cookie: ${'c'.repeat(9_000)}`)),
    'code=H25',
    'page 502 Application error',
  ],
  [
    'a chunk that is none, behind a good one',
    (w) => {
      w.data(`${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}1\r\na\r\n`);
      w.data('x');
    },
    'code=H17',
    '(end)',
  ],
])('%s is told once, whatever comes after', (_name, fail, line, client) => {
  const w = world(POST);
  w.connected();
  fail(w);
  expect(w.log).toHaveLength(1);
  expect(w.log[0]).toContain(line);
  expect([w.client.told.at(-1), w.connection().told.at(-1)]).toEqual([client, '(destroy)']);
  w.exchange.onClientGone();
  w.exchange.failBadChunk();
  expect([w.log.length, w.client.told.at(-1)]).toEqual([1, client]);
});
