import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PlatformClient } from '../../client/platform-client.ts';
import { PlatformRefusal } from '../../client/send.ts';
import { readOutput, upload } from '../../client/streams.ts';

let server: Server;
let url: string;
let client: PlatformClient;
let got: { line: string; headers: IncomingMessage['headers']; body: string }[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  got = [];
  answer = (response) => response.end('{"id":"it"}');
  server = createServer(async (request, response) => {
    const body = await text(request).catch(() => 'broken off');
    got.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new PlatformClient(url, 'the-token');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const JSON_HEADERS = { 'content-type': 'application/json' };

test.each([
  { name: 'app', call: () => client.app('shop'), line: 'GET /apps/shop', body: '' },
  { name: 'createApp', call: () => client.createApp('shop'), line: 'POST /apps', body: '{"name":"shop"}' },
  { name: 'createSource', call: () => client.createSource('shop'), line: 'POST /apps/shop/sources', body: '{}' },
  {
    name: 'createBuild',
    call: () => client.createBuild('shop', { url: 'u', version: 'é' }),
    line: 'POST /apps/shop/builds',
    body: '{"source_blob":{"url":"u","version":"é"}}',
  },
  { name: 'build', call: () => client.build('shop', 'b1'), line: 'GET /apps/shop/builds/b1', body: '' },
  { name: 'release', call: () => client.release('shop', 'r1'), line: 'GET /apps/shop/releases/r1', body: '' },
])('$name asks as the pusher may: $line', async ({ call, line, body }) => {
  expect(await call()).toEqual({ id: 'it' });
  expect(got).toMatchObject([
    {
      line,
      body,
      headers: {
        accept: 'application/vnd.heroku+json; version=3',
        authorization: 'Bearer the-token',
        'request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        ...(body === '' ? {} : { ...JSON_HEADERS, 'content-length': String(Buffer.byteLength(body)) }),
      },
    },
  ]);
  if (body === '') expect(got[0]?.headers['content-type']).toBeUndefined();
});

test('each call has an id of its own', async () => {
  await client.app('a');
  await client.app('a');
  expect(new Set(got.map(({ headers }) => headers['request-id'])).size).toBe(2);
});

const REFUSALS = [
  { name: 'words of the platform', status: 422, answered: '{"message":"no such thing"}', says: 'no such thing' },
  { name: 'a message that is none', status: 422, answered: '{"message":7}', says: 'The platform answered 422.' },
  { name: 'no message', status: 500, answered: '{}', says: 'The platform answered 500.' },
  { name: 'a page of somebody between', status: 502, answered: '<html>', says: 'The platform answered 502.' },
  { name: 'nothing', status: 300, answered: '', says: 'The platform answered 300.' },
  { name: 'no success yet', status: 199 + 105, answered: '', says: 'The platform answered 304.' },
];

test.each(REFUSALS)('a refusal with $name: $says', async ({ status, answered, says }) => {
  answer = (response) => {
    response.statusCode = status;
    response.end(answered);
  };
  const refused = await client.app('shop').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(PlatformRefusal);
  expect(refused).toMatchObject({
    name: 'PlatformRefusal',
    status,
    explanation: says,
    message: `GET /apps/shop: ${status} ${says}`,
  });
});

test.each([200, 201, 299])('%i is a success', async (status) => {
  answer = (response) => {
    response.statusCode = status;
    response.end('{"id":"it"}');
  };
  expect(await client.app('shop')).toEqual({ id: 'it' });
});

describe('a file', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'upload-test-'));
    path = join(directory, 'source.tgz');
    writeFileSync(path, 'the content');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('goes as it is, with its length, and with the empty type that the URL was signed for', async () => {
    answer = (response) => response.writeHead(201).end();
    await upload(`${url}/put?token=t`, createReadStream(path), 11);
    expect(got).toMatchObject([{ line: 'PUT /put?token=t', body: 'the content', headers: { 'content-length': '11' } }]);
    expect(got[0]?.headers['content-type']).toBe('');
    expect(got[0]?.headers.authorization).toBeUndefined();
  });

  test.each(REFUSALS)('that is refused with $name: $says', async ({ status, answered, says }) => {
    answer = (response) => {
      response.statusCode = status;
      response.end(answered);
    };
    await expect(upload(url, createReadStream(path), 11)).rejects.toMatchObject({
      name: 'PlatformRefusal',
      status,
      explanation: says,
      message: `PUT of a source: ${status} ${says}`,
    });
  });

  test('that is not there fails', async () => {
    await expect(upload(url, createReadStream(join(directory, 'nothing')), 11)).rejects.toThrow(/ENOENT/);
  });
});

describe('an output', () => {
  const read = async (offset = 0) => {
    let content = '';
    const ended = await readOutput(`${url}/out`, offset, async (chunk) => {
      content += chunk.toString();
    });
    return { ended, content };
  };

  test('from its first byte asks for all', async () => {
    answer = (response) => response.end('one\0two');
    expect(await read()).toEqual({ ended: true, content: 'onetwo' });
    expect(got[0]).toMatchObject({ line: 'GET /out', headers: { accept: 'text/plain' } });
    expect(got[0]?.headers.range).toBeUndefined();
  });

  test.each([
    { name: 'a range', status: 206, answered: 'two' },
    { name: 'all, since ranges are not known', status: 200, answered: 'onetwo' },
    { name: 'all, with silence in it', status: 200, answered: 'o\0ne\0two' },
  ])('from a later byte, answered with $name', async ({ status, answered }) => {
    answer = (response) => {
      response.statusCode = status;
      response.end(answered);
    };
    expect(await read(3)).toEqual({ ended: true, content: 'two' });
    expect(got[0]?.headers.range).toBe('bytes=3-');
  });

  test.each([404, 416, 500, 204])('that is answered with %i has not begun', async (status) => {
    answer = (response) => {
      response.statusCode = status;
      response.end('nothing');
    };
    expect(await read()).toEqual({ ended: false, content: '' });
  });
});

describe('a platform that does not answer', () => {
  beforeEach(() =>
    jest.useFakeTimers({
      doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'performance'],
    }),
  );
  afterEach(() => jest.useRealTimers());
  const turns = async (done: () => boolean) => {
    while (!done()) await new Promise((resolve) => setImmediate(resolve));
  };

  test('is given up after a minute', async () => {
    answer = () => undefined;
    let failure: unknown;
    client.app('shop').catch((error: unknown) => {
      failure = error;
    });
    await turns(() => got.length === 1);
    jest.advanceTimersByTime(59_999);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(failure).toBeUndefined();
    jest.advanceTimersByTime(1);
    await turns(() => failure !== undefined);
    expect(failure).toMatchObject({ message: 'The platform did not answer in time.' });
  });

  test('may be silent within an answer for as long as a build is', async () => {
    let finish: () => void = () => undefined;
    answer = (response) => {
      response.write('one');
      finish = () => response.end('two');
    };
    let content = '';
    const reading = readOutput(url, 0, async (chunk) => {
      content += chunk.toString();
    });
    await turns(() => content === 'one');
    jest.advanceTimersByTime(3_600_000);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    finish();
    expect(await reading).toBe(true);
    expect(content).toBe('onetwo');
  });
});

test('a platform that is not there is an error', async () => {
  await new Promise((resolve) => server.close(resolve));
  await expect(client.app('shop')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a connection that the platform closed just when it was to be used again is replaced', async () => {
  await client.app('first');
  // The client learns of its end only after the next request was sent.
  server.once('connection', () => undefined);
  let dropped = false;
  server.prependOnceListener('request', (request: IncomingMessage) => {
    dropped = true;
    request.socket.resetAndDestroy();
  });
  expect(await client.app('second')).toEqual({ id: 'it' });
  expect(dropped).toBe(true);
});

test('a new connection that is reset is an error: the request may have been processed', async () => {
  server.prependOnceListener('request', (request: IncomingMessage) => request.socket.resetAndDestroy());
  await expect(client.app('shop')).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(await client.app('shop')).toEqual({ id: 'it' });
});

test('an address of https is asked by TLS only', async () => {
  const encrypted = new PlatformClient(url.replace('http:', 'https:'), 'the-token');
  await expect(encrypted.app('shop')).rejects.toMatchObject({ code: expect.stringMatching(/^(EPROTO|ERR_SSL_\w+)$/) });
  expect(got).toEqual([]);
});
