import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { exitStatus } from './exit-status.ts';
import { gitEnvironment } from './git-environment.ts';

const run = promisify(execFile);

/** A repository and, during a push, the place of its new objects until the push is accepted. */
export interface ObjectSource {
  readonly repository: string;
  readonly quarantine?: string;
}

export interface Checkout {
  readonly files: number;
  readonly bytes: number;
  readonly submodules: number;
}

/** Listing 30,000 files takes 3 MB. */
const LIST_BYTES_MAX = 256 * 1024 * 1024;

/** Undefined: not a commit. */
export async function commitSubject(source: ObjectSource, id: string): Promise<string | undefined> {
  return git(source, ['log', '-1', '--no-show-signature', '--format=%s', id]).then(
    (subject) => subject.trim().slice(0, 1000),
    () => undefined,
  );
}

/** Does the branch still point where it did when the push began? All zeros: it did not exist. */
export async function commitIsCurrent(source: ObjectSource, ref: string, oldId: string): Promise<boolean> {
  const current = await git(source, ['rev-parse', '--verify', '--quiet', ref]).catch(() => '');
  return current.trim() === (/^0+$/.test(oldId) ? '' : oldId);
}

export async function measureCheckout(source: ObjectSource, id: string): Promise<Checkout> {
  const listing = await git(source, ['ls-tree', '-r', '-l', '-z', '--full-tree', id]);
  let files = 0;
  let bytes = 0;
  let submodules = 0;
  for (const entry of listing.split('\0')) {
    const [, mode, size] = /^(\d+) \w+ [0-9a-f]+ +(\d+|-)\t/.exec(entry) ?? [];
    if (mode === undefined) continue;
    if (mode === '160000') submodules += 1;
    else files += 1;
    bytes += size === '-' ? 0 : Number(size);
  }
  return { files, bytes, submodules };
}

/**
 * Writes the commit's files as a gzip'ed tarball and returns its size. Everything lies in one top directory, as in GitHub's
 * tarballs: the builder strips a single top directory, which must not be one of the app's own.
 */
export async function archiveCommit(source: ObjectSource, id: string, path: string): Promise<number> {
  const child = spawn('git', ['archive', '--format=tar', '--prefix=source/', id], {
    cwd: source.repository,
    env: objectEnvironment(source),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = exitStatus(child, 'close');
  // The builder reads it within a second: speed matters more than size.
  await pipeline(child.stdout, createGzip({ level: 1 }), createWriteStream(path, { mode: 0o600 }));
  const status = await exited;
  if (status !== 0) throw new Error(`git archive ended with ${status}`);
  return (await stat(path)).size;
}

async function git(source: ObjectSource, args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', [...args], {
    cwd: source.repository,
    env: objectEnvironment(source),
    maxBuffer: LIST_BYTES_MAX,
  });
  return stdout;
}

export function objectEnvironment({ repository, quarantine }: ObjectSource): Record<string, string> {
  const base = {
    GIT_DIR: repository,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  };
  if (quarantine === undefined) return gitEnvironment(base);
  return gitEnvironment({
    ...base,
    GIT_OBJECT_DIRECTORY: quarantine,
    // Quoted, so that a colon in the path does not end it.
    GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${`${repository}/objects`.replace(/[\\"]/g, '\\$&')}"`,
  });
}
