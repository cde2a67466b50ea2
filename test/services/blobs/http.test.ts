import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { type LocalBlobs, openLocalBlobs } from '../../../adapters/local/blobs.ts';
import { blobsHandler } from '../../../services/blobs/http.ts';

const MAX_BYTES = 5_000_000;
const NOW_MS = 1_000;
const signer = new HmacSigner(randomBytes(32));
let directory: string;
let server: Server;
let blobs: LocalBlobs;
let failures: unknown[];

beforeEach(async () => {
  failures = [];
  directory = await mkdtemp(join(tmpdir(), 'dynoform-blobs-http-'));
  server = createServer((incoming, response) => {
    handle(incoming, response).catch((error) => failures.push(error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  blobs = await openLocalBlobs({ directory, apiUrl, signer });
  const handle = blobsHandler({ blobs, signer, clock: { nowMs: () => NOW_MS }, maxBytes: MAX_BYTES });
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
  expect(failures).toEqual([]);
});

const url = (method: 'GET' | 'PUT', key = 'sources/a') => blobs.signedUrl(method, key, NOW_MS + 1);
const put = (target: string, body: Uint8Array) => fetch(target, { method: 'PUT', body });

/** A chunked PUT: its size is not known in advance. */
async function putChunked(target: string, chunks: number): Promise<{ status: number | undefined; body: string }> {
  const outgoing = request(target, { method: 'PUT' });
  outgoing.setMaxListeners(0).on('error', () => undefined);
  const answer = once(outgoing, 'response');
  for (let i = 0; i < chunks && !outgoing.destroyed; i++) {
    if (!outgoing.write(Buffer.alloc(500_000))) {
      await Promise.race([new Promise((resolve) => outgoing.once('drain', resolve)), answer]);
    }
  }
  outgoing.end();
  const [response] = await answer;
  return { status: response.statusCode, body: await text(response) };
}

test('what was uploaded comes back', async () => {
  const content = randomBytes(3_000_000);
  const uploaded = await put(await url('PUT'), content);
  expect([uploaded.status, await uploaded.text()]).toEqual([200, '']);
  const downloaded = await fetch(await url('GET'));
  expect(downloaded.status).toBe(200);
  expect(downloaded.headers.get('content-type')).toBe('application/octet-stream');
  expect(downloaded.headers.get('content-length')).toBe('3000000');
  expect(Buffer.from(await downloaded.arrayBuffer()).equals(content)).toBe(true);
});

test('a chunked upload is fine too', async () => {
  expect((await putChunked(await url('PUT'), 10)).status).toBe(200);
  expect(await blobs.size('sources/a')).toBe(5_000_000);
});

describe('refuses, in JSON', () => {
  test.each<{ name: string; target: () => Promise<string>; method: string; status: number; id: string }>([
    { name: 'no such blob', target: () => url('GET'), method: 'GET', status: 404, id: 'not_found' },
    { name: 'a GET with a URL for PUT', target: () => url('PUT'), method: 'GET', status: 403, id: 'forbidden' },
    { name: 'a PUT with a URL for GET', target: () => url('GET'), method: 'PUT', status: 403, id: 'forbidden' },
    { name: 'another method', target: () => url('PUT'), method: 'DELETE', status: 404, id: 'not_found' },
    {
      name: 'an expired URL',
      target: () => blobs.signedUrl('GET', 'sources/a', NOW_MS),
      method: 'GET',
      status: 403,
      id: 'forbidden',
    },
    { name: 'a forged token', target: async () => `${await url('GET')}x`, method: 'GET', status: 403, id: 'forbidden' },
    {
      name: 'no token',
      target: async () => new URL('/blobs/', await url('GET')).href,
      method: 'GET',
      status: 404,
      id: 'not_found',
    },
    {
      name: 'a path behind it',
      target: async () => `${await url('GET')}/x`,
      method: 'GET',
      status: 404,
      id: 'not_found',
    },
  ])('$name', async ({ target, method, status, id }) => {
    const response = await fetch(await target(), { method, ...(method === 'PUT' ? { body: 'x' } : {}) });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ id, message: expect.any(String) });
  });

  test('an upload that announces too much, before it is sent', async () => {
    const { hostname, port, pathname } = new URL(await url('PUT'));
    const socket = connect(Number(port), hostname);
    socket.write(`PUT ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: ${MAX_BYTES + 1}\r\n\r\n`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('HTTP/1.1 413 Payload Too Large');
    expect(String(answer)).toContain('"id":"payload_too_large"');
    socket.destroy();
  });

  test('an upload that turns out too large, and the client gets to read why', async () => {
    const { status, body } = await putChunked(await url('PUT'), 40);
    expect(status).toBe(413);
    expect(JSON.parse(body)).toEqual({ id: 'payload_too_large', message: 'The upload is larger than 5000000 bytes.' });
    expect(await blobs.size('sources/a')).toBeUndefined();
    expect(await readdir(join(directory, '.incoming'))).toEqual([]);
  });
});

test('a client that leaves in the middle leaves nothing behind', async () => {
  const outgoing = request(await url('PUT'), { method: 'PUT', headers: { 'content-length': 1_000_000 } });
  outgoing.on('error', () => undefined);
  outgoing.write(Buffer.alloc(100_000));
  const incoming = () => readdir(join(directory, '.incoming'));
  for (let i = 0; i < 500 && (await incoming()).length === 0; i++) await new Promise((wake) => setTimeout(wake, 5));
  expect(await incoming()).toHaveLength(1);
  outgoing.destroy();
  for (let i = 0; i < 500 && (await incoming()).length > 0; i++) await new Promise((wake) => setTimeout(wake, 5));
  expect(await incoming()).toEqual([]);
  expect(await blobs.size('sources/a')).toBeUndefined();
});
