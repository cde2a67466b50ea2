import { createTraffic, type TrafficMessage } from '../../../services/router/traffic.ts';
import { cannedDyno, closeAll, eventually, get, openRouter, send, statusOf, target } from './harness.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function recorded(everyMs?: number) {
  const sent: TrafficMessage[] = [];
  let nowMs = 0;
  const options = { send: (message: TrafficMessage) => sent.push(message), monotonicMs: () => nowMs };
  const traffic = createTraffic({ ...options, ...(everyMs === undefined ? {} : { everyMs }) });
  return { sent, traffic, pass: (ms: number) => (nowMs += ms) };
}

test('the first request is told at once, the others together', async () => {
  const { sent, traffic } = recorded(20);
  traffic.request('shop');
  for (let request = 0; request < 1_000; request += 1) traffic.request(request % 2 === 0 ? 'shop' : 'blog');
  expect(sent).toEqual([{ kind: 'requests', appIds: ['shop'] }]);
  await eventually(() => sent.length === 2);
  expect(sent[1]).toEqual({ kind: 'requests', appIds: ['shop', 'blog'] });
});

test('an app without further requests is told of no more', () => {
  jest.useFakeTimers();
  try {
    const { sent, traffic } = recorded();
    traffic.request('shop');
    traffic.request('blog');
    jest.advanceTimersByTime(10_000);
    traffic.request('blog');
    jest.advanceTimersByTime(60_000);
    traffic.request('shop');
    const told = sent.map((message) => (message.kind === 'requests' ? message.appIds : []));
    expect(told).toEqual([['shop'], ['blog'], ['blog'], ['shop']]);
  } finally {
    jest.useRealTimers();
  }
});

test('an app that sleeps is woken once a second, however many requests wait', () => {
  const { sent, traffic, pass } = recorded();
  for (let request = 0; request < 100; request += 1) traffic.wake('shop');
  traffic.wake('blog');
  expect(sent).toEqual([
    { kind: 'wake', appId: 'shop' },
    { kind: 'wake', appId: 'blog' },
  ]);
  pass(999);
  traffic.wake('shop');
  expect(sent).toHaveLength(2);
  pass(1);
  traffic.wake('shop');
  expect(sent.slice(2)).toEqual([{ kind: 'wake', appId: 'shop' }]);
});

test('a request for an app that sleeps is held, tells the platform, and is served once a dyno is up', async () => {
  const { sent, traffic } = recorded();
  const { port, publish, lines } = await openRouter({}, traffic);
  const dyno = await cannedDyno(OK);
  publish({ situation: 'asleep', sleeps: true });
  const answer = send(port, get());
  await eventually(() => sent.length === 2);
  expect(sent).toEqual([
    { kind: 'requests', appIds: ['shop-id'] },
    { kind: 'wake', appId: 'shop-id' },
  ]);
  publish({ situation: 'booting', sleeps: true });
  publish({ situation: 'serving', sleeps: true, dynos: [target(dyno.port)] });
  expect(statusOf(await answer)).toBe(200);
  expect(lines).toHaveLength(1);
});

test.each([
  { name: 'in maintenance', changes: { situation: 'asleep', sleeps: true, maintenance: true } },
  { name: 'that never sleeps', changes: { situation: 'no-web' } },
] as const)('nobody is told of requests for an app $name', async ({ changes }) => {
  const { sent, traffic } = recorded();
  const { port, publish } = await openRouter({}, traffic);
  publish(changes);
  expect(statusOf(await send(port, get()))).toBe(503);
  expect(sent).toEqual([]);
});

test('a request that no dyno wakes up for in time gets H20', async () => {
  const { traffic } = recorded();
  const { port, publish, lines } = await openRouter({ queueMs: 100 }, traffic);
  publish({ situation: 'asleep', sleeps: true });
  expect(statusOf(await send(port, get()))).toBe(503);
  expect(lines[0]).toContain('code=H20');
});
