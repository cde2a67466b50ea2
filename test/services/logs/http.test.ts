import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { createLogHttp } from '../../../services/logs/http.ts';
import { createLogRouter, type LogRouter } from '../../../services/logs/log-router.ts';
import { IGNORED_PROBLEMS } from '../../problems.ts';
import { until } from './until.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const signer = new HmacSigner(Buffer.alloc(32, 7));
let nowMs: number;
let router: LogRouter;
let server: Server;
let base: string;
/** Tails that the router still serves. */
let tails: number;

beforeEach(async () => {
  nowMs = NOW_MS;
  tails = 0;
  const all = createLogRouter({ now: () => nowMs, problems: IGNORED_PROBLEMS });
  router = {
    ...all,
    tail: (...words) => {
      const stop = all.tail(...words);
      tails += 1;
      return () => {
        tails -= 1;
        stop();
      };
    },
  };
  server = createServer(createLogHttp({ router, signer, clock: { nowMs: () => nowMs } }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await router.close();
  server.closeAllConnections();
  server.close();
});

const line = (message: string, extra: Partial<LogLine> = {}): LogLine => ({
  appId: 'shop',
  atMs: NOW_MS + 0.5,
  source: 'app',
  process: 'web.1',
  message,
  ...extra,
});
const path = (session: Record<string, unknown> = {}, expiresAtMs = NOW_MS + 300_000) =>
  `/logs/${signer.sign('logs', JSON.stringify({ appId: 'shop', filter: {}, lines: 100, tail: false, ...session }), expiresAtMs)}`;
const EVENTS = { Accept: 'text/event-stream' };

/** Reads until `enough` accepts the text, then closes. */
async function readUntil(url: string, headers: Record<string, string>, enough: (text: string) => boolean) {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text = (text + Buffer.from(chunk).toString()).slice(-100_000);
  })().catch(() => undefined);
  return {
    response,
    done: async () => {
      await until(() => enough(text));
      abort.abort();
      await reading;
      return text;
    },
  };
}

test('a session without tail is the lines, byte for byte, then the end', async () => {
  router.append([line('one'), line('two 💜', { source: 'heroku', process: 'router' })]);
  const [first, second] = await router.history('shop', {}, 2);
  const response = await fetch(base + path(), { headers: EVENTS });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(await response.text()).toBe(
    `retry: 1\n\nid: ${second?.id}\n` +
      'data: 2026-01-01T00:00:00.000500+00:00 app[web.1]: one\n' +
      'data: 2026-01-01T00:00:00.000500+00:00 heroku[router]: two 💜\n\n',
  );
  expect(first?.id).toBeLessThan(second?.id ?? 0);
});

test('an app without lines gives an empty stream that ends', async () => {
  expect(await (await fetch(base + path(), { headers: EVENTS })).text()).toBe('retry: 1\n\n');
});

test('who does not ask for events gets plain text, for example curl', async () => {
  router.append([line('one'), line('two')]);
  const { stdout } = await promisify(execFile)('curl', ['-sN', base + path({ lines: 1 })]);
  expect(stdout).toBe('2026-01-01T00:00:00.000500+00:00 app[web.1]: two\n');
});

test('a client that comes back after the end gets no line twice', async () => {
  router.append([line('one')]);
  const headers = { ...EVENTS, 'Last-Event-ID': '1' };
  expect(await (await fetch(base + path(), { headers })).text()).toBe('retry: 1\n\n');
});

test('a tail gives history and new lines, and a reconnect resumes where it broke off', async () => {
  router.append([line('one'), line('two')]);
  const url = base + path({ tail: true, lines: 1 });
  const first = await readUntil(url, EVENTS, (text) => text.includes('three'));
  await until(async () => (await router.history('shop', {}, 3)).length === 2);
  router.append([line('three')]);
  const text = await first.done();
  expect(text.startsWith('retry: 1000\n\n')).toBe(true);
  expect(text.match(/: (one|two|three)$/gm)).toEqual([': two', ': three']);
  const lastId = [...text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';

  router.append([line('four'), line('five')]);
  const second = await readUntil(url, { ...EVENTS, 'Last-Event-ID': lastId }, (more) => more.includes('five'));
  expect((await second.done()).match(/\]: \w+$/gm)).toEqual([']: four', ']: five']);
});

test('all that comes to a tail in one turn goes out', async () => {
  const tail = await readUntil(base + path({ tail: true }), EVENTS, (text) => text.includes('three'));
  await router.history('shop', {}, 1);
  for (const message of ['one', 'two', 'three']) router.append([line(message)]);
  expect((await tail.done()).match(/: (one|two|three)$/gm)).toEqual([': one', ': two', ': three']);
});

test.each([
  { accept: 'text/event-stream', type: 'text/event-stream' },
  { accept: 'text/html, text/event-stream;q=0.5', type: 'text/event-stream' },
  { accept: '*/*', type: 'text/plain; charset=utf-8' },
])('who accepts $accept gets $type, which nobody may keep or change', async ({ accept, type }) => {
  const { headers } = await fetch(base + path(), { headers: { accept } });
  expect([headers.get('content-type'), headers.get('cache-control')]).toEqual([type, 'no-cache, no-transform']);
});

test.each([
  { id: '0', lines: 0 },
  { id: '9007199254740991', lines: 0 },
  { id: '9007199254740992', lines: 1 },
  { id: '-1', lines: 1 },
  { id: '1.5', lines: 1 },
  { id: 'x', lines: 1 },
  { id: '', lines: 1 },
])('who has seen line "$id" of a session without tail gets $lines more', async ({ id, lines }) => {
  router.append([line('one')]);
  const text = await (await fetch(base + path(), { headers: { ...EVENTS, 'Last-Event-ID': id } })).text();
  expect(text.match(/: one$/gm) ?? []).toHaveLength(lines);
});

test.each([
  {
    name: 'a session that is over',
    method: 'GET',
    url: '/logs/x',
    status: 403,
    id: 'forbidden',
    message: 'This log session has expired. Open a new one.',
  },
  {
    name: 'another method',
    method: 'POST',
    url: path(),
    status: 405,
    id: 'bad_request',
    message: 'Log sessions are read with GET.',
  },
])('$name is refused in words', async ({ method, url, status, id, message }) => {
  const response = await fetch(base + url, { method });
  expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json']);
  expect(await response.text()).toBe(`${JSON.stringify({ id, message })}\n`);
});

test('what follows a question mark is no part of the token', async () => {
  expect((await fetch(`${base}${path()}?srv=x`)).status).toBe(200);
});

test('a tail whose client has left is served no more', async () => {
  router.append([line('one')]);
  const one = await readUntil(base + path({ tail: true }), EVENTS, (text) => text.includes('one'));
  const other = await readUntil(base + path({ tail: true }), {}, (text) => text.includes('one'));
  await until(() => tails === 2);
  await one.done();
  await until(() => tails === 1);
  await other.done();
  await until(() => tails === 0);
  expect(tails).toBe(0);
});

test('a tail ends when its app is deleted', async () => {
  const response = await fetch(base + path({ tail: true }), { headers: EVENTS });
  await router.forget('shop');
  expect(await response.text()).toBe('retry: 1000\n\n');
});

test.each([
  { name: 'an expired token', url: () => path({}, NOW_MS - 1), status: 403 },
  { name: 'a forged token', url: () => `${path()}x`, status: 403 },
  { name: 'no token', url: () => '/logs/', status: 403 },
  {
    name: 'a token for something else',
    url: () => `/logs/${signer.sign('blob', '{"appId":"shop","filter":{},"lines":1,"tail":false}', NOW_MS + 1)}`,
    status: 403,
  },
])('$name gets $status', async ({ url, status }) => {
  router.append([line('secret')]);
  const response = await fetch(base + url(), { headers: EVENTS });
  expect(response.status).toBe(status);
  expect(await response.text()).not.toContain('secret');
});

test('a tail that is open outlives its token', async () => {
  const tail = await readUntil(base + path({ tail: true }), EVENTS, (text) => text.includes('late'));
  nowMs += 3_600_000;
  await router.history('shop', {}, 1);
  router.append([line('late')]);
  expect(await tail.done()).toContain('late');
});

test('a client that never reads costs nothing, hears of the gap, and disturbs nobody', async () => {
  const port = (server.address() as AddressInfo).port;
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const stalled = connect(port, '127.0.0.1');
  stalled.pause();
  stalled.write(`GET ${path({ tail: true })} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`);
  const other = await readUntil(base + path({ tail: true }), EVENTS, (text) => text.includes('the end'));
  await until(() => router.history('shop', {}, 1).then(() => true));
  const padding = 'x'.repeat(200);
  for (let round = 0; round < 500; round += 1) {
    router.append(Array.from({ length: 1_000 }, (_, index) => line(`line ${round * 1_000 + index} ${padding}`)));
    // Time passes, so that the intake limit does not apply.
    nowMs += 100;
    await new Promise(setImmediate);
  }
  // In the process; the operating system limits its own buffer for the socket.
  const waiting = sockets.find(({ remotePort }) => remotePort === stalled.localPort)?.writableLength;
  expect(waiting).toBeLessThan(256 * 1024);

  router.append([line('the end')]);
  expect(await other.done()).toContain('line 499999');
  let text = '';
  stalled.on('data', (chunk) => {
    text += chunk.toString();
  });
  stalled.resume();
  const notice =
    /heroku\[logplex\]: Error L11 \(Tail buffer overflow\) -> This tail session dropped (\d+) messages since 2026-01-01T00:00:00\.000500\+00:00\./;
  await until(() => notice.test(text));
  // Of half a million lines.
  expect(Number(notice.exec(text)?.[1])).toBeGreaterThan(470_000);
  router.append([line('again')]);
  await until(() => text.includes(': again\n'));
  stalled.destroy();
}, 60_000);
