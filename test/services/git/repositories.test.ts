import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { archiveCommit, measureCheckout } from '../../../services/git/commit.ts';
import { openRepositories, type Repositories } from '../../../services/git/repositories.ts';
import { tidyRepository } from '../../../services/git/tidy-repository.ts';
import { runGit } from './run-git.ts';

const HOUR_MS = 3_600_000;

let directory: string;
let repositories: Repositories;
let repository: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'repositories-'));
  repositories = await openRepositories(join(directory, 'git'));
  repository = await repositories.open('shop');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const git = (args: readonly string[], input = '') => runGit(repository, args, { input });

/** `mode name` → content; a mode of 160000 is a submodule, whose content is a commit's id. */
function commitOf(entries: Readonly<Record<string, string>>): string {
  const index = join(directory, 'index');
  rmSync(index, { force: true });
  const lines = Object.entries(entries).map(([entry, content]) => {
    const [mode = '', name = ''] = entry.split(' ');
    const id = mode === '160000' ? content : git(['hash-object', '-w', '--stdin'], content);
    return `${mode} ${id}\t${name}\n`;
  });
  const environment = { GIT_INDEX_FILE: index };
  const inIndex = (args: string[], input = '') => runGit(repository, args, { input, environment });
  inIndex(['update-index', '--add', '--index-info'], lines.join(''));
  return git(['commit-tree', '-m', 'one', inIndex(['write-tree'])]);
}

describe('what HEAD of a repository names, for a clone to check out', () => {
  test.each([
    { pushes: ['main'], head: 'main' },
    { pushes: ['master'], head: 'master' },
    { pushes: ['master', 'main'], head: 'main' },
    { pushes: ['main', 'master'], head: 'main' },
    { pushes: ['topic'], head: 'main' },
    { pushes: ['topic', 'main2', 'master'], head: 'master' },
  ])('after pushes of $pushes: $head, also when git has packed the branches', async ({ pushes, head }) => {
    const id = commitOf({ '100644 a': 'a' });
    for (const name of pushes) {
      git(['update-ref', `refs/heads/${name}`, id]);
      git(['pack-refs', '--all']);
      await tidyRepository(repository);
    }
    expect(git(['symbolic-ref', 'HEAD'])).toBe(`refs/heads/${head}`);
    git(['update-ref', `refs/heads/${pushes[0]}`, commitOf({ '100644 a': 'b' })]);
    await tidyRepository(repository);
    expect(git(['symbolic-ref', 'HEAD'])).toBe(`refs/heads/${head}`);
  });
});

describe('what a killed git left behind', () => {
  const LOCKS = ['HEAD.lock', 'packed-refs.lock', 'refs/heads/main.lock', 'refs/heads/master.lock'];
  const OBJECTS = ['objects/incoming-abc', 'objects/tmp_objdir-incoming-abc'];

  const leave = (name: string, ageMs: number): string => {
    const path = join(repository, name);
    mkdirSync(dirname(path), { recursive: true });
    if (name.startsWith('objects')) mkdirSync(path);
    else writeFileSync(path, '');
    const at = new Date(Date.now() - ageMs);
    utimesSync(path, at, at);
    return path;
  };

  test.each([
    ...LOCKS.map((name) => ({ name, ageMs: 60_000, goes: true, why: 'a minute old, goes' })),
    ...LOCKS.map((name) => ({ name, ageMs: 2_000, goes: false, why: 'just taken, is left to its git' })),
    ...OBJECTS.map((name) => ({ name, ageMs: 25 * HOUR_MS, goes: true, why: 'a day old, goes' })),
    ...OBJECTS.map((name) => ({ name, ageMs: 2 * HOUR_MS, goes: false, why: 'of a push that may still build, stays' })),
    { name: 'objects/pack', ageMs: 25 * HOUR_MS, goes: false, why: 'whatever its age, stays' },
  ])('$name: $why', async ({ name, ageMs, goes }) => {
    if (name === 'objects/pack') rmSync(join(repository, name), { recursive: true });
    const path = leave(name, ageMs);
    await repositories.open('shop');
    expect(existsSync(path)).toBe(!goes);
  });
});

test.each(['', '.', '..', '../shop', 'a/b', 'a\0b', 'x'.repeat(65)])(
  '%j is no app whose repository is opened',
  async (id) => {
    await expect(repositories.open(id)).rejects.toThrow('Not an app id');
  },
);

test('many who open a repository at once get the same one, and no draft is left', async () => {
  const paths = await Promise.all(Array.from({ length: 4 }, () => repositories.open('new')));
  expect(new Set(paths).size).toBe(1);
  expect(
    execFileSync('ls', [join(directory, 'git')], { encoding: 'utf8' })
      .split('\n')
      .sort(),
  ).toEqual(['', 'hooks', 'new.git', 'shop.git']);
});

test('the hook can be run', () => {
  expect(statSync(join(repositories.hooksDirectory, 'pre-receive')).mode & 0o111).toBe(0o111);
});

describe('the files of a commit', () => {
  test('are counted with their sizes; a link is a file, a submodule is none', async () => {
    const submodule = commitOf({ '100644 x': 'x' });
    const id = commitOf({
      '100644 a': 'four',
      '100755 bin/run': 'seven..',
      '120000 link': 'a',
      '160000 vendored': submodule,
      '100644 name\twith\ttabs': '1',
    });
    expect(await measureCheckout({ repository }, id)).toEqual({ files: 4, bytes: 13, submodules: 1 });
  });

  test('are all in its tarball, in one directory, also those that .gitattributes leaves out of archives', async () => {
    const id = commitOf({
      '100644 .gitattributes': 'secret export-ignore\nversion export-subst\n',
      '100644 secret': 's',
      '100644 version': '$Format:%H$',
    });
    const path = join(directory, 'source.tgz');
    const bytes = await archiveCommit({ repository }, id, path);
    expect(bytes).toBe(statSync(path).size);
    const names = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' }).trim().split('\n').sort();
    expect(names).toEqual(['source/', 'source/.gitattributes', 'source/secret', 'source/version']);
    expect(execFileSync('tar', ['-xzOf', path, 'source/version'], { encoding: 'utf8' })).toBe('$Format:%H$');
  });
});
