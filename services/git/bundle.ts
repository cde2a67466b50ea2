import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type ObjectSource, objectEnvironment } from './commit.ts';
import { exitStatus } from './exit-status.ts';
import { gitEnvironment } from './git-environment.ts';

const run = promisify(execFile);

/** Ref name → object id. */
export type Refs = ReadonlyMap<string, string>;

/** Far more refs than an app has. */
const REFS_BYTES_MAX = 64 * 1024 * 1024;

export async function readRefs(repository: string): Promise<Refs> {
  const { stdout } = await run('git', ['for-each-ref', '--format=%(objectname) %(refname)'], {
    cwd: repository,
    env: objectEnvironment({ repository }),
    maxBuffer: REFS_BYTES_MAX,
  });
  return new Map(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
  );
}

/**
 * Writes a git bundle with these refs. Unlike `git bundle` it also works during a push, whose objects are in quarantine and
 * whose refs do not exist yet. Without refs the file is empty, which a real bundle may not be.
 */
export async function writeBundle(source: ObjectSource, refs: Refs, path: string): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 });
  if (refs.size === 0) {
    await new Promise<void>((resolve, reject) => file.on('error', reject).end(resolve));
    return;
  }
  file.write(`# v2 git bundle\n${[...refs].map(([ref, id]) => `${id} ${ref}\n`).join('')}\n`);
  const child = spawn('git', ['pack-objects', '--revs', '--stdout', '--delta-base-offset', '--quiet'], {
    cwd: source.repository,
    env: objectEnvironment(source),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = exitStatus(child, 'close');
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end([...new Set(refs.values())].map((id) => `${id}\n`).join(''));
  await pipeline(child.stdout, file);
  const status = await exited;
  if (status !== 0) throw new Error(`git pack-objects ended with ${status}`);
}

/** Gives the repository exactly the bundle's content, whatever it had before. */
export async function applyBundle(repository: string, path: string): Promise<void> {
  const environment = gitEnvironment({ GIT_DIR: repository });
  const settings = ['-c', 'safe.directory=*', '-c', 'gc.auto=0'];
  if ((await stat(path)).size === 0) {
    for (const ref of (await readRefs(repository)).keys()) {
      await run('git', [...settings, 'update-ref', '-d', ref], { env: environment });
    }
    return;
  }
  await run('git', [...settings, 'fetch', '--quiet', '--prune', '--no-tags', path, '+refs/*:refs/*'], {
    env: environment,
  });
}
