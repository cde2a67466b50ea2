import { execFile } from 'node:child_process';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gitEnvironment } from './git-environment.ts';

const run = promisify(execFile);

/**
 * After a push, while no other push to the app is decided: lets `git clone` check something out when only `master`
 * was ever pushed, and packs loose objects once there are many (git decides by these two limits).
 */
export async function tidyRepository(repository: string): Promise<void> {
  const hasMain = await hasBranch(repository, 'main');
  if (!hasMain && (await hasBranch(repository, 'master'))) {
    await writeFile(join(repository, 'HEAD'), 'ref: refs/heads/master\n');
  }
  await run(
    'git',
    [
      '-c',
      'safe.directory=*',
      '-c',
      'gc.auto=2000',
      '-c',
      'gc.autoPackLimit=50',
      '-c',
      'gc.autoDetach=false',
      'gc',
      '--auto',
      '--quiet',
    ],
    { cwd: repository, env: gitEnvironment({ GIT_DIR: repository }) },
  );
}

async function hasBranch(repository: string, name: string): Promise<boolean> {
  const loose = await access(join(repository, 'refs', 'heads', name)).then(
    () => true,
    () => false,
  );
  if (loose) return true;
  return run('git', ['-c', 'safe.directory=*', 'rev-parse', '--verify', '--quiet', `refs/heads/${name}`], {
    env: gitEnvironment({ GIT_DIR: repository }),
  }).then(
    () => true,
    () => false,
  );
}
