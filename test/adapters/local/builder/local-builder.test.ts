import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Built, isAlive, openBuildFixture, tarball, until } from './build-fixture.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

type Fixture = Awaited<ReturnType<typeof openBuildFixture>>;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openBuildFixture();
});
afterEach(() => fixture.close());

const slugOf = ({ outcome }: Built) => (outcome.status === 'succeeded' ? outcome.slug : undefined);

test('buildpacks in a row: each sees what the one before it exported, the last one names the defaults', async () => {
  const first = fixture.buildpack({
    'bin/detect': 'echo One',
    'bin/compile': 'echo "       one"; echo 1 > "$1/one"; echo "export FROM_ONE=yes" > "$(dirname "$0")/../export"',
    'bin/release': 'printf -- "---\\ndefault_process_types:\\n  web: one\\n  rake: one\\n"',
  });
  const second = fixture.buildpack({
    'bin/detect': 'echo Two',
    'bin/compile': 'echo "       two sees FROM_ONE=$FROM_ONE" >&2',
    'bin/release': 'printf -- "---\\ndefault_process_types:\\n  web: two\\n  console: two\\n"',
  });
  const built = await fixture.build({ Procfile: 'worker: w\nweb: mine\n' }, { buildpacks: [first, second] });
  expect(built.output).toBe(
    [
      '-----> Building on the Heroku-24 stack',
      '-----> Using buildpacks:',
      `       1. ${first}`,
      `       2. ${second}`,
      '-----> One app detected',
      '       one',
      '-----> Two app detected',
      '       two sees FROM_ONE=yes',
      '-----> Discovering process types',
      '       Procfile declares types     -> worker, web',
      '       Default types for buildpack -> console',
      '',
      '-----> Compressing...',
      expect.anything(),
      '',
    ]
      .map((line) => (typeof line === 'string' ? line : built.output.split('\n').find((each) => /Done: /.test(each))))
      .join('\n'),
  );
  expect(slugOf(built)).toMatchObject({
    processTypes: { web: 'mine', worker: 'w', console: 'two' },
    buildpackDescription: 'Two',
    buildpacks: [first, second],
    checksum: expect.stringMatching(/^SHA256:[0-9a-f]{64}$/),
  });
  expect(await fixture.slugFiles(built)).toEqual({ './app/Procfile': 'worker: w\nweb: mine\n', './app/one': '1\n' });
});

test('scripts see the documented environment and nothing of the platform', async () => {
  process.env.DYNOFORM_SECRET_OF_THE_PLATFORM = 'secret';
  const buildpack = fixture.buildpack({
    'bin/compile':
      'env | cut -d= -f1 | sort | tr "\\n" " "; echo; cat "$3/MULTI"; echo "|$STACK|$SOURCE_VERSION|"; ls -A "$HOME" | wc -l',
  });
  const built = await fixture.build(
    { a: 'a' },
    { buildpacks: [buildpack], config: { MULTI: 'two\nlines', OTHER: 'x' }, sourceVersion: 'abc123' },
  );
  delete process.env.DYNOFORM_SECRET_OF_THE_PLATFORM;
  const lines = built.output.split('\n');
  // PWD, SHLVL, _ and OLDPWD are bash's own.
  const names = lines[3]
    ?.trim()
    .split(' ')
    .filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name));
  expect(names).toEqual(['HOME', 'LANG', 'PATH', 'REQUEST_ID', 'SOURCE_VERSION', 'STACK', 'TMPDIR']);
  expect(lines.slice(4, 7).map((line) => line.trim())).toEqual(['two', 'lines|heroku-24|abc123|', '0']);
});

test('what never belongs into a slug is gone before the buildpack runs', async () => {
  const buildpack = fixture.buildpack({ 'bin/compile': 'cd "$1"; find . -type f | sort' });
  const built = await fixture.build(
    {
      '.git/config': 'x',
      '.gitmodules': 'x',
      'log/development.log': 'x',
      'tmp/cache/a': 'x',
      'lib/log/kept': 'x',
      'docs/big.psd': 'x',
      'docs/readme': 'x',
      '.slugignore': '*.psd\n!docs/big.psd\n',
    },
    { buildpacks: [buildpack] },
  );
  expect(built.output).toContain(' !     Warning: .slugignore line 2 is ignored');
  expect(Object.keys(await fixture.slugFiles(built))).toEqual([
    './app/.slugignore',
    './app/docs/readme',
    './app/lib/log/kept',
  ]);
  expect(built.output).toContain('./.slugignore\n./docs/readme\n./lib/log/kept\n');
});

test('one top directory is taken off, as in the tarballs of GitHub', async () => {
  const built = await fixture.build({ 'shop-abc/Procfile': 'web: a', 'shop-abc/lib/b': 'b' });
  expect(await fixture.slugFiles(built)).toEqual({ './app/Procfile': 'web: a', './app/lib/b': 'b' });
});

test('the same source makes the same slug, whatever time the build writes its files at', async () => {
  const buildpack = fixture.buildpack({ 'bin/compile': 'echo built > "$1/built"; ln -s built "$1/link"' });
  const long = `${'long/'.repeat(30)}name-${'n'.repeat(90)}`;
  const entries = { Procfile: 'web: a', [long]: 'x', 'run.sh': { mode: 0o755, content: 'echo' } };
  const first = await fixture.build(entries, { buildpacks: [buildpack] });
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const second = await fixture.build(entries, { buildpacks: [buildpack], appId: 'app-2' });
  expect(slugOf(second)?.artifact.blobKey).toBe(slugOf(first)?.artifact.blobKey);
  expect(await fixture.slugFiles(first)).toMatchObject({ [`./app/${long}`]: 'x', './app/link': '-> built' });
  const stored = readFileSync(join(fixture.directory, 'blobs', slugOf(first)?.artifact.blobKey ?? ''));
  expect(slugOf(first)).toMatchObject({
    artifact: { kind: 'tarball', blobKey: `slugs/${createHash('sha256').update(stored).digest('hex')}` },
    sizeBytes: stored.length,
  });
});

test('the cache survives a success, and a failure does not change it', async () => {
  const buildpack = fixture.buildpack({
    'bin/compile': 'echo "kept: $(cat "$2/count" 2>/dev/null)"; echo -n x >> "$2/count"; [ ! -f "$1/fail" ]',
  });
  const kept = async (entries: Record<string, string>, appId = 'app-1') => {
    const { output } = await fixture.build(entries, { buildpacks: [buildpack], appId });
    return /^ *kept: (.*)$/m.exec(output)?.[1];
  };
  expect(await kept({ a: '' })).toBe('');
  expect(await kept({ fail: '' })).toBe('x');
  expect(await kept({ a: '' })).toBe('x');
  expect(await kept({ a: '' })).toBe('xx');
  expect(await kept({ a: '' }, 'app-2')).toBe('');
  await fixture.builder.purgeBuildCache('app-1');
  expect(await kept({ a: '' })).toBe('');
});

test.each([
  { name: 'a climbing path', entries: { '../../evil': 'x' }, says: 'path with "..": "../../evil"' },
  { name: 'an absolute path', entries: { '/tmp/evil': 'x' }, says: 'absolute path: "/tmp/evil"' },
  {
    name: 'a link out of the tree',
    entries: { link: { type: 'symlink' as const, linkname: '../../../etc' }, 'link/x': 'x' },
    says: 'link that leads out of it: "link"',
  },
  {
    name: 'a device file',
    entries: { dev: { type: 'character-device' as const, devmajor: 1, devminor: 3 } },
    says: 'special file (character-device): "dev"',
  },
])('refuses an archive with $name', async ({ entries, says }) => {
  const built = await fixture.build({ Procfile: 'web: a', ...entries });
  expect(built.outcome.status).toBe('failed');
  const line = `The source cannot be unpacked: the archive contains ${says.startsWith('abs') ? 'an' : 'a'} ${says}.`;
  expect(built.output.endsWith(` !     ${line}\n\n !     Push failed\n`)).toBe(true);
  expect(existsSync('/tmp/evil')).toBe(false);
});

test.each([
  { name: 'text', content: Buffer.from('not an archive') },
  { name: 'nothing', content: Buffer.alloc(0) },
])('refuses $name instead of an archive', async ({ content }) => {
  const built = await fixture.build(content);
  expect(built.outcome.status).toBe('failed');
  expect(built.output).toContain(" !     The source cannot be unpacked: not a readable gzip'ed tarball: ");
  expect(built.output).toContain(' !     Push failed');
});

test('refuses a bomb without unpacking it', async () => {
  const bomb = await tarball({ zeros: Buffer.alloc(80 * 1024 * 1024) });
  const small = await openBuildFixture({ limits: { sourceBytesMax: 8 * 1024 * 1024 } });
  try {
    expect(bomb.length).toBeLessThan(1024 * 1024);
    const built = await small.build(bomb);
    expect(built.outcome).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/unpacks to more (than 8388608 bytes|bytes than allowed)/),
    });
  } finally {
    await small.close();
  }
});

test.each([
  { name: 'the right checksum', flip: false, expected: { status: 'succeeded' } },
  {
    name: 'another checksum',
    flip: true,
    expected: { status: 'failed', message: expect.stringContaining('checksum does not match') },
  },
])('a source with $name', async ({ flip, expected }) => {
  const source = await tarball({ Procfile: 'web: a' });
  const hash = createHash('sha256')
    .update(flip ? 'other' : source)
    .digest('hex');
  const built = await fixture.build(source, { checksum: `SHA256:${hash}` });
  expect(built.outcome).toMatchObject(expected);
});

test.each([
  {
    name: 'does not fit',
    scripts: { 'bin/detect': 'echo "no requirements.txt"; exit 1' },
    says: /-----> App not compatible with buildpack: .*\n {7}no requirements.txt\n {7}More info: .*\n\n\n ! {5}Push failed\n$/,
  },
  {
    name: 'fails to compile',
    scripts: { 'bin/compile': 'echo "       half"; exit 3' },
    says: /-----> Test app detected\n {7}half\n\n ! {5}Push rejected, failed to compile Test app\.\n\n ! {5}Push failed\n$/,
  },
  {
    name: 'prints a broken release',
    scripts: { 'bin/compile': 'true', 'bin/release': 'echo "a: [1"' },
    says: / ! {5}The buildpack .* has a broken bin\/release\.\n\n ! {5}Push failed\n$/,
  },
  {
    name: 'makes a link out of the app',
    scripts: { 'bin/compile': 'ln -s /etc/passwd "$1/leak"' },
    says: / ! {5}The slug contains a symbolic link that leads out of it: leak\n/,
  },
])('a buildpack that $name', async ({ scripts, says }) => {
  const built = await fixture.build({ Procfile: 'web: a' }, { buildpacks: [fixture.buildpack(scripts)] });
  expect(built.outcome.status).toBe('failed');
  expect(built.output).toMatch(says);
});

test.each([
  { name: 'an unknown name', buildpack: 'heroku/cobol', says: 'it is not a buildpack of this platform' },
  { name: 'a relative path', buildpack: '../buildpack', says: 'it is not a buildpack of this platform' },
  { name: 'a missing directory', buildpack: '/nonexistent/buildpack', says: 'there is no such directory' },
  { name: 'a private address', buildpack: 'https://127.0.0.1/buildpack', says: 'is not at a public address' },
  { name: 'git without TLS', buildpack: 'http://8.8.8.8/buildpack', says: 'only be cloned from https:// URLs' },
  { name: 'an option as branch', buildpack: 'https://8.8.8.8/x#--upload-pack=x', says: 'the branch name is not valid' },
])('refuses $name as a buildpack', async ({ buildpack, says }) => {
  const built = await fixture.build({ Procfile: 'web: a' }, { buildpacks: [buildpack] });
  expect(built.output).toContain(says);
  expect(built.outcome.status).toBe('failed');
});

test('a slug above the limit', async () => {
  const small = await openBuildFixture({ limits: { slugBytesMax: 1024 * 1024 } });
  try {
    const random = require('node:crypto').randomBytes(3 * 1024 * 1024);
    const built = await small.build({ Procfile: 'web: a', random });
    expect(built.output).toContain(
      ' !     Compiled slug size: 3.0M is too large (max is 1M).\n !     See: http://devcenter.heroku.com/articles/slug-size\n\n !     Push failed\n',
    );
    expect(existsSync(join(small.directory, 'blobs', 'slugs'))).toBe(false);
  } finally {
    await small.close();
  }
});

test('endless output is cut, the build goes on', async () => {
  const small = await openBuildFixture({ limits: { outputBytesMax: 200_000 } });
  try {
    const buildpack = small.buildpack({
      'bin/compile': 'yes 0123456789 | head -c 5000000; head -c 3000000 /dev/zero | tr "\\0" z',
    });
    const built = await small.build({ Procfile: 'web: a' }, { buildpacks: [buildpack] });
    expect(built.outcome.status).toBe('succeeded');
    expect(built.output.length).toBeLessThan(300_000);
    expect(built.output).toMatch(/Too much output: the rest of it is not shown\.\n$/);
  } finally {
    await small.close();
  }
});

const STUBBORN = {
  'bin/compile': `trap '' TERM HUP INT
    sleep 300 & echo $! > "$2/../child"
    (trap '' TERM; exec sleep 301) &
    echo started; wait`,
};

async function childOf(fixtureDirectory: string, buildId: string): Promise<number> {
  const path = join(fixtureDirectory, 'builds', buildId, 'child');
  await until(() => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'));
  return Number(readFileSync(path, 'utf8'));
}

test('cancel ends the build and every process of it', async () => {
  const { buildId, ended } = await fixture.start({ a: '' }, { buildpacks: [fixture.buildpack(STUBBORN)] });
  const child = await childOf(fixture.directory, buildId);
  expect(isAlive(child)).toBe(true);
  await fixture.builder.cancel(buildId);
  await fixture.builder.cancel(buildId);
  expect((await ended).outcome).toEqual({ status: 'failed', message: 'Build canceled.' });
  await until(() => !isAlive(child));
  await until(() => readdirSync(join(fixture.directory, 'builds')).length === 0);
});

test('a build that takes too long is ended in the words of Heroku', async () => {
  const order = { buildpacks: [fixture.buildpack(STUBBORN)], deadlineMs: Date.now() + 1_500 };
  const { buildId, ended } = await fixture.start({ a: '' }, order);
  const child = await childOf(fixture.directory, buildId);
  const built = await ended;
  expect(built.outcome.status).toBe('failed');
  expect(built.output).toContain(' !     Timed out compiling Test app (');
  expect(built.output).toContain(
    ' !     See https://devcenter.heroku.com/articles/slug-compiler#time-limit\n\n !     Push failed\n',
  );
  await until(() => !isAlive(child));
});

test('a process that leaves its group does not outlive the build', async () => {
  const buildpack = fixture.buildpack({
    'bin/compile':
      'node -e \'const {pid} = require("child_process").spawn("sleep", ["300"], {detached: true, stdio: "ignore"}); console.log("pid", pid); process.exit()\'',
  });
  const { ended } = await fixture.start({ Procfile: 'web: a' }, { buildpacks: [buildpack] });
  const built = await ended;
  expect(built.outcome.status).toBe('succeeded');
  const pid = Number(/^ *pid (\d+)$/m.exec(built.output)?.[1]);
  expect(pid).toBeGreaterThan(1);
  await until(() => !isAlive(pid));
  await until(() => readdirSync(join(fixture.directory, 'builds')).length === 0);
  if (process.platform === 'linux') {
    const left = readdirSync('/proc').filter((name) => {
      try {
        return (
          /^\d+$/.test(name) &&
          readFileSync(`/proc/${name}/environ`, 'utf8').includes(`HOME=${fixture.directory}/builds`)
        );
      } catch {
        return false;
      }
    });
    expect(left).toEqual([]);
  }
});

test('builds of one app take turns and say so, at most two run at all', async () => {
  const buildpack = fixture.buildpack({
    'bin/compile':
      'touch "$2/../../../running-$SOURCE_VERSION"; while [ ! -f "$2/../../../go-$SOURCE_VERSION" ]; do sleep 0.05; done',
  });
  const begin = (sourceVersion: string, appId: string) =>
    fixture.start({ a: '' }, { buildpacks: [buildpack], sourceVersion, appId });
  const runs = (name: string) => existsSync(join(fixture.directory, `running-${name}`));
  const letGo = (name: string) => require('node:fs').writeFileSync(join(fixture.directory, `go-${name}`), '');
  const one = await begin('1', 'app-1');
  const two = await begin('2', 'app-1');
  const three = await begin('3', 'app-3');
  const four = await begin('4', 'app-4');
  await until(() => runs('1') && runs('3'));
  expect([runs('2'), runs('4')]).toEqual([false, false]);
  expect(await fixture.outputSoFar(two.buildId)).toBe('-----> Waiting for another build of this app to finish\n');
  expect(await fixture.outputSoFar(four.buildId)).toBe('-----> Waiting for builds of other apps to finish\n');
  letGo('3');
  await three.ended;
  await until(() => runs('4'));
  expect(runs('2')).toBe(false);
  // A waiting build is canceled at once.
  await fixture.builder.cancel(two.buildId);
  expect((await two.ended).outcome.status).toBe('failed');
  letGo('1');
  letGo('4');
  expect((await one.ended).outcome.status).toBe('succeeded');
  expect((await four.ended).outcome.status).toBe('succeeded');
});
