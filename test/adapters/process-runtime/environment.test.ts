import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openWorkbench, until, type Workbench } from './workbench.ts';

jest.setTimeout(30_000);

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());
afterEach(() => {
  bench.lines.length = 0;
});

test('a dyno sees exactly its own environment', async () => {
  const platform = { HEROKU_API_KEY: 'secret', NODE_OPTIONS: '--no-warnings', DYNOFORM_DATA_DIR: '/somewhere' };
  Object.assign(process.env, platform);
  try {
    const { spec } = await bench.run(`node -p 'JSON.stringify(process.env)'`, {
      config: { version: 1, open: async () => ({ LANG: 'C', DYNO: 'mine', SHARED: 'config' }) },
      environment: { SHARED: 'platform' },
    });
    await bench.stopped(spec);
    const seen = JSON.parse(bench.messages()[0] ?? '');
    const home = join(bench.dataDirectory, 'dynos', `${spec.dynoId}.1`, 'app');
    const { PORT, SHLVL: _level, _: _program, ...rest } = seen;
    expect(rest).toEqual({
      PATH: `/usr/local/bin:/usr/bin:/bin:${dirname(process.execPath)}`,
      MEMORY_AVAILABLE: '512',
      LANG: 'C',
      SHARED: 'platform',
      DYNO: 'worker.1',
      HOME: home,
      PWD: home,
      TMPDIR: join(dirname(home), 'tmp'),
    });
    expect(Number(PORT)).toBeGreaterThan(1023);
  } finally {
    for (const name of Object.keys(platform)) delete process.env[name];
  }
});

(process.platform === 'linux' ? test : test.skip)('no file of the platform is open in a dyno', async () => {
  const { spec } = await bench.run('ls /proc/self/fd');
  await bench.stopped(spec);
  // Standard input, output, error, and the directory that `ls` reads.
  expect(bench.messages()).toEqual(['0', '1', '2', '3']);
});

test('profile scripts run in order before the command, which replaces their shell', async () => {
  const slug = await bench.slug({
    '.profile.d/2-second.sh': 'export ORDER="$ORDER second"',
    '.profile.d/1-first.sh': 'export ORDER="first"; export A="profile wins"',
    '.profile.d/ignored.txt': 'exit 1',
    '.profile': 'export ORDER="$ORDER profile"',
    'show.js': 'console.log([process.env.ORDER, process.env.A, process.pid].join("|")); setInterval(() => 0, 1000)',
  });
  const { spec } = await bench.run('node show.js', {
    slug,
    config: { version: 1, open: async () => ({ A: 'config' }) },
  });
  const [order, a, pid] = (await until(() => bench.messages()[0])).split('|');
  expect([order, a]).toEqual(['first second profile', 'profile wins']);
  process.kill(Number(pid), 'SIGKILL');
  expect((await bench.stopped(spec)).exit).toMatchObject({ status: 137 });
});

test('a simple command is the dyno’s first process, without a shell above it', async () => {
  const { spec } = await bench.run('node -e "console.log(process.pid); setInterval(() => 0, 1000)"');
  process.kill(Number(await until(() => bench.messages()[0])), 'SIGINT');
  expect((await bench.stopped(spec)).exit).toMatchObject({ status: 130 });
});

test('output can be opened by name, as servers that log to /dev/stdout do', async () => {
  const { spec } = await bench.run('echo out > /dev/stdout; echo err > /dev/stderr');
  await bench.stopped(spec);
  expect(bench.messages().sort()).toEqual(['err', 'out']);
});

test('every dyno has a port of its own', async () => {
  const specs = await Promise.all(Array.from({ length: 20 }, () => bench.run('echo $PORT; sleep 60')));
  await until(() => bench.messages().length === 20 || undefined);
  expect(new Set(bench.messages()).size).toBe(20);
  await Promise.all(specs.map(({ taskRef }) => bench.runtime.stop(taskRef, 0)));
  await Promise.all(specs.map(({ spec }) => bench.stopped(spec)));
});

test('output goes to the stream of a release phase as well', async () => {
  const { spec } = await bench.run('echo migrating; printf done', { outputStreamId: 'release-1' });
  await bench.stopped(spec);
  expect(bench.outputs.get('release-1')).toBe('migrating\ndone\n');
  expect(bench.messages()).toEqual(['migrating', 'done']);
});

test('nothing of a stopped dyno stays on disk', async () => {
  const { spec } = await bench.run('mkdir -p deep/er; date > deep/er/file; chmod 000 deep; date > "$TMPDIR/x"');
  expect((await bench.stopped(spec)).exit?.status).toBe(0);
  await until(async () => {
    const dynos = join(bench.dataDirectory, 'dynos');
    const left = (await readdir(dynos)).filter((name) => !name.startsWith('.'));
    return left.length === 0 && (await readdir(join(dynos, '.trash'))).length === 0 ? true : undefined;
  });
});
