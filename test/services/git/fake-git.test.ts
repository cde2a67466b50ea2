import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeBundle } from '../../../services/git/bundle.ts';
import { archiveCommit, commitSubject } from '../../../services/git/commit.ts';
import { runHttpBackend } from '../../../services/git/http-backend.ts';
import { tidyRepository } from '../../../services/git/tidy-repository.ts';

/**
 * A `git` that records its arguments and answers what the test needs: a shell script before the real one on the PATH. The real
 * one's behavior is in http.test.ts and push.test.ts.
 */
let directory: string;
let server: Server;
let port: number;
let call: Partial<Parameters<typeof runHttpBackend>[0]>;
let ended: Promise<void> | undefined;
const path = process.env.PATH ?? '';

beforeEach(async () => {
  ended = undefined;
  directory = mkdtempSync(join(tmpdir(), 'fake-git-'));
  process.env.PATH = `${directory}:${path}`;
  call = {};
  server = createServer((incoming, response) => {
    ended = runHttpBackend({
      ...{ request: incoming, response, repository: '/repositories/id.git', hooksDirectory: '/hooks' },
      git: { appName: 'shop', service: 'git-upload-pack', kind: 'call' },
      onHook: async () => {},
      ...call,
    });
    ended.catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  process.env.PATH = path;
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

function git(...lines: readonly string[]): void {
  writeFileSync(join(directory, 'git'), `#!/bin/sh\n${lines.join('\n')}\n`);
  chmodSync(join(directory, 'git'), 0o755);
}
const SAYS_HOW = `{ for each; do echo "$each"; done; env | grep -v -e ^PATH= -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort; } > ${'$'}0.called`;
const called = () => readFileSync(join(directory, 'git.called'), 'utf8').trim().split('\n');

interface Answer {
  readonly status: number;
  readonly headers: object;
  readonly body: string;
  readonly complete: boolean;
}

function post(headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method: 'POST', headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      response.on('error', () => {});
      const { date, connection, 'transfer-encoding': coding, ...rest } = response.headers;
      response.on('close', () =>
        resolve({ status: response.statusCode ?? 0, headers: rest, body: text, complete: response.complete }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const SETTINGS = [
  ...['core.hooksPath=/hooks', 'safe.directory=*', 'http.receivepack=true', 'receive.maxInputSize=1073741824'],
  ...['receive.autogc=false', 'gc.auto=0'],
].flatMap((setting) => ['-c', setting]);
const OWN = ['GIT_CONFIG_GLOBAL=/dev/null', 'GIT_CONFIG_NOSYSTEM=1'];
const OK = `printf 'Content-Type: text/x\\r\\n\\r\\nok'`;

test('a call of git: all its arguments, and all that it sees', async () => {
  git(SAYS_HOW, 'cat > /dev/null', OK);
  const more = { 'content-type': 'a/b', 'content-encoding': 'gzip', 'git-protocol': 'version=2', 'x-more': 'x' };
  expect(await post({ ...more, 'content-length': '4' }, 'body')).toEqual({
    ...{ status: 200, headers: { 'content-type': 'text/x' }, body: 'ok', complete: true },
  });
  await ended;
  expect(called()).toEqual([
    ...SETTINGS,
    'http-backend',
    ...['CONTENT_LENGTH=4', 'CONTENT_TYPE=a/b', ...OWN, 'GIT_HTTP_EXPORT_ALL=1'],
    ...['GIT_PROJECT_ROOT=/repositories', 'GIT_PROTOCOL=version=2', 'GIT_TERMINAL_PROMPT=0'],
    ...['HOME=/nonexistent', 'HTTP_CONTENT_ENCODING=gzip', 'LC_ALL=C', 'PATH_INFO=/id.git/git-upload-pack'],
    ...['QUERY_STRING=', 'REMOTE_USER=heroku', 'REQUEST_METHOD=POST'],
  ]);
});

test('what git is asked first: a GET, and only what the client has sent', async () => {
  git(SAYS_HOW, 'cat > /dev/null', OK);
  call = { git: { appName: 'shop', service: 'git-receive-pack', kind: 'advertise' } };
  await post({ 'content-length': '0' });
  await ended;
  expect(called().slice(SETTINGS.length + 1)).toEqual([
    ...['CONTENT_LENGTH=0', ...OWN, 'GIT_HTTP_EXPORT_ALL=1', 'GIT_PROJECT_ROOT=/repositories', 'GIT_TERMINAL_PROMPT=0'],
    ...['HOME=/nonexistent', 'LC_ALL=C', 'PATH_INFO=/id.git/info/refs', 'QUERY_STRING=service=git-receive-pack'],
    ...['REMOTE_USER=heroku', 'REQUEST_METHOD=GET'],
  ]);
});

test.each([
  { protocol: 'version=2:object-format=sha1', told: true },
  { protocol: 'v'.repeat(64), told: true },
  { protocol: 'v'.repeat(65), told: false },
  { protocol: 'a b', told: false },
  { protocol: '$(x)', told: false },
  { protocol: ' ', told: false },
])('a protocol of $protocol is told to git: $told', async ({ protocol, told }) => {
  git(SAYS_HOW, 'cat > /dev/null', OK);
  await post({ 'git-protocol': protocol });
  await ended;
  const line = called().find((each) => each.startsWith('GIT_PROTOCOL='));
  expect(line).toBe(told ? `GIT_PROTOCOL=${protocol}` : undefined);
});

test.each([
  {
    name: 'a status of its own',
    says: `printf 'status: 418 Teapot\\r\\nX-A:  b \\r\\n\\r\\nbody'`,
    is: { status: 418, headers: { 'x-a': 'b' }, body: 'body', complete: true },
  },
  {
    name: 'a head in pieces, and no body',
    says: `printf 'X-A: b\\r\\n\\r'; sleep 0.02; printf '\\n'`,
    is: { status: 200, headers: { 'x-a': 'b' }, body: '', complete: true },
  },
  {
    name: 'nothing at all',
    says: 'exit 0',
    is: { status: 500, headers: { 'content-type': 'text/plain' }, body: '', complete: true },
  },
  {
    name: 'no head',
    says: `head -c 70000 /dev/zero | tr '\\0' x`,
    is: { status: 500, headers: { 'content-type': 'text/plain' }, body: '', complete: true },
  },
  {
    name: 'a head of more than 64 KiB, ended in order',
    says: `printf 'X-A: '; head -c 300000 /dev/zero | tr '\\0' x; printf '\\r\\n\\r\\nbody'`,
    is: { status: 500, headers: { 'content-type': 'text/plain' }, body: '', complete: true },
  },
  {
    name: 'a head of just below 64 KiB',
    says: `printf 'X-A: b\\r\\nX-B: '; head -c 9000 /dev/zero | tr '\\0' x; printf '\\r\\n\\r\\nbody'`,
    is: { status: 200, headers: { 'x-a': 'b', 'x-b': 'x'.repeat(9_000) }, body: 'body', complete: true },
  },
  {
    name: 'half a body, and a failure',
    says: `printf 'X-A: b\\r\\n\\r\\nhalf'; exit 1`,
    is: { status: 200, headers: { 'x-a': 'b' }, body: 'half', complete: false },
  },
  {
    name: 'a head, and is killed',
    says: `printf 'X-A: b\\r\\n\\r\\n'; kill -9 $$`,
    is: { status: 200, headers: { 'x-a': 'b' }, body: '', complete: false },
  },
])('where git says $name, the client hears of it', async ({ says, is }) => {
  git('cat > /dev/null', says);
  expect(await post()).toEqual(is);
  await ended;
});

test('a git that is not there is an error', async () => {
  process.env.PATH = directory;
  void post().catch(() => {});
  await new Promise<void>((resolve) => server.once('request', () => resolve()));
  await expect(ended).rejects.toThrow('spawn git ENOENT');
});

test('nor is one that is to pack a commit or a repository', async () => {
  process.env.PATH = directory;
  const source = { repository: directory };
  await expect(archiveCommit(source, 'HEAD', join(directory, 'source'))).rejects.toThrow('spawn git ENOENT');
  const refs = new Map([['refs/heads/main', '1'.repeat(40)]]);
  await expect(writeBundle(source, refs, join(directory, 'bundle'))).rejects.toThrow('spawn git ENOENT');
});

test('whoever owns a repository, git reads it, and what waits in quarantine too', async () => {
  git(SAYS_HOW, 'echo subject');
  expect(await commitSubject({ repository: '/a:"b', quarantine: '/q' }, 'HEAD')).toBe(undefined);
  mkdirSync(join(directory, 'a:"b'));
  const repository = join(directory, 'a:"b');
  expect(await commitSubject({ repository, quarantine: '/q' }, 'HEAD')).toBe('subject');
  expect(called().filter((line) => line.startsWith('GIT_') && !OWN.includes(line))).toEqual([
    `GIT_ALTERNATE_OBJECT_DIRECTORIES="${repository.replaceAll('"', '\\"')}/objects"`,
    ...['GIT_CONFIG_COUNT=1', 'GIT_CONFIG_KEY_0=safe.directory', 'GIT_CONFIG_VALUE_0=*', `GIT_DIR=${repository}`],
    ...['GIT_OBJECT_DIRECTORY=/q', 'GIT_TERMINAL_PROMPT=0'],
  ]);
});

test('a client that leaves in the middle of its upload ends git', async () => {
  git(`trap 'echo TERM > "$0.signal"; exit 1' TERM`, ': > "$0.started"', 'cat > /dev/null; sleep 5 & wait');
  const headers = { 'content-length': '100' };
  const sent = request({ host: '127.0.0.1', port, method: 'POST', headers, agent: false });
  sent.on('error', () => {});
  sent.write('begun');
  while (!existsSync(join(directory, 'git.started'))) await pause(5);
  sent.destroy();
  await ended;
  expect(readFileSync(join(directory, 'git.signal'), 'utf8')).toBe('TERM\n');
});

test('a git that hangs is ended after two hours, and not before', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
  try {
    git(`printf 'X-A: b\\r\\n\\r\\nhalf'`, 'exec sleep 60');
    let ending = false;
    const answer = post().finally(() => {
      ending = true;
    });
    while (ended === undefined) await new Promise(setImmediate);
    jest.advanceTimersByTime(2 * 3_600_000 - 1);
    // On the real clock: a killed git would have ended by then.
    await pause(100);
    expect(ending).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await answer).toEqual({ status: 200, headers: { 'x-a': 'b' }, body: 'half', complete: false });
    await ended;
  } finally {
    jest.useRealTimers();
  }
});

test('the hook’s lines are its third and fourth, and end with git', async () => {
  let said = '';
  const closed: string[] = [];
  call = {
    onHook: async (conversation, verdict) => {
      conversation.on('data', (chunk) => {
        said += chunk;
        verdict.write('accepted\n');
        conversation.write('words\n');
      });
      conversation.on('close', () => closed.push('conversation'));
      verdict.on('close', () => closed.push('verdict'));
    },
  };
  git(
    'cat > /dev/null; echo hook >&3; read -r words <&3; read -r verdict <&4',
    `printf 'X: y\\r\\n\\r\\n%s' "$words $verdict"`,
  );
  expect((await post()).body).toBe('words accepted');
  await ended;
  await new Promise(setImmediate);
  expect([said, closed.sort()]).toEqual(['hook\n', ['conversation', 'verdict']]);
});

test('a repository is tidied with limits of our own, and waited for', async () => {
  for (const [name, text] of [
    ['refs/heads/main', ''],
    ['HEAD', 'ref: refs/heads/main\n'],
  ] as const) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  git(SAYS_HOW, `echo "$*" >> ${'$'}0.calls`);
  await tidyRepository(directory);
  // An existing branch and a HEAD that names it need no git.
  expect(readFileSync(join(directory, 'git.calls'), 'utf8').trim().split('\n')).toHaveLength(1);
  const limits = ['safe.directory=*', 'gc.auto=2000', 'gc.autoPackLimit=50', 'gc.autoDetach=false'];
  expect(called().slice(0, 11)).toEqual([...limits.flatMap((limit) => ['-c', limit]), 'gc', '--auto', '--quiet']);
  expect(called()).toContain(`GIT_DIR=${directory}`);
});
