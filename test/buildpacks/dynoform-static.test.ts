import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { openBuildFixture, until } from '../adapters/local/builder/build-fixture.ts';
import { freePort } from '../free-ports.ts';

type Fixture = Awaited<ReturnType<typeof openBuildFixture>>;

let fixture: Fixture;
let server: ChildProcess | undefined;
beforeEach(async () => {
  fixture = await openBuildFixture();
});
afterEach(async () => {
  server?.kill('SIGKILL');
  await fixture.close();
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Sends the path unchanged: clients clean up what attackers do not. */
function get(port: number, path: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.once('error', reject);
    request.end();
  });
}

/** Builds a site and starts its web process. */
async function serve(entries: Record<string, string>): Promise<{ readonly port: number; readonly app: string }> {
  const built = await fixture.build(entries);
  expect(built.outcome).toMatchObject({
    slug: { processTypes: { web: 'node .dynoform/static-server.cjs' }, buildpackDescription: 'Static' },
  });
  for (const [name, content] of Object.entries(await fixture.slugFiles(built))) {
    const path = join(fixture.directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  writeFileSync(join(fixture.directory, 'secret.txt'), 'secret');
  const app = join(fixture.directory, 'app');
  const port = await freePort();
  server = spawn(process.execPath, ['.dynoform/static-server.cjs'], {
    cwd: app,
    env: { PORT: String(port) },
    stdio: 'ignore',
  });
  await until(() =>
    get(port, '/').then(
      () => true,
      () => false,
    ),
  );
  return { port, app };
}

const SITE = {
  'index.html': '<h1>Home</h1>',
  'style.css': 'a {}',
  'data.bin': '0123456789',
  'docs/index.html': 'Docs',
  'about.html': 'About',
  'ü.txt': 'umlaut',
  '.env': 'SECRET=1',
  '.well-known/security.txt': 'Contact',
};

test.each([
  { path: '/', status: 200, type: 'text/html; charset=utf-8', body: '<h1>Home</h1>' },
  { path: '/style.css?v=1', status: 200, type: 'text/css; charset=utf-8', body: 'a {}' },
  { path: '/data.bin', status: 200, type: 'application/octet-stream', body: '0123456789' },
  { path: '/%C3%BC.txt', status: 200, type: 'text/plain; charset=utf-8', body: 'umlaut' },
  { path: '/docs/', status: 200, type: 'text/html; charset=utf-8', body: 'Docs' },
  { path: '/docs', status: 301, type: undefined, body: '' },
  { path: '/.well-known/security.txt', status: 200, type: 'text/plain; charset=utf-8', body: 'Contact' },
  { path: '/missing', status: 404, type: 'text/plain; charset=utf-8', body: 'Not found\n' },
  { path: '/about', status: 404, type: 'text/plain; charset=utf-8', body: 'Not found\n' },
])('$path is answered with $status', async ({ path, status, type, body }) => {
  const { port } = await serve(SITE);
  const answer = await get(port, path);
  expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([status, type, body]);
});

test('what is not content cannot be read', async () => {
  const { port, app } = await serve({ ...SITE, Procfile: 'web: node .dynoform/static-server.cjs' });
  symlinkSync('../secret.txt', join(app, 'leak.txt'));
  const paths = [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/docs/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '//etc/passwd',
    '/%00',
    '/%ff',
    '/.env',
    '/.dynoform/static-server.cjs',
    '/Procfile',
    '/leak.txt',
  ];
  const answers = await Promise.all(paths.map((path) => get(port, path)));
  expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 404));
  expect((await get(port, '/', {}, 'POST')).status).toBe(405);
});

test('conditional requests, ranges and HEAD', async () => {
  const { port } = await serve(SITE);
  const { headers } = await get(port, '/data.bin');
  expect((await get(port, '/data.bin', { 'if-none-match': headers.etag })).status).toBe(304);
  expect((await get(port, '/data.bin', { 'if-modified-since': headers['last-modified'] })).status).toBe(304);
  expect(await get(port, '/data.bin', { range: 'bytes=2-4' })).toMatchObject({ status: 206, body: '234' });
  expect(await get(port, '/data.bin', { range: 'bytes=-3' })).toMatchObject({ status: 206, body: '789' });
  expect((await get(port, '/data.bin', { range: 'bytes=10-' })).status).toBe(416);
  expect(await get(port, '/data.bin', {}, 'HEAD')).toMatchObject({
    status: 200,
    body: '',
    headers: { 'content-length': '10' },
  });
});

test('static.json: root, clean URLs, error page, and a route for everything else', async () => {
  const { port } = await serve({
    'static.json': JSON.stringify({
      root: 'dist/',
      clean_urls: true,
      error_page: '404.html',
      routes: { '/app/**': 'index.html' },
    }),
    'dist/index.html': 'Shell',
    'dist/about.html': 'About',
    'dist/404.html': 'Gone fishing',
    'outside.txt': 'x',
  });
  expect(await get(port, '/about')).toMatchObject({ status: 200, body: 'About' });
  expect(await get(port, '/app/any/where')).toMatchObject({ status: 200, body: 'Shell' });
  expect(await get(port, '/other')).toMatchObject({ status: 404, body: 'Gone fishing' });
  expect((await get(port, '/outside.txt')).status).toBe(404);
});

test.each([
  { name: 'is not JSON', json: '{', says: 'static.json: ' },
  { name: 'names a root outside', json: '{"root":"../.."}', says: 'root must be inside the app' },
  { name: 'names a root that is not there', json: '{"root":"dist"}', says: 'root is not a directory: dist' },
])('a static.json that $name fails the build', async ({ json, says }) => {
  const built = await fixture.build({ 'static.json': json });
  expect(built.outcome.status).toBe('failed');
  expect(built.output).toContain(says);
});

test('an app with nothing but a Procfile', async () => {
  const built = await fixture.build({ Procfile: 'worker: ./run.sh' });
  expect(built.output).toContain('-----> Procfile app detected\n');
  expect(built.outcome).toMatchObject({
    slug: { processTypes: { worker: './run.sh' }, buildpacks: ['dynoform/procfile'] },
  });
});
