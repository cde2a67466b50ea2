import { execFile, spawn } from 'node:child_process';
import {
  constants,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Up to this size copying in this process is quicker than starting `cp` (about 2 ms), and too short to hold anything up. */
const SMALL_TREE_ENTRIES = 40;

/**
 * A copy that shares nothing that a program can change: blocks are shared until written where the file system supports it
 * (APFS; btrfs and XFS with coreutils 9), copied otherwise. `cp` copies 5,000 files in 0.2 s, Node's fs.cp in 2.6 s.
 */
export async function copyTree(from: string, to: string, entries: number): Promise<void> {
  if (entries <= SMALL_TREE_ENTRIES) return copySmallTree(from, to);
  const flags = process.platform === 'darwin' ? '-acR' : '-a';
  try {
    await run('cp', [flags, '--', from, to], { env: { PATH: process.env.PATH, LC_ALL: 'C' } });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    if (!stderr.includes('No space left on device')) throw error;
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  }
}

function copySmallTree(from: string, to: string): void {
  const { mode } = statSync(from);
  mkdirSync(to, mode & 0o777);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.isDirectory()) copySmallTree(source, target);
    else {
      copyFileSync(source, target, constants.COPYFILE_FICLONE);
      const { atime, mtime } = statSync(source);
      utimesSync(target, atime, mtime);
    }
  }
}

/** Removes directories: a rename takes each away at once, then one `rm` at a time does the slow part. */
export class Trash {
  readonly #directory: string;
  #made = 0;
  #emptying: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Resolves when `path` was renamed, before it is removed. A directory that does not exist is fine. */
  async throwAway(path: string): Promise<void> {
    this.#made += 1;
    try {
      await rename(path, join(this.#directory, `${process.pid}-${this.#made}`));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    void this.empty();
  }

  /** Removes everything in it; what cannot be removed is left for the next start. */
  empty(): Promise<void> {
    this.#emptying ??= this.#removeAll().finally(() => {
      this.#emptying = undefined;
    });
    return this.#emptying;
  }

  async #removeAll(): Promise<void> {
    const given = new Set<string>();
    for (;;) {
      // The data directory may disappear while the host shuts down.
      const present = await readdir(this.#directory).catch(() => []);
      const names = present.filter((name) => !given.has(name)).slice(0, 500);
      if (names.length === 0) return;
      for (const name of names) given.add(name);
      const paths = names.map((name) => join(this.#directory, name));
      if (await succeeds('rm', ['-rf', '--', ...paths])) continue;
      // A dyno may have removed its owner's permission to read a directory.
      await succeeds('chmod', ['-R', 'u+rwX', '--', ...paths]);
      await succeeds('rm', ['-rf', '--', ...paths]);
    }
  }
}

function succeeds(program: string, parameters: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
