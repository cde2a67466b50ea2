import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Gives a directory a git repository of its own, whoever else does so at the same time: `git init` twice at once in one directory
 * fails ("cannot copy …: File exists"), and all workers of a run share one sandbox. Made aside, then moved into place whole.
 */
export function giveOwnRepository(directory: string): void {
  const aside = mkdtempSync(join(directory, '.git-aside-'));
  try {
    execFileSync('git', ['init', '--quiet', aside]);
    renameSync(join(aside, '.git'), join(directory, '.git'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
