import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { type AttachableTask, attachToken } from '../../../core/dyno/attach-token.ts';
import { type AttachPort, createAttachPort } from '../../../services/rendezvous/attach-port.ts';
import { createRendezvous, RENDEZVOUS_PURPOSE } from '../../../services/rendezvous/rendezvous.ts';
import { createRendezvousUpgrade } from '../../../services/rendezvous/web-socket.ts';
import { until } from '../logs/until.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const signer = new HmacSigner(Buffer.alloc(32, 7));
const task: AttachableTask = { appId: 'shop', dynoId: 'dyno-1', attempt: 1 };
const token = (of = task, expiresAtMs = NOW + 60_000) => attachToken(signer, of, expiresAtMs);
const secret = signer.sign(RENDEZVOUS_PURPOSE, 'shop/dyno-1', NOW + 60_000);

let port: AttachPort;
let dynoPort: number;
let platform: Server;
let attached: AttachableTask[];
let left: AttachableTask[];
let open: { destroy?(): unknown; terminate?(): unknown }[] = [];

beforeEach(async () => {
  // Each test has its own: sockets of the previous one may close only now.
  const came: AttachableTask[] = [];
  const gone: AttachableTask[] = [];
  attached = came;
  left = gone;
  port = createAttachPort({
    signer,
    now: () => NOW,
    attached: (task) => came.push(task),
    left: (task) => gone.push(task),
  });
  dynoPort = await port.listen(0, '127.0.0.1');
  const rendezvous = createRendezvous({
    signer,
    now: () => NOW,
    attach: (appId, dynoId) => port.attach(appId, dynoId),
    dynoMs: 60_000,
  });
  platform = createServer().on('upgrade', createRendezvousUpgrade(rendezvous));
  await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const each of open) (each.terminate ?? each.destroy)?.call(each);
  open = [];
  await port.close();
  await new Promise((resolve) => platform.close(resolve));
});

interface Dyno {
  readonly socket: Socket;
  received(): string;
  closed(): boolean;
}

function dyno(line: string): Dyno {
  const socket = connect(dynoPort, '127.0.0.1');
  open.push(socket);
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('close', () => (closed = true));
  socket.on('error', () => {});
  socket.write(`${line}\n`);
  return { socket, received: () => text, closed: () => closed };
}

function client() {
  const webSocket = new WebSocket(`ws://127.0.0.1:${(platform.address() as AddressInfo).port}/rendezvous`);
  open.push(webSocket);
  let text = '';
  webSocket.on('message', (data) => (text += data.toString()));
  webSocket.on('error', () => {});
  webSocket.once('open', () => webSocket.send(`${secret}\r\n`));
  return { webSocket, received: () => text };
}

describe('an attached one-off of a cluster', () => {
  it('becomes its command when its client is there, whoever comes first', async () => {
    const early = client();
    const { socket, received } = dyno(token());
    await until(() => received() === 'attached\n');
    expect(attached).toEqual([task]);
    early.webSocket.send('echo hello\n');
    await until(() => received() === 'attached\necho hello\n');
    socket.end('hello\n');
    await once(early.webSocket, 'close');
    expect(early.received()).toBe('rendezvous\r\nhello\n');
  });

  it('is told nothing before that', async () => {
    const waits = dyno(token());
    const other = dyno(token({ ...task, dynoId: 'dyno-2' }));
    await until(() => port.attach('shop', 'dyno-2') !== undefined);
    await until(() => other.received() === 'attached\n');
    expect(waits.received()).toBe('');
    expect(waits.closed()).toBe(false);
  });

  it('loses its connection when its client leaves', async () => {
    const { webSocket } = client();
    const { received, closed } = dyno(token());
    await until(() => received() === 'attached\n');
    expect(left).toEqual([]);
    webSocket.terminate();
    await until(closed);
    await until(() => left.length === 1);
    expect(left).toEqual([task]);
  });

  it('that went away while it waited is given to nobody', async () => {
    const { socket } = dyno(token());
    await until(() => port.attach('other-app', 'dyno-1') === undefined);
    socket.end();
    await once(socket, 'close');
    await until(() => port.attach('shop', 'dyno-1') === undefined);
    expect(attached).toEqual([]);
  });

  it('is the later of two attempts', async () => {
    const first = dyno(token());
    const second = dyno(token({ ...task, attempt: 2 }));
    await until(first.closed);
    client();
    await until(() => second.received() === 'attached\n');
    expect(attached).toEqual([{ ...task, attempt: 2 }]);
  });

  it('is not an earlier attempt that comes later', async () => {
    const second = dyno(token({ ...task, attempt: 2 }));
    await once(second.socket, 'connect');
    // Asking for the dyno would take it, so a second dyno's arrival shows that everything before was read.
    dyno(token({ ...task, dynoId: 'dyno-2' }));
    await until(() => port.attach('shop', 'dyno-2') !== undefined);
    const first = dyno(token());
    await until(first.closed);
    expect([first.received(), second.closed()]).toEqual(['', false]);
    client();
    await until(() => second.received() === 'attached\n');
    expect(attached).toEqual([
      { ...task, dynoId: 'dyno-2' },
      { ...task, attempt: 2 },
    ]);
  });

  it('is given to its own app only', async () => {
    const { received } = dyno(token());
    dyno(token({ ...task, dynoId: 'dyno-2' }));
    await until(() => port.attach('shop', 'dyno-2') !== undefined);
    expect(port.attach('blog', 'dyno-1')).toBeUndefined();
    expect(port.attach('shop', 'dyno-1')).toBeDefined();
    await until(() => received() === 'attached\n');
    expect(port.attach('shop', 'dyno-1')).toBeUndefined();
  });

  it('has a connection that is kept alive, and whose bytes do not wait for more', async () => {
    const { setKeepAlive, setNoDelay } = Socket.prototype;
    const told: unknown[] = [];
    Object.assign(Socket.prototype, {
      setKeepAlive: (...given: unknown[]) => told.push(['keep alive', ...given]),
      setNoDelay: (...given: unknown[]) => told.push(['no delay', ...given]),
    });
    try {
      dyno(token());
      await until(() => port.attach('shop', 'dyno-1') !== undefined);
    } finally {
      Object.assign(Socket.prototype, { setKeepAlive, setNoDelay });
    }
    expect(told).toEqual([
      ['no delay', true],
      ['keep alive', true, 60_000],
    ]);
  });

  test.each([
    { name: 'forged', line: attachToken(new HmacSigner(Buffer.alloc(32, 8)), task, NOW + 1) },
    { name: 'expired', line: token(task, NOW) },
    { name: "a client's secret", line: secret },
    { name: 'of no form', line: 'GET / HTTP/1.1' },
    { name: 'without end', line: 'x'.repeat(10_000) },
  ])('is refused with a token that is $name', async ({ line }) => {
    const { received, closed } = dyno(line);
    await until(closed);
    expect(received()).toBe('');
    expect(port.attach('shop', 'dyno-1')).toBeUndefined();
  });

  it('is refused a second time with the same token', async () => {
    const first = dyno(token());
    await until(() => port.attach('shop', 'dyno-1') !== undefined);
    await until(() => first.received() === 'attached\n');
    const second = dyno(token());
    await until(second.closed);
    expect(second.received()).toBe('');
  });

  it('may be silent for an hour', async () => {
    dyno(token());
    let end: Duplex | undefined;
    await until(() => {
      end = port.attach('shop', 'dyno-1');
      return end !== undefined;
    });
    expect((end as Socket).timeout).toBe(60 * 60_000);
    // Only that timeout ends it, nothing earlier.
    end?.emit('timeout');
    expect(end?.destroyed).toBe(true);
  });
});

test('a client that is silent is pinged three times a minute: load balancers close what is silent for one', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
  try {
    const { webSocket } = client();
    let pings = 0;
    webSocket.on('ping', () => {
      pings += 1;
    });
    dyno(token());
    await once(webSocket, 'message');
    for (const wanted of [1, 2, 3]) {
      const pinged = once(webSocket, 'ping');
      jest.advanceTimersByTime(19_999);
      expect(pings).toBe(wanted - 1);
      jest.advanceTimersByTime(1);
      await pinged;
    }
    webSocket.terminate();
  } finally {
    jest.useRealTimers();
  }
});
