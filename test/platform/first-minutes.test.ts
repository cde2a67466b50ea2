import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ApiClient } from './api-client.ts';
import { newcomer } from './clone.ts';
import { PlatformProcess } from './platform-process.ts';
import { until } from './until.ts';

/** What a newcomer meets: a fresh clone, an empty home, no option but free ports. */
jest.setTimeout(180_000);

const me = newcomer();
const platform = new PlatformProcess(me);
const api = new ApiClient(platform);

const COMMON_JS = {
  Procfile: 'web: node server.js\n',
  'server.js': `
const { createServer } = require('node:http');
createServer((request, response) => response.end(request.url === '/trace' ? new Error('here').stack : found(request.url.slice(1))))
  .listen(Number(process.env.PORT));
function found(name) {
  try { return require.resolve(name); } catch (error) { return error.code; }
}
`,
};

/** The printed line, in a directory of mine: where heroku commands go then. */
function typed(started: PlatformProcess, directory: string): string {
  const [line = ''] = /eval "\$\(.*\)"/.exec(started.output) ?? [];
  const script = `${line} && printf %s "$HEROKU_HOST"`;
  return execFileSync('bash', ['-c', script], {
    cwd: directory,
    env: { ...process.env, HOME: me.home },
    encoding: 'utf8',
  });
}

beforeAll(() => platform.start());
afterAll(async () => {
  await platform.stop();
  rmSync(me.directory, { recursive: true, force: true, maxRetries: 5 });
});

test('the first start deploys the example and keeps everything in my home', () => {
  expect(platform.output).toContain(`Dynoform keeps its state in ${me.home}/.dynoform\n`);
  expect(platform.output).toContain(`hello answers at http://hello.localhost:${platform.routerPort}/`);
  expect(platform.output).not.toContain('WARNING: apps also see');
});

test('the start prints the line for another terminal, and says that all others talk to heroku.com', () => {
  expect(platform.output).toMatch(/in another terminal; in every other one heroku commands go to heroku\.com:$/m);
  expect(typed(platform, me.home)).toBe(`http://localhost:${platform.apiPort}`);
});

describe('my app of two files, without a package.json', () => {
  beforeAll(async () => {
    await api.call('POST', '/apps', { name: 'old-school' });
    await api.deploy('old-school', COMMON_JS);
    await api.dynosUp('old-school', 1);
  });

  test('may use require, as on Heroku', async () => {
    expect((await platform.get('old-school', '/node:http')).text).toBe('node:http');
  });

  test.each(['zod', 'ws', 'typescript'])('finds no package that it does not declare: %s', async (name) => {
    expect((await platform.get('old-school', `/${name}`)).text).toBe('MODULE_NOT_FOUND');
  });

  test('has short paths in its stack traces: my home, the dyno, the file', async () => {
    const { text } = await platform.get('old-school', '/trace');
    const [file = ''] = /\/\S+server\.js/.exec(text) ?? [];
    expect(file).toMatch(/\/home\/\.dynoform\/dynos\/[^/]+\/app\/server\.js$/);
    expect(file.length - me.home.length).toBeLessThan(80);
  });

  test('sees no git history', async () => {
    await api.call('POST', '/apps/old-school/dynos', { command: 'git log -1 2>&1 || echo git: $?' });
    await api.logged('old-school', /app\[run\.\d+\]: git: 128$/m);
    expect(await api.logs('old-school')).toContain('fatal: not a git repository');
  });
});

describe('npm start tells me', () => {
  beforeAll(() => api.call('POST', '/apps', { name: 'told' }));
  const said = async (line: RegExp) => {
    await until(`the start to say ${line}`, () => line.test(platform.output));
    expect(platform.output).toMatch(line);
  };

  test('of a push', async () => {
    await api.deploy('told', { Procfile: 'web: node web.js\n', 'web.js': 'process.exit(3)' });
    await said(/^\d\d:\d\d:\d\d told: deployed as v3$/m);
  });

  test('of a crash', async () => {
    await said(/^\d\d:\d\d:\d\d told: web\.1 crashed \(heroku logs -a told --dyno-name web\.1\)$/m);
  });

  test('of a build that fails, and the address in the log shows its output to a browser', async () => {
    const source = { Procfile: 'web: x\n', 'package.json': '{"scripts":{"build":"echo the reason; exit 1"}}' };
    await api.call('POST', '/apps', { name: 'broken' });
    await expect(api.deploy('broken', source)).rejects.toThrow(/the reason/);
    await said(/broken: the build failed \(heroku logs -a broken/);
    const [, address = ''] = /check your build output: (\S+)/.exec(await api.logs('broken')) ?? [];
    const answer = await fetch(address, { headers: { Connection: 'close' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(await answer.text()).toContain('the reason');
  });
});

test('my data of an older version, in the clone, is found and works, and the printed command moves it', async () => {
  await platform.stop();
  renameSync(path.join(me.home, '.dynoform'), path.join(me.clone, '.dynoform'));
  const older = new PlatformProcess({ ...me, dataDirectory: path.join(me.clone, '.dynoform') });
  try {
    await older.start();
    expect(older.output).toContain(`Dynoform keeps its state in ${me.clone}/.dynoform\n`);
    expect(older.output).toContain(`WARNING: apps also see ${me.clone}/package.json, `);
    await new ApiClient(older).dynosUp('hello', 1);
    expect((await older.get('hello')).text).toContain('Hello from web.1');
    // This one needs a place outside the clone.
    expect((await new ApiClient(older).dynos('old-school')).map(({ type }) => type)).toEqual(['web']);
    expect(typed(older, me.home)).toBe(`http://localhost:${older.apiPort}`);
    const [, from, to] = /^Your data is in the clone.*: mv '(.*)' '(.*)'$/m.exec(older.output) ?? [];
    await older.stop();
    renameSync(String(from), String(to));
  } finally {
    await older.stop();
  }
  await platform.start();
  // It has crashed in the clone, and would be started again some minutes later.
  await api.call('DELETE', '/apps/old-school/dynos');
  await api.dynosUp('old-school', 1);
  expect((await platform.get('old-school', '/node:http')).text).toBe('node:http');
});
