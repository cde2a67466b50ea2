import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { LocalOutputStreams } from '../../../adapters/local/output-streams.ts';
import { outputsHandler } from '../../../services/outputs/http.ts';

const NOW_MS = 1_000;
const signer = new HmacSigner(randomBytes(32));
const EVENTS = { accept: 'text/event-stream' };
let directory: string;
let server: Server;
let outputs: LocalOutputStreams;
let failures: unknown[];
let heartbeatMs: number | undefined;
let apiUrl: string;
let responses: ServerResponse[];

beforeEach(async () => {
  failures = [];
  responses = [];
  heartbeatMs = 60_000;
  directory = await mkdtemp(join(tmpdir(), 'dynoform-outputs-http-'));
  outputs = new LocalOutputStreams({ directory, problems: { report: (_problem, error) => failures.push(error) } });
  server = createServer((incoming, response) => {
    const handle = outputsHandler({
      outputs,
      signer,
      clock: { nowMs: () => NOW_MS },
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    });
    responses.push(response);
    handle(incoming, response).catch((error) => failures.push(error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await outputs.endInterrupted();
  await rm(directory, { recursive: true });
  expect(failures).toEqual([]);
});

const url = (streamId: string, expiresAtMs = NOW_MS + 1) =>
  `${apiUrl}/streams/${signer.sign('output', streamId, expiresAtMs)}`;

async function readUntil(response: Response, wanted: string): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  while (!text.includes(wanted)) {
    const chunk = await reader?.read();
    if (chunk === undefined || chunk.done) break;
    text += decoder.decode(chunk.value, { stream: true });
  }
  return text;
}

/** Decodes server-sent events like a client: the text, and the last id. */
function decode(events: string): { text: string; lastId: number } {
  let text = '';
  let lastId = 0;
  for (const event of events.split('\n\n')) {
    const data = event.split('\n').filter((line) => line.startsWith('data: '));
    text += data.map((line) => line.slice(6)).join('\n');
    lastId = Number(/^id: (\d+)$/m.exec(event)?.[1] ?? lastId);
  }
  return { text, lastId };
}

test('plain text follows the output until it ends', async () => {
  outputs.append('s', '-----> Building\n');
  const response = await fetch(url('s'));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  const reading = response.text();
  outputs.append('s', '       ✓ done\n');
  await outputs.end('s');
  expect(await reading).toBe('-----> Building\n       ✓ done\n');
  expect(await (await fetch(url('s'))).text()).toBe('-----> Building\n       ✓ done\n');
});

test.each([
  { range: 'bytes=0-', status: 206, body: '0123456789' },
  { range: 'bytes=4-', status: 206, body: '456789' },
  { range: 'bytes=10-', status: 206, body: '' },
  { range: 'bytes=99999999999999999999999-', status: 206, body: '' },
  { range: 'bytes=2-4', status: 200, body: '0123456789' },
  { range: 'bytes=-3', status: 200, body: '0123456789' },
  { range: 'version ..; max=1', status: 200, body: '0123456789' },
])('Range: $range', async ({ range, status, body }) => {
  outputs.append('s', '0123456789');
  await outputs.end('s');
  const response = await fetch(url('s'), { headers: { range } });
  expect([response.status, await response.text()]).toEqual([status, body]);
  expect(response.headers.has('content-range')).toBe(status === 206);
});

test('server-sent events give the same text, and resume exactly behind the last one', async () => {
  const first = 'line 1\n\n  indented ✓\n';
  const second = 'half a line, then\nthe rest 🚀 and no end of line';
  outputs.append('s', first);
  const response = await fetch(url('s'), { headers: EVENTS });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const seen = decode(await readUntil(response, 'indented'));
  expect(seen).toEqual({ text: first, lastId: Buffer.byteLength(first) });
  outputs.append('s', second);
  await outputs.end('s');
  const resumed = await fetch(url('s'), { headers: { ...EVENTS, 'last-event-id': String(seen.lastId) } });
  const rest = decode(await resumed.text());
  expect(rest).toEqual({ text: second, lastId: Buffer.byteLength(first + second) });
  const over = await fetch(url('s'), { headers: { ...EVENTS, 'last-event-id': String(rest.lastId) } });
  expect(over.status).toBe(204);
});

test('a resumed event stream that has nothing new yet opens, and waits', async () => {
  outputs.append('s', 'seen');
  const response = await fetch(url('s'), { headers: { ...EVENTS, 'last-event-id': '4' } });
  expect(response.status).toBe(200);
  outputs.append('s', 'new');
  expect(decode(await readUntil(response, 'new'))).toEqual({ text: 'new', lastId: 7 });
});

test('silence is filled: NUL in text, a comment in events', async () => {
  heartbeatMs = 5;
  outputs.append('s', 'x');
  // On a busy machine a heartbeat may come before the first output.
  expect(await readUntil(await fetch(url('s')), 'x\0\0')).toContain('x\0\0');
  expect(await readUntil(await fetch(url('s'), { headers: EVENTS }), 'x\n\n:\n\n')).toContain('data: x\n\n:\n\n');
});

describe('refuses, in JSON', () => {
  test.each<{ name: string; target: () => string; status: number; id: string }>([
    { name: 'nothing appended yet', target: () => url('none'), status: 404, id: 'not_found' },
    { name: 'an expired URL', target: () => url('s', NOW_MS), status: 403, id: 'forbidden' },
    { name: 'a forged token', target: () => `${url('s')}x`, status: 403, id: 'forbidden' },
    {
      name: 'a token for something else',
      target: () => `${apiUrl}/streams/${signer.sign('blob-GET', 's', NOW_MS + 1)}`,
      status: 403,
      id: 'forbidden',
    },
    { name: 'no token', target: () => `${apiUrl}/streams/`, status: 404, id: 'not_found' },
  ])('$name', async ({ target, status, id }) => {
    outputs.append('s', 'x');
    const response = await fetch(target());
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ id, message: expect.any(String) });
  });
});

test('a client that never reads holds up nobody, and little is kept for it', async () => {
  outputs.append('s', 'begin\n');
  const { hostname, port, pathname } = new URL(url('s'));
  const stuck = connect(Number(port), hostname);
  stuck.pause();
  stuck.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
  const other = (await fetch(url('s'))).text();
  const line = `${'x'.repeat(999)}\n`;
  for (let i = 0; i < 30_000; i++) outputs.append('s', line);
  await outputs.end('s');
  expect((await other).length).toBe(30_000_006);
  expect(responses.some((response) => !response.writableFinished)).toBe(true);
  expect(Math.max(...responses.map((response) => response.writableLength))).toBeLessThan(200_000);
  stuck.destroy();
});

test('silence is filled four times a minute: the CLI cuts an output after one, proxies often after half of one', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
  try {
    outputs.append('quiet', 'building\n');
    heartbeatMs = undefined;
    const answer = await fetch(url('quiet'));
    const reader = answer.body?.getReader();
    const next = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(await next()).toBe('building\n');
    for (let beat = 0; beat < 4; beat += 1) {
      jest.advanceTimersByTime(15_000);
      expect(await next()).toBe('\0');
    }
    await reader?.cancel();
  } finally {
    jest.useRealTimers();
  }
});
