import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openBuildCache } from '../../../../adapters/local/builder/build-cache.ts';
import { BuildOutput } from '../../../../adapters/local/builder/build-output.ts';
import { createBuildQueue } from '../../../../adapters/local/builder/build-queue.ts';
import { shown } from '../../../../adapters/local/builder/choose-buildpacks.ts';
import { cleanSource, readRegularFile } from '../../../../adapters/local/builder/clean-source.ts';
import { gzipBlocks } from '../../../../adapters/local/builder/gzip-blocks.ts';
import {
  machinePath,
  scriptEnvironment,
  writeEnvironmentDirectory,
} from '../../../../adapters/local/builder/script-environment.ts';
import { listSlug, packSlug, type SlugEntry } from '../../../../adapters/local/builder/slug-archive.ts';
import { padding, tarHeader } from '../../../../adapters/local/builder/tar-header.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'build-parts-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (path: string, content = '') => {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), content);
};
const files = (path = '') =>
  readdirSync(join(directory, path), { recursive: true, withFileTypes: true })
    // Newer Node versions follow links too.
    .filter((entry) => !entry.isDirectory() && realpathSync(entry.parentPath) === entry.parentPath)
    .map((entry) => join(entry.parentPath, entry.name).slice(join(directory, path).length + 1))
    .sort();

describe('the output of a build', () => {
  const outputOf = (bytesMax = 1_000_000) => {
    const told: string[] = [];
    return { told, output: new BuildOutput((text) => told.push(text), bytesMax) };
  };

  test('has the form of Heroku', () => {
    const { told, output } = outputOf();
    output.step('a');
    output.detail('b');
    output.problem('c');
    output.blank();
    output.write('d\0e\0');
    expect(told).toEqual(['-----> a\n', '       b\n', ' !     c\n', '\n', 'de']);
  });

  test('ends with one last line behind its limit', () => {
    const { told, output } = outputOf(4);
    output.write('zwö');
    output.write('x');
    output.write('y');
    output.write('');
    expect(told).toEqual(['zwö', '\n !     Too much output: the rest of it is not shown.\n']);
    const exact = outputOf(4);
    exact.output.write('four');
    exact.output.write('');
    expect(exact.told).toEqual(['four', '']);
  });

  test('has the lines of scripts whole, whatever they come in', () => {
    const { told, output } = outputOf();
    const lines = output.lines();
    const push = (text: string) => lines.push(Buffer.from(text));
    push('a');
    push('b\nc\nd');
    lines.push(Buffer.from('ö').subarray(0, 1));
    lines.push(Buffer.concat([Buffer.from('ö').subarray(1), Buffer.from('\n')]));
    push('last');
    lines.end();
    lines.end();
    expect(told).toEqual(['ab\nc\n', 'dö\n', 'last\n']);
  });

  test('has a line that does not end in pieces', () => {
    const { told, output } = outputOf();
    const lines = output.lines();
    lines.push(Buffer.from('x'.repeat(64 * 1024)));
    expect(told).toEqual([]);
    lines.push(Buffer.from('x'));
    expect(told.map(({ length }) => length)).toEqual([64 * 1024 + 1]);
    lines.end();
    expect(told).toHaveLength(1);
  });
});

describe('builds', () => {
  /** Adds jobs that end when the test says so. */
  function queueOf(limit: number) {
    const queue = createBuildQueue(limit);
    const log: string[] = [];
    const ends = new Map<string, () => void>();
    const add = (name: string) =>
      queue.add(
        name.slice(0, 1),
        () => {
          log.push(name);
          return new Promise<void>((resolve) => ends.set(name, resolve));
        },
        (reason) => log.push(`${name} ${reason}`),
      );
    const end = async (name: string) => {
      ends.get(name)?.();
      await settle();
    };
    return { add, end, log };
  }

  test('start in order, so many at a time and one of each app', async () => {
    const { add, end, log } = queueOf(2);
    for (const name of ['a1', 'a2', 'b1', 'c1', 'a3']) add(name);
    expect(log).toEqual(['a1', 'a2 same-key', 'b1', 'c1 full', 'a3 same-key']);
    await end('b1');
    expect(log.slice(5)).toEqual(['c1']);
    await end('a1');
    expect(log.slice(6)).toEqual(['a2']);
    await end('a2');
    await end('a3');
    await end('c1');
    expect(log.slice(7)).toEqual(['a3']);
    add('c2');
    expect(log.at(-1)).toBe('c2');
  });

  test('that have only to say that they were canceled do not wait', async () => {
    const { add, end, log } = queueOf(1);
    add('a1');
    const startNow = add('b1');
    startNow();
    startNow();
    expect(log).toEqual(['a1', 'b1 full', 'b1']);
    await end('a1');
    expect(log).toHaveLength(3);
    add('d1')();
    expect(log.slice(3)).toEqual(['d1']);
  });
});

test.each([
  ['https://user:key@a.test/x.tgz?token=1#main', 'https://a.test/x.tgz#main'],
  ['HTTP://key@a.test/@b', 'HTTP://a.test/@b'],
  ['https://a.test/x@y', 'https://a.test/x@y'],
  ['/a/path@b', '/a/path@b'],
  ['xhttps://key@a.test', 'xhttps://key@a.test'],
  ['heroku/nodejs', 'heroku/nodejs'],
  ['https://a.test/?', 'https://a.test/'],
])('a buildpack %s is shown as %s', (name, is) => {
  expect(shown(name)).toBe(is);
});

describe('a source', () => {
  test('loses what never belongs into a slug, and what it names itself', async () => {
    for (const path of ['.git/x', '.gitmodules', 'log/a/b', 'tmp/x', 'docs/a.md', 'a/docs/b.md', 'keep', 'a/.git/x'])
      write(path);
    write('.slugignore', 'docs/\n*.psd\n');
    write('a/b.psd');
    expect(await cleanSource(directory)).toEqual([]);
    expect(files()).toEqual(['.slugignore', 'a/.git/x', 'keep']);
    expect([existsSync(join(directory, 'log')), existsSync(join(directory, 'tmp'))]).toEqual([true, true]);
  });

  test('whose log is no directory keeps it', async () => {
    write('log', 'x');
    write('elsewhere/x');
    symlinkSync('elsewhere', join(directory, 'tmp'));
    expect(await cleanSource(directory)).toEqual([]);
    expect(files()).toEqual(['elsewhere/x', 'log', 'tmp']);
  });

  test('has plain files that are not too large', async () => {
    write('four', 'four');
    mkdirSync(join(directory, 'folder'));
    symlinkSync('four', join(directory, 'link'));
    const read = (name: string, max = 4) => readRegularFile(join(directory, name), max);
    expect([await read('four'), await read('four', 3)]).toEqual(['four', undefined]);
    expect([await read('link'), await read('folder', 1e6), await read('none')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('what scripts see', () => {
  const { PATH } = process.env;
  afterEach(() => {
    process.env.PATH = PATH;
  });
  const node = dirname(process.execPath);

  test.each([
    { path: `/a:${node}:/b`, is: `/a:${node}:/b` },
    { path: '/a:/b', is: `${node}:/a:/b` },
    { path: `/x/node_modules/.bin:/x/node-gyp-bin:relative::/node-gyp-bin/x:${node}`, is: `/node-gyp-bin/x:${node}` },
    {
      path: undefined,
      is: ['/usr/local/bin', '/usr/bin', '/bin'].includes(node)
        ? '/usr/local/bin:/usr/bin:/bin'
        : `${node}:/usr/local/bin:/usr/bin:/bin`,
    },
  ])('of a PATH of $path: $is', ({ path, is }) => {
    if (path === undefined) delete process.env.PATH;
    else process.env.PATH = path;
    expect(machinePath()).toBe(is);
  });

  test('is this and nothing else', () => {
    const settings = { home: '/home', temporaryDirectory: '/tmp/x', stack: 'heroku-24' };
    const seen = { HOME: '/home', LANG: 'C.UTF-8', PATH: machinePath(), STACK: 'heroku-24', TMPDIR: '/tmp/x' };
    const REQUEST_ID = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(scriptEnvironment({ ...settings, sourceVersion: undefined })).toEqual({
      ...seen,
      REQUEST_ID,
      SOURCE_VERSION: '',
    });
    expect(scriptEnvironment({ ...settings, sourceVersion: 'v1' })).toMatchObject({ SOURCE_VERSION: 'v1' });
  });

  test('of config vars is a file each, which nobody else reads', async () => {
    const path = join(directory, 'env');
    const long = 'L'.repeat(255);
    await writeEnvironmentDirectory(path, {
      ...{ A: 'a\n', '..': 'x', '.': 'x', '': 'x', 'a/b': 'x', 'a\0b': 'x', [`${long}L`]: 'x' },
      ...{ '...': 'y', '.a': 'z', [long]: 'l' },
    });
    expect(readdirSync(path).sort()).toEqual(['...', '.a', 'A', long].sort());
    expect(readFileSync(join(path, 'A'), 'utf8')).toBe('a\n');
    expect([statSync(path).mode & 0o777, statSync(join(path, 'A')).mode & 0o777]).toEqual([0o700, 0o600]);
  });
});

describe('the cache of an app', () => {
  const signal = new AbortController().signal;

  test('is what its last build left, and a copy for each', async () => {
    const cache = openBuildCache(join(directory, 'root'));
    const build = (name: string) => join(directory, name);
    await cache.checkOut('app', build('one'), signal);
    expect([files('one'), statSync(build('one')).mode & 0o777]).toEqual([[], 0o700]);
    write('one/a', 'a');
    await cache.checkIn('app', build('one'));
    expect(files('root')).toEqual(['app/a']);
    await cache.checkOut('app', build('two'), signal);
    write('two/b', 'b');
    expect([files('two'), files('root')]).toEqual([['a', 'b'], ['app/a']]);
    await cache.checkOut('other', build('three'), signal);
    await cache.checkIn('app', build('two'));
    expect([files('root'), files('three')]).toEqual([['app/a', 'app/b'], []]);
    await cache.checkIn('app', build('three'));
    expect(files('root')).toEqual([]);
    await cache.purge('app');
    await cache.purge('app');
    expect(readdirSync(join(directory, 'root'))).toEqual([]);
  });

  test('that cannot be copied begins anew', async () => {
    write('root/app/a', 'a');
    const cut = new AbortController();
    cut.abort();
    await openBuildCache(join(directory, 'root')).checkOut('app', join(directory, 'one'), cut.signal);
    expect(readdirSync(join(directory, 'one'))).toEqual([]);
  });
});

describe('what a slug is made of', () => {
  const MTIME = new Date('2026-03-01T10:00:00Z');
  const touch = (...paths: string[]) => {
    for (const path of paths) utimesSync(join(directory, path), MTIME, MTIME);
  };

  test('directories, files and links, in the order of their names', async () => {
    write('b/x', 'four');
    write('a', '');
    symlinkSync('b/x', join(directory, 'c'));
    symlinkSync('../a', join(directory, 'b', 'up'));
    symlinkSync(join(directory, 'a'), join(directory, 'b', 'whole'));
    symlinkSync(directory, join(directory, 'b', 'top'));
    symlinkSync('..here', join(directory, 'd'));
    const listed = await listSlug(directory);
    const entries = listed.ok ? listed.value : [];
    expect(entries.map(({ path, kind, size, target }) => [path, kind, size, target])).toEqual([
      ['', 'directory', 0, undefined],
      ['a', 'file', 0, undefined],
      ['b', 'directory', 0, undefined],
      ['b/top', 'symlink', 0, '..'],
      ['b/up', 'symlink', 0, '../a'],
      ['b/whole', 'symlink', 0, '../a'],
      ['b/x', 'file', 4, undefined],
      ['c', 'symlink', 0, 'b/x'],
      ['d', 'symlink', 0, '..here'],
    ]);
    expect(entries.filter(({ kind }) => kind === 'symlink').map(({ mode }) => mode)).toEqual(
      [1, 2, 3, 4, 5].map(() => 0o777),
    );
    expect(entries[1]?.mode).toBe(statSync(join(directory, 'a')).mode & 0o777);
  });

  test.each(['../..', '../../x', '/etc', 'b/../../../x'])('a link to %s leads out of it', async (target) => {
    mkdirSync(join(directory, 'b'));
    symlinkSync(target, join(directory, 'b', 'link'));
    expect(await listSlug(directory)).toEqual({ ok: false, error: 'b/link' });
  });

  const entry = (path: string, changes: Partial<SlugEntry> = {}): SlugEntry => ({
    ...{ path, kind: 'file', mode: 0o644, size: 4, mtimeMs: 5_900 },
    ...changes,
  });

  test('becomes a tarball whose times are no later than its source', async () => {
    write('a', 'four');
    const large = Buffer.alloc(64 * 1024 + 1, 'l');
    writeFileSync(join(directory, 'large'), large);
    touch('a', 'large');
    const parts: Buffer[] = [];
    const entries = [
      entry('', { kind: 'directory', mode: 0o755, size: 0 }),
      entry('d', { kind: 'directory', mode: 0o755, size: 0 }),
      entry('a'),
      entry('large', { size: large.length, mtimeMs: 999_999 }),
      entry('l', { kind: 'symlink', size: 0, target: 'a' }),
    ];
    for await (const part of packSlug(directory, entries, 7_900)) parts.push(part);
    const header = (
      name: string,
      kind: SlugEntry['kind'],
      mode: number,
      size: number,
      mtimeSeconds: number,
      target?: string,
    ) => tarHeader({ name, kind, mode, size, mtimeSeconds, ...(target === undefined ? {} : { target }) });
    expect(
      Buffer.concat(parts).equals(
        Buffer.concat([
          header('./app/', 'directory', 0o755, 0, 7),
          header('./app/d/', 'directory', 0o755, 0, 7),
          header('./app/a', 'file', 0o644, 4, 5),
          Buffer.from('four'),
          Buffer.alloc(508),
          header('./app/large', 'file', 0o644, large.length, 7),
          large,
          Buffer.alloc(511),
          header('./app/l', 'symlink', 0o644, 0, 5, 'a'),
          Buffer.alloc(1_024),
        ]),
      ),
    ).toBe(true);
  });
});

test('a block of a tarball is filled up', () => {
  expect([0, 1, 511, 512, 513].map((size) => padding(size).length)).toEqual([0, 511, 1, 0, 511]);
});

test('blocks that are compressed by themselves are one whole file', async () => {
  const parts = Array.from({ length: 9 }, (_, index) => Buffer.alloc(512 * 1024, String(index)));
  const compressed: Buffer[] = [];
  const give = async function* (content: readonly Buffer[]) {
    yield* content;
  };
  for await (const block of gzipBlocks(give(parts))) compressed.push(block);
  expect(compressed).toHaveLength(5);
  expect(gunzipSync(Buffer.concat(compressed)).equals(Buffer.concat(parts))).toBe(true);
  const none: Buffer[] = [];
  for await (const block of gzipBlocks(give([]))) none.push(block);
  expect(none).toEqual([]);
});
