import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gitEnvironment } from './git-environment.ts';
import { PRE_RECEIVE_HOOK } from './hook-script.ts';

const run = promisify(execFile);

/** Git holds these for milliseconds: an older one was left by a killed process. */
const LOCK_STALE_MS = 10_000;
/** A push with its build and release phase ends well within a day. */
const QUARANTINE_STALE_MS = 24 * 60 * 60 * 1000;

/** Bare repositories by app id, so that a renamed app keeps its history. */
export interface Repositories {
  /** Path of the app's repository; created if absent, repaired when a killed push left locks. */
  open(appId: string): Promise<string>;
  readonly hooksDirectory: string;
}

export async function openRepositories(directory: string): Promise<Repositories> {
  const hooksDirectory = join(directory, 'hooks');
  await mkdir(hooksDirectory, { recursive: true, mode: 0o700 });
  await writeAtomically(join(hooksDirectory, 'pre-receive'), PRE_RECEIVE_HOOK);
  return {
    hooksDirectory,
    async open(appId) {
      // The id comes from the API; it becomes a path.
      if (!/^[\w-]{1,64}$/.test(appId)) throw new Error(`Not an app id: ${JSON.stringify(appId)}`);
      const repository = join(directory, `${appId}.git`);
      if (await exists(join(repository, 'HEAD'))) await removeStale(repository);
      else await create(repository);
      return repository;
    },
  };
}

async function create(repository: string): Promise<void> {
  const draft = `${repository}.${randomUUID()}.new`;
  await run('git', ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', draft], {
    env: gitEnvironment(),
  });
  await mkdir(join(draft, 'info'), { recursive: true });
  // A deploy is the unchanged commit: Heroku checks it out, and `export-ignore` has no effect.
  await writeFile(join(draft, 'info', 'attributes'), '* -export-ignore -export-subst\n');
  try {
    await rename(draft, repository);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(join(repository, 'HEAD')))) throw error;
  }
}

/** Removes what a killed git leaves: a `.lock` next to a ref blocks every later push; unpacked objects only take space. */
async function removeStale(repository: string): Promise<void> {
  const locks = ['HEAD.lock', 'packed-refs.lock', 'refs/heads/main.lock', 'refs/heads/master.lock'];
  await Promise.all(locks.map((lock) => removeOlderThan(join(repository, lock), LOCK_STALE_MS)));
  const objects = join(repository, 'objects');
  const incoming = (await readdir(objects)).filter((name) => /^(tmp_objdir-)?incoming-/.test(name));
  await Promise.all(incoming.map((name) => removeOlderThan(join(objects, name), QUARANTINE_STALE_MS)));
}

async function removeOlderThan(path: string, ageMs: number): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs < ageMs) return;
  await rm(path, { recursive: true, force: true });
}

async function writeAtomically(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text);
  await chmod(draft, 0o755);
  await rename(draft, path);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
