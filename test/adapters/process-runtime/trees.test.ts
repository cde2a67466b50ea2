import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bashArguments, hasProfiles } from '../../../adapters/local/dynos/host/bash.ts';
import { copyTree, Trash } from '../../../adapters/local/process-runtime/host/trees.ts';

const path = process.env.PATH ?? '';
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trees-'));
  mkdirSync(join(directory, 'programs'));
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(directory, { recursive: true, force: true });
});

const inside = (...names: string[]) => join(directory, ...names);

/** A fake program before the machine's own on the PATH; it records its calls. */
function program(name: string, ...lines: readonly string[]): () => readonly string[] {
  const log = inside(`${name}.log`);
  writeFileSync(inside('programs', name), `#!/bin/sh\necho "$@" >> ${log}\n${lines.join('\n')}\n`);
  chmodSync(inside('programs', name), 0o755);
  process.env.PATH = `${inside('programs')}:${path}`;
  return () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
}

describe('a copy of a tree', () => {
  const MTIME = new Date('2026-03-01T10:00:00Z');
  beforeEach(() => {
    mkdirSync(inside('from', 'bin'), { recursive: true });
    writeFileSync(inside('from', 'bin', 'run'), 'run', { mode: 0o755 });
    utimesSync(inside('from', 'bin', 'run'), MTIME, MTIME);
    symlinkSync('bin/run', inside('from', 'link'));
    chmodSync(inside('from', 'bin'), 0o750);
  });

  test.each([
    { entries: 0, calls: 0 },
    { entries: 40, calls: 0 },
    { entries: 41, calls: 1 },
  ])('of $entries entries: $calls calls of cp, and the same files', async ({ entries, calls }) => {
    const called = program('cp', `exec /bin/cp "$@"`);
    await copyTree(inside('from'), inside('to'), entries);
    expect(called()).toHaveLength(calls);
    const run = statSync(inside('to', 'bin', 'run'));
    expect([run.mode & 0o777, run.mtimeMs, readFileSync(inside('to', 'bin', 'run'), 'utf8')]).toEqual([
      0o755,
      MTIME.getTime(),
      'run',
    ]);
    expect([statSync(inside('to', 'bin')).mode & 0o777, readlinkSync(inside('to', 'link'))]).toEqual([
      0o750,
      'bin/run',
    ]);
    expect(lstatSync(inside('to', 'link')).isSymbolicLink()).toBe(true);
    writeFileSync(inside('to', 'bin', 'run'), 'changed');
    expect(readFileSync(inside('from', 'bin', 'run'), 'utf8')).toBe('run');
  });

  test('by cp names what it copies in no other way', async () => {
    const called = program('cp', 'exit 0');
    await copyTree('-from', '-to', 100);
    expect(called()).toEqual([`${process.platform === 'darwin' ? '-acR' : '-a'} -- -from -to`]);
  });

  test('on a full disk is told as the system tells it', async () => {
    program('cp', 'echo "cp: error writing x: No space left on device" >&2', 'exit 1');
    await expect(copyTree(inside('from'), inside('to'), 100)).rejects.toMatchObject({
      ...{ message: 'no space left on device', code: 'ENOSPC' },
    });
    program('cp', 'echo "cp: something else" >&2', 'exit 3');
    await expect(copyTree(inside('from'), inside('to'), 100)).rejects.toMatchObject({ code: 3 });
  });
});

describe('what is thrown away', () => {
  const trashOf = () => {
    mkdirSync(inside('trash'));
    return new Trash(inside('trash'));
  };

  test('is out of sight at once, and gone a little later', async () => {
    const trash = trashOf();
    for (const name of ['a', 'b']) {
      mkdirSync(inside(name));
      await trash.throwAway(inside(name));
      expect(existsSync(inside(name))).toBe(false);
    }
    await trash.throwAway(inside('nothing'));
    await trash.empty();
    expect(readdirSync(inside('trash'))).toEqual([]);
  });

  test('must be there to be moved', async () => {
    const trash = new Trash(inside('nowhere', 'at', 'all'));
    writeFileSync(inside('file'), '');
    await expect(trash.throwAway(inside('file', 'x'))).rejects.toThrow('ENOTDIR');
  });

  test('is removed by one call for all, which may be asked for twice', async () => {
    const called = program('rm', `exec /bin/rm "$@"`);
    const trash = trashOf();
    for (const name of ['a', '-b']) mkdirSync(inside('trash', name));
    await Promise.all([trash.empty(), trash.empty()]);
    expect(called()).toEqual([`-rf -- ${inside('trash', '-b')} ${inside('trash', 'a')}`]);
    expect(readdirSync(inside('trash'))).toEqual([]);
    await trash.empty();
    expect(called()).toHaveLength(1);
  });

  test('and cannot be looked into is opened first; what stays all the same is left for the next start', async () => {
    const removed = program('rm', 'exit 1');
    const opened = program('chmod', 'exit 0');
    const trash = trashOf();
    mkdirSync(inside('trash', 'a'));
    await trash.empty();
    expect([removed(), opened()]).toEqual([
      [1, 2].map(() => `-rf -- ${inside('trash', 'a')}`),
      [`-R u+rwX -- ${inside('trash', 'a')}`],
    ]);
  });

  test('is no error where the trash itself is gone, or there is no rm', async () => {
    await new Trash(inside('nowhere')).empty();
    const trash = trashOf();
    mkdirSync(inside('trash', 'a'));
    process.env.PATH = inside('programs');
    await trash.empty();
    expect(readdirSync(inside('trash'))).toEqual(['a']);
  });
});

describe('bash', () => {
  const PROFILES = [
    'for profile in "$HOME"/.profile.d/*.sh; do if [ -f "$profile" ]; then . "$profile"; fi; done',
    'unset profile',
    'if [ -f "$HOME/.profile" ]; then . "$HOME/.profile"; fi',
  ];
  const argumentsFor = (before: Parameters<typeof bashArguments>[2]) => bashArguments('/bin/bash', 'web $PORT', before);
  const behind = (...script: readonly string[]) => [
    ...['-c', [...script, 'exec "$0" -c "$1"'].join('\n'), '/bin/bash', 'web $PORT'],
  ];

  test('runs the command itself, or in its own place behind what comes first', () => {
    expect(argumentsFor({ hasProfiles: false, join: undefined })).toEqual(['-c', 'web $PORT']);
    expect(argumentsFor({ hasProfiles: false, join: 'join' })).toEqual(behind('join'));
    expect(argumentsFor({ hasProfiles: true, join: undefined })).toEqual(behind(...PROFILES));
    expect(argumentsFor({ hasProfiles: true, join: 'join' })).toEqual(behind('join', ...PROFILES));
  });

  test.each([
    { files: [], has: false },
    { files: ['.profile'], has: true },
    { files: ['.profile.d/a.sh'], has: true },
    { files: ['.profile.d/a.txt', '.profile.d/b.sh'], has: true },
    { files: ['.profile.d/a.txt'], has: false },
    { files: ['.profile.d/a.sh.txt'], has: false },
    { files: ['a.sh', '.profiles'], has: false },
  ])('runs scripts first in an app of $files: $has', ({ files, has }) => {
    mkdirSync(inside('.profile.d'));
    for (const file of files) writeFileSync(inside(file), '');
    if (files.every((file) => !file.includes('/'))) rmSync(inside('.profile.d'), { recursive: true });
    expect(hasProfiles(directory)).toBe(has);
  });
});
