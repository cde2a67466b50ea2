import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGitHandler } from '../../../services/git/git-handler.ts';

/** The platform API's answer, and the requests to it. */
let platform: { status: number; body: string };
let asked: string[];
let reported: unknown[][];
let servers: Server[];
let port: number;
let apiPort: number;
let directory: string;

const listen = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
};

beforeEach(async () => {
  [servers, asked, reported] = [[], [], []];
  directory = mkdtempSync(join(tmpdir(), 'handler-'));
  apiPort = await listen(
    createServer((incoming, response) => {
      asked.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization}`);
      response.writeHead(platform.status).end(platform.body);
    }),
  );
  // A file in place of the directory, which then cannot be opened.
  writeFileSync(join(directory, 'file'), '');
  const handler = createGitHandler({
    directory: join(directory, 'file'),
    apiUrl: `http://127.0.0.1:${apiPort}`,
    problems: { report: (message, error) => reported.push([message, error]) },
  });
  port = await listen(createServer((incoming, response) => void handler(incoming, response)));
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(directory, { recursive: true, force: true });
});

const TOKEN = `Basic ${Buffer.from('x:token').toString('base64')}`;
const REFS = '/shop.git/info/refs?service=git-upload-pack';

function get(path: string, authorization?: string, method = 'GET') {
  return new Promise<object>((resolve, reject) => {
    const headers = authorization === undefined ? {} : { authorization };
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      const { date, 'transfer-encoding': coding, ...rest } = response.headers;
      response.on('end', () => resolve({ status: response.statusCode, headers: rest, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache', connection: 'close' };
const refused = (status: number, body: string) => ({ status, headers: HEADERS, body });
const LOG_IN = {
  status: 401,
  headers: { ...HEADERS, 'www-authenticate': 'Basic realm="Dynoform Git"' },
  body: '!\tWARNING:\n!\tDo not authenticate with username and password using git.\n!\tRun `heroku login` to update your credentials, then retry the git command.\n',
};

test('whoever has no token is asked for one, and the platform hears nothing of it', async () => {
  expect(await get(REFS)).toEqual(LOG_IN);
  expect(await get(REFS, 'Bearer token')).toEqual(LOG_IN);
  expect(asked).toEqual([]);
});

test('what is no repository is not there, whoever asks', async () => {
  expect(await get('/shop.git/HEAD', TOKEN)).toEqual(refused(404, '!\tNot a git repository of this platform.\n'));
  expect(asked).toEqual([]);
});

test.each([
  { status: 401, message: 'Who?', is: LOG_IN },
  { status: 403, message: 'Not with this token.', is: refused(403, '!\tNot with this token.\n') },
  { status: 404, message: 'No.', is: refused(404, '!\tNo such app as shop.\n') },
  { status: 429, message: 'Too often.', is: refused(429, '!\tToo often.\n') },
  { status: 499, message: 'Hm.', is: refused(499, '!\tHm.\n') },
  { status: 500, message: 'Broken.', is: refused(503, '!\tBroken.\n') },
  { status: 503, message: 'Later.', is: refused(503, '!\tLater.\n') },
])('where the platform answers $status, git tells it in its own way', async ({ status, message, is }) => {
  platform = { status, body: JSON.stringify({ message }) };
  expect(await get(REFS, TOKEN)).toEqual(is);
  expect(asked).toEqual(['GET /apps/shop Bearer token']);
  expect(reported).toEqual([]);
});

const PROBLEM = refused(503, '!\tThe platform had a problem. Try again.\n');

test('what the service itself cannot do is the operator’s to know', async () => {
  platform = { status: 200, body: JSON.stringify({ id: 'id', name: 'shop' }) };
  expect(await get(REFS, TOKEN)).toEqual(PROBLEM);
  expect(reported).toEqual([['a git request failed', expect.objectContaining({ code: 'ENOTDIR' })]]);
});

test('an answer that is none of the platform’s is a problem too', async () => {
  platform = { status: 200, body: 'no JSON' };
  expect(await get(REFS, TOKEN)).toEqual(PROBLEM);
  expect(reported).toEqual([['a git request failed', expect.any(SyntaxError)]]);
});

describe('with a git of the test’s own', () => {
  const { PATH = '' } = process.env;
  let repositories: string;
  beforeEach(async () => {
    platform = { status: 200, body: JSON.stringify({ id: 'id', name: 'shop' }) };
    repositories = join(directory, 'repositories');
    const handler = createGitHandler({
      directory: repositories,
      apiUrl: `http://127.0.0.1:${apiPort}`,
      problems: { report: (message, error) => reported.push([message, error]) },
    });
    port = await listen(createServer((incoming, response) => void handler(incoming, response)));
  });
  afterEach(() => {
    process.env.PATH = PATH;
  });

  /** The real git, except that it serves nothing and its gc does what the test wants; returns all its calls. */
  function git(gc: string): () => readonly string[] {
    const log = join(directory, 'git.log');
    const script = [
      'for last; do :; done',
      `case "$*" in`,
      `*http-backend) echo serve >> ${log}; cat > /dev/null; printf 'X-A: b\\r\\n\\r\\nok' ;;`,
      `*"gc --auto"*) echo tidy >> ${log}; ${gc} ;;`,
      `*) PATH='${PATH}'; exec git "$@" ;;`,
      'esac',
    ];
    writeFileSync(join(directory, 'git'), `#!/bin/sh\n${script.join('\n')}\n`, { mode: 0o755 });
    process.env.PATH = `${directory}:${PATH}`;
    return () => readFileSync(log, 'utf8').trim().split('\n');
  }
  const settled = async (count: number, called: () => readonly string[]) => {
    for (let tries = 0; tries < 1_000 && called().length < count; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 2));
  };

  test.each([
    { method: 'GET', path: '/shop.git/info/refs?service=git-receive-pack', calls: ['serve'] },
    { method: 'POST', path: '/shop.git/git-upload-pack', calls: ['serve'] },
    { method: 'POST', path: '/shop.git/git-receive-pack', calls: ['serve', 'tidy'] },
  ])('$method $path: $calls', async ({ method, path, calls }) => {
    const called = git('exit 0');
    expect(await get(path, TOKEN, method)).toMatchObject({ status: 200, body: 'ok' });
    await settled(2, () => (calls.length === 2 ? called() : ['', '']));
    await get('/shop.git/info/refs?service=git-upload-pack', TOKEN);
    expect(called()).toEqual([...calls, 'serve']);
    expect(reported).toEqual([]);
  });

  test('what fails when the answer is on its way is the operator’s to know, and nothing more is answered', async () => {
    git('exit 1');
    expect(await get('/shop.git/git-receive-pack', TOKEN, 'POST')).toMatchObject({ status: 200, body: 'ok' });
    for (let tries = 0; tries < 1_000 && reported.length === 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 2));
    expect(reported).toEqual([
      ['a git request failed after its answer had begun', expect.objectContaining({ code: 1 })],
    ]);
  });
});
