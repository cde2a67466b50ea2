import { lines, POST, world } from './exchange-world.ts';

const body = (text: string) => Buffer.from(text);

describe('what the dyno gets', () => {
  const own = (...last: readonly string[]) =>
    lines(
      'POST / HTTP/1.1',
      'Host: shop.test',
      'X-Request-Id: id',
      'X-Forwarded-For: 192.0.2.1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Port: 80',
      'X-Request-Start: 1700000001000',
      'Via: 1.1 heroku-router',
      ...last,
    );
  const HEAD = own('Content-Length: 9', 'Connection: keep-alive');

  test('the head, and each piece of the body as it comes', () => {
    const w = world(POST);
    w.connected();
    w.exchange.onRequestBody(body('abc'));
    expect(w.connection().told).toEqual([HEAD, 'abc']);
    expect(w.client.told).toEqual([]);
  });

  test('the head and what came of the body meanwhile, in one piece; the client waits until then', () => {
    const w = world(POST);
    w.exchange.dispatch();
    w.exchange.onRequestBody(body('abc'));
    w.exchange.onRequestBody(body('de'));
    expect([w.connection().told, w.client.isBlocked]).toEqual([[], true]);
    w.time.ms += 7;
    w.exchange.onConnected();
    expect(w.connection().told).toEqual(['(cork)', HEAD, 'abc', 'de', '(uncork)']);
    expect(w.client.isBlocked).toBe(false);
    w.exchange.onRequestBody(body('f'));
    expect(w.connection().told.at(-1)).toBe('f');
  });

  test('no more than it takes', () => {
    const w = world(POST);
    w.connected();
    w.connection().takes = false;
    w.exchange.onRequestBody(body('abc'));
    expect(w.client.isBlocked).toBe(true);
    w.exchange.onDynoDrain();
    expect(w.client.isBlocked).toBe(false);
    const full = world(POST);
    full.exchange.dispatch();
    full.exchange.onRequestBody(body('abc'));
    full.connection().socket.writableNeedDrain = true;
    full.exchange.onConnected();
    expect(full.client.isBlocked).toBe(true);
  });

  test('a body that the client announces is asked for once there is a dyno, and only then', () => {
    const EXPECTS = POST.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n');
    const w = world(EXPECTS);
    w.exchange.dispatch();
    expect(w.client.told).toEqual([]);
    w.exchange.onConnected();
    expect(w.client.told).toEqual(['HTTP/1.1 100 Continue\r\n\r\n']);
    const early = world(EXPECTS);
    early.exchange.onRequestBody(body('abc'));
    early.connected();
    expect(early.client.told).toEqual(['(block)']);
    const none = world(lines('GET / HTTP/1.1', 'Host: shop.test', 'Expect: 100-continue'));
    none.connected();
    expect(none.client.told).toEqual([]);
  });
});
