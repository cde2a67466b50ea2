import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { err, ok, type Result } from '../../core/result.ts';
import { writeAtomically } from './data-directory.ts';
import { CLI_CREDENTIAL_HELPER, credentialSection, gitConfigText } from './environment.ts';

/**
 * Makes the file that replaces the global git configuration in a terminal, or brings it up to date. What `git config --global`
 * has written into it stays: git itself edits the file.
 */
export function keepGitConfig(file: string, apiUrl: string, userConfigPaths: readonly string[]): Result<void, string> {
  if (!existsSync(file)) {
    writeAtomically(file, gitConfigText(apiUrl, userConfigPaths), 0o600);
    return ok(undefined);
  }
  const included = git(file, '--get-all', 'include.path').stdout.split('\n');
  const edits = [
    ...userConfigPaths.filter((path) => !included.includes(path)).map((path) => ['--add', 'include.path', path]),
    ['--replace-all', `${credentialSection(apiUrl)}.helper`, CLI_CREDENTIAL_HELPER],
  ];
  for (const words of edits) {
    const { status, stderr } = git(file, ...words);
    if (status !== 0) return err(`git cannot change ${file}: ${stderr.trim()}`);
  }
  return ok(undefined);
}

function git(file: string, ...words: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync('git', ['config', '--file', file, ...words], {
    encoding: 'utf8',
  });
  return { status, stdout: stdout ?? '', stderr: stderr ?? error?.message ?? '' };
}
