import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { buildDirectory } from '../../client/build-directory.ts';
import { PlatformClient } from '../../client/platform-client.ts';

let server: Server;
let url: string;
let got: { line: string; body: Buffer }[];
let directory: string;
beforeEach(async () => {
  got = [];
  directory = mkdtempSync(join(tmpdir(), 'directory-'));
  mkdirSync(join(directory, 'app'));
  writeFileSync(join(directory, 'app', 'Procfile'), 'web: node web.js\n');
  server = createServer(async (request, response) => {
    got.push({ line: `${request.method} ${request.url}`, body: await buffer(request) });
    if (request.url === '/apps/shop/sources') {
      response.end(JSON.stringify({ source_blob: { put_url: `${url}/put`, get_url: 'the source' } }));
    } else response.end('{"id":"b1"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

test.each([
  {
    name: 'with a description',
    description: 'The first',
    blob: { url: 'the source', version_description: 'The first' },
  },
  { name: 'without one', description: undefined, blob: { url: 'the source' } },
])('the files of a directory are uploaded, and their build is started $name', async ({ description, blob }) => {
  const client = new PlatformClient(url, 'token');
  expect(await buildDirectory(client, 'shop', join(directory, 'app'), description)).toEqual({ id: 'b1' });
  const [source, put, build] = got;
  expect(got.map(({ line }) => line)).toEqual(['POST /apps/shop/sources', 'PUT /put', 'POST /apps/shop/builds']);
  expect(source?.body.toString()).toBe('{}');
  const archive = gunzipSync(put?.body ?? Buffer.alloc(0)).toString();
  expect(archive.slice(0, 'Procfile\0'.length)).toBe('Procfile\0');
  expect(archive).toContain('web: node web.js\n');
  expect(JSON.parse(build?.body.toString() ?? '')).toEqual({ source_blob: blob });
});
