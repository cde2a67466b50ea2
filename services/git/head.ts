import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gitEnvironment } from './git-environment.ts';

const run = promisify(execFile);

/** Lets `git clone` check out what is deployed: `main`, or `master` where there is no `main`. */
export async function pointHead(repository: string): Promise<void> {
  for (const branch of ['main', 'master']) {
    if (!(await hasBranch(repository, branch))) continue;
    const target = `refs/heads/${branch}`;
    if ((await readFile(join(repository, 'HEAD'), 'utf8')).trim() === `ref: ${target}`) return;
    // By git, not by hand: a kill half-way would leave a file that git does not accept as a repository's.
    await run('git', ['-c', 'safe.directory=*', 'symbolic-ref', 'HEAD', target], {
      env: gitEnvironment({ GIT_DIR: repository }),
    });
    return;
  }
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
