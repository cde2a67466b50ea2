import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gitEnvironment } from './git-environment.ts';
import { pointHead } from './head.ts';

const run = promisify(execFile);

/**
 * After a push, while no other push to the app is being decided: makes `git clone` check out what is deployed, and packs
 * loose objects once there are many (git decides by these two limits).
 */
export async function tidyRepository(repository: string): Promise<void> {
  await pointHead(repository);
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
