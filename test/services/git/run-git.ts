import { execFileSync } from 'node:child_process';

/** None of this machine's git settings, and an author. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

/** Returns git's output, trimmed. */
export function runGit(
  cwd: string,
  args: readonly string[],
  { input = '', environment = {} }: { readonly input?: string | Buffer; readonly environment?: NodeJS.ProcessEnv } = {},
): string {
  return execFileSync('git', [...args], {
    cwd,
    env: { ...ENVIRONMENT, ...environment },
    encoding: 'utf8',
    input,
  }).trim();
}
