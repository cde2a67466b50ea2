import type { ChildProcess } from 'node:child_process';

/**
 * The exit status of git, once it has ended (`exit`) or its output has ended too (`close`); null: ended by a signal. Rejects
 * when git cannot be started. Callers await its output first, so a rejection that is not awaited yet must not end the process.
 */
export function exitStatus(git: ChildProcess, event: 'exit' | 'close'): Promise<number | null> {
  const status = new Promise<number | null>((resolve, reject) => {
    git.once('error', reject);
    git.once(event, resolve);
  });
  status.catch(() => undefined);
  return status;
}
