import type { ChildProcess } from 'node:child_process';

/**
 * The status with which a git ends, once it has ended (`exit`) or its output has too (`close`); null: by a signal. Rejects
 * where it cannot be started. Callers wait for its output first: what nobody waits for yet must not end the whole process.
 */
export function exitStatus(git: ChildProcess, event: 'exit' | 'close'): Promise<number | null> {
  const status = new Promise<number | null>((resolve, reject) => {
    git.once('error', reject);
    git.once(event, resolve);
  });
  status.catch(() => undefined);
  return status;
}
