import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HmacSigner } from '../../adapters/hmac-signer.ts';
import { BlobStorageFull, BlobTooLarge } from '../../core/build/blob-error.ts';
import type { Blobs } from '../../core/ports/blobs.ts';
import type { OutputStreams } from '../../core/ports/output-streams.ts';
import { blobsHandler } from '../../services/blobs/http.ts';
import { createBridge } from '../../services/bridge/bridge.ts';
import { createLogHttp } from '../../services/logs/http.ts';
import { createIntakeHttp, INTAKE_PURPOSE } from '../../services/logs/intake-http.ts';
import type { LogRouter } from '../../services/logs/log-router.ts';
import { APPEND_PURPOSE, createAppendHttp } from '../../services/outputs/append-http.ts';
import { outputsHandler } from '../../services/outputs/http.ts';

const NOW = 1_000;
const signer = new HmacSigner(Buffer.alloc(32, 7));
const clock = { nowMs: () => NOW };
const sign = (purpose: string, payload: string, expiresAtMs = NOW + 1) => signer.sign(purpose, payload, expiresAtMs);
/** What the handlers asked of the stores behind them. */
let asked: unknown[][];
const note =
  (name: string) =>
  (...given: readonly unknown[]) => {
    asked.push([name, ...given]);
  };

async function* of(text: string) {
  if (text !== '') yield Buffer.from(text);
}
const blobs = {
  size: async (key: string) => (key === 'there' ? 5 : undefined),
  get: async (key: string) => (key === 'there' ? of('bytes') : undefined),
  async put(key: string, content: AsyncIterable<Uint8Array>, maxBytes: number) {
    if (key === 'full') throw new BlobStorageFull();
    if (key === 'large') throw new BlobTooLarge(maxBytes);
    let text = '';
    for await (const chunk of content) text += Buffer.from(chunk).toString();
    asked.push(['put', key, text, maxBytes]);
  },
} as unknown as Blobs;
const outputs = {
  append: note('append'),
  end: async (streamId: string) => note('end')(streamId),
  read(streamId: string, offset: number) {
    asked.push(['read', streamId, offset]);
    return streamId === 's' ? of('0123456789'.slice(offset)) : undefined;
  },
} as unknown as OutputStreams;
const nobody = new URL('http://127.0.0.1:1');
const bridge = createBridge({
  remote: { api: nobody, services: nobody },
  token: 'T',
  localKey: 'K',
  localUrl: 'http://localhost:5001',
});
const handlers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => unknown>> = {
  logs: createLogHttp({ router: undefined as unknown as LogRouter, signer, clock }),
  intake: createIntakeHttp({ signer, clock, logs: { append: (lines) => note('lines')(...lines) } }),
  append: createAppendHttp({ outputs, signer, clock }),
  outputs: outputsHandler({ outputs, signer, clock }),
  blobs: blobsHandler({ blobs, signer, clock, maxBytes: 10 }),
  bridge: bridge.http,
};

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { handler = '', ...headers } = request.headers;
    request.headers = headers;
    handlers[String(handler)]?.(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Status, body, and the headers that the handler set. */
async function answer(handler: string, method: string, path: string, headers = {}, body?: string) {
  const init = body === undefined ? {} : { body };
  const response = await fetch(origin + path, { method, headers: { handler, ...headers }, ...init });
  const told = Object.fromEntries(response.headers);
  for (const name of ['date', 'keep-alive', 'transfer-encoding']) delete told[name];
  if (told.connection === 'keep-alive') delete told.connection;
  return [response.status, await response.text(), told];
}

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_CLOSES = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' };
const STREAM = { 'cache-control': 'no-cache, no-transform', 'x-content-type-options': 'nosniff' };
const json = (id: string, message: string) => JSON.stringify({ id, message });
const closes = (body: string) => ({ ...JSON_TYPE, 'content-length': String(body.length), connection: 'close' });

interface Refusal {
  readonly handler: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly is: readonly [status: number, body: string, headers: Readonly<Record<string, string>>];
}

const NO_SESSION = `${json('forbidden', 'This log session has expired. Open a new one.')}\n`;
const NO_TOKEN = 'The token is not valid or has expired.\n';
const NO_OUTPUT_URL = 'The URL of this output is not valid or has expired.';
const NOTHING = json('not_found', 'There is nothing here.');
const NO_BLOB_URL = json('forbidden', 'The URL is not valid for this method or has expired.');
const TOO_LARGE = json('payload_too_large', 'The upload is larger than 10 bytes.');
const DISK_FULL = json('internal_server_error', 'The disk of the platform is full.');
const put = (key: string) => `/blobs/${sign('blob-PUT', key)}`;
const stream = (id: string, purpose = 'output') => `/streams/${sign(purpose, id)}`;

test.each<Refusal>([
  {
    ...{ handler: 'logs', method: 'POST', path: '/logs/x' },
    is: [405, `${json('bad_request', 'Log sessions are read with GET.')}\n`, JSON_TYPE],
  },
  { handler: 'logs', path: '/logs/', is: [403, NO_SESSION, JSON_TYPE] },
  { handler: 'logs', path: '/logs/x?y', is: [403, NO_SESSION, JSON_TYPE] },
  { handler: 'intake', path: '/intake', is: [405, 'Log lines are sent with POST.\n', TEXT_CLOSES] },
  ...['', 'Bearer x', 'Basic x', sign(INTAKE_PURPOSE, ''), `Bearer ${sign(INTAKE_PURPOSE, '')} x`].map(
    (authorization): Refusal => ({
      ...{ handler: 'intake', method: 'POST', path: '/intake', headers: { authorization } },
      is: [401, NO_TOKEN, TEXT_CLOSES],
    }),
  ),
  ...[
    '/streams/',
    '/streams/x',
    `/x${stream('s', APPEND_PURPOSE)}`,
    `${stream('s', APPEND_PURPOSE)}/x`,
    stream('s'),
  ].map(
    (path): Refusal => ({
      handler: 'append',
      method: 'POST',
      path,
      body: 'x',
      is: [403, `${NO_OUTPUT_URL}\n`, TEXT_CLOSES],
    }),
  ),
  ...['/', '/streams/', `/x${stream('s')}`, `${stream('s')}/x`].map(
    (path): Refusal => ({ handler: 'outputs', path, is: [404, NOTHING, { ...JSON_TYPE, ...STREAM }] }),
  ),
  { handler: 'outputs', method: 'POST', path: stream('s'), is: [404, NOTHING, { ...JSON_TYPE, ...STREAM }] },
  {
    ...{ handler: 'outputs', path: '/streams/x' },
    is: [403, json('forbidden', NO_OUTPUT_URL), { ...JSON_TYPE, ...STREAM }],
  },
  {
    ...{ handler: 'outputs', path: stream('none') },
    is: [404, json('not_found', 'There is no output yet.'), { ...JSON_TYPE, ...STREAM }],
  },
  ...['/', '/blobs/', `/x${put('a')}`, `${put('a')}/x`].map(
    (path): Refusal => ({ handler: 'blobs', path, is: [404, NOTHING, JSON_TYPE] }),
  ),
  { handler: 'blobs', method: 'POST', path: put('a'), is: [404, NOTHING, JSON_TYPE] },
  { handler: 'blobs', path: put('a'), is: [403, NO_BLOB_URL, closes(NO_BLOB_URL)] },
  {
    ...{ handler: 'blobs', path: `/blobs/${sign('blob-GET', 'none')}` },
    is: [404, json('not_found', 'Nothing was uploaded to this URL.'), JSON_TYPE],
  },
  { handler: 'blobs', method: 'PUT', path: put('a'), body: 'x'.repeat(11), is: [413, TOO_LARGE, closes(TOO_LARGE)] },
  { handler: 'blobs', method: 'PUT', path: put('large'), body: 'x', is: [413, TOO_LARGE, closes(TOO_LARGE)] },
  { handler: 'blobs', method: 'PUT', path: put('full'), body: 'x', is: [507, DISK_FULL, closes(DISK_FULL)] },
  {
    ...{ handler: 'bridge', path: '/apps' },
    is: [
      401,
      `${json('unauthorized', 'This is not the key of this bridge: run the eval line that it printed at its start.')}\n`,
      { ...JSON_TYPE, 'www-authenticate': 'Basic realm="dynoform connect"' },
    ],
  },
])('$handler refuses $method $path $headers: $is.0', async ({ handler, method = 'GET', path, headers, body, is }) => {
  expect(await answer(handler, method, path, headers, body)).toEqual(is);
  expect(asked.filter(([name]) => name !== 'read')).toEqual([]);
});

const TEXT = { 'content-type': 'text/plain; charset=utf-8', ...STREAM };
const EVENTS = { accept: 'text/html, text/event-stream' };
const EVENT_TYPE = { 'content-type': 'text/event-stream; charset=utf-8', ...STREAM };
const event = (id: number, text: string) => `id: ${id}\ndata: ${text}\n\n`;

test.each([
  {
    name: 'from its beginning',
    headers: {},
    offset: 0,
    is: [200, '0123456789', { ...TEXT, 'accept-ranges': 'bytes' }],
  },
  {
    name: 'from a byte on',
    headers: { range: 'bytes=7-' },
    offset: 7,
    is: [206, '789', { ...TEXT, 'content-range': 'bytes 7-*/*' }],
  },
  {
    name: 'from the first byte on',
    headers: { range: 'bytes=0-' },
    offset: 0,
    is: [206, '0123456789', { ...TEXT, 'content-range': 'bytes 0-*/*' }],
  },
  {
    name: 'with two ranges',
    headers: { range: 'bytes=1-,bytes=2-' },
    offset: 0,
    is: [200, '0123456789', { ...TEXT, 'accept-ranges': 'bytes' }],
  },
  { name: 'as events', headers: EVENTS, offset: 0, is: [200, event(10, '0123456789'), EVENT_TYPE] },
  {
    name: 'as events, whatever the range',
    headers: { ...EVENTS, range: 'bytes=7-' },
    offset: 0,
    is: [200, event(10, '0123456789'), EVENT_TYPE],
  },
  {
    name: 'as events behind one',
    headers: { ...EVENTS, 'last-event-id': '4' },
    offset: 4,
    is: [200, event(10, '456789'), EVENT_TYPE],
  },
  {
    name: 'as events behind the last one',
    headers: { ...EVENTS, 'last-event-id': '10' },
    offset: 10,
    is: [204, '', STREAM],
  },
  {
    name: 'as events behind something else',
    headers: { ...EVENTS, 'last-event-id': 'x4' },
    offset: 0,
    is: [200, event(10, '0123456789'), EVENT_TYPE],
  },
])('an output is read $name', async ({ headers, offset, is }) => {
  expect(await answer('outputs', 'GET', `${stream('s')}?x`, headers)).toEqual(is);
  expect(asked).toEqual([['read', 's', offset]]);
});

test.each([
  {
    name: 'text',
    headers: {},
    body: 'text é',
    did: [
      ['append', 's', 'text é'],
      ['append', 's', ''],
    ],
  },
  { name: 'nothing', headers: {}, body: '', did: [['append', 's', '']] },
  {
    name: 'the end',
    headers: { 'x-dynoform-end': '1' },
    body: '',
    did: [
      ['append', 's', ''],
      ['end', 's'],
    ],
  },
  { name: 'no end', headers: { 'x-dynoform-end': '0' }, body: '', did: [['append', 's', '']] },
])('an output is told $name', async ({ headers, body, did }) => {
  expect(await answer('append', 'POST', `${stream('s', APPEND_PURPOSE)}?x`, headers, body)).toEqual([204, '', {}]);
  expect(asked).toEqual(did);
});

test('a blob comes as bytes that no browser takes for anything else', async () => {
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': '5',
    'x-content-type-options': 'nosniff',
  };
  expect(await answer('blobs', 'GET', `/blobs/${sign('blob-GET', 'there')}?x`)).toEqual([200, 'bytes', headers]);
});

test('a blob of just the size that is allowed is taken', async () => {
  expect(await answer('blobs', 'PUT', put('a'), {}, 'x'.repeat(10))).toEqual([200, '', { 'content-length': '0' }]);
  expect(asked).toEqual([['put', 'a', 'x'.repeat(10), 10]]);
});

test('log lines are taken, and those that are none are not', async () => {
  const line = { appId: 'a', atMs: 1, source: 'app', process: 'web.1', message: 'm' };
  const wrong = Object.keys(line).map((key) => JSON.stringify({ ...line, [key]: null }));
  const body = [JSON.stringify(line), '', ...wrong, '7', JSON.stringify({ ...line, source: 'heroku' })].join('\n');
  const authorization = `Bearer ${sign(INTAKE_PURPOSE, '')}`;
  expect(await answer('intake', 'POST', '/intake', { authorization }, body)).toEqual([204, '', {}]);
  const taken = asked.flatMap(([, ...lines]) => lines);
  expect(taken).toEqual([line, { ...line, source: 'heroku' }]);
});
