import { execFile } from 'node:child_process';
import { SECOND_MS } from '../../core/time.ts';
import { type ObjectSource, objectEnvironment } from './commit.ts';
import { isZero, type RefUpdate } from './push-plan.ts';

/** Git needs milliseconds, and waits up to a second for a lock. */
const VERDICT_MS_MAX = 30 * SECOND_MS;
const REASON_CHARACTERS_MAX = 500;

/**
 * Why git would refuse these updates after its hook has accepted the push: a branch that is to name a tag, a name that is a
 * directory of other names, a ref that has moved. Undefined: it would make them all. Git prepares them as one transaction and
 * gives it up.
 */
export function refusalByGit(source: ObjectSource, updates: readonly RefUpdate[]): Promise<string | undefined> {
  const changes = updates.filter(({ oldId, newId }) => !(isZero(oldId) && isZero(newId))).map(changeLine);
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      ['update-ref', '-z', '--stdin'],
      { cwd: source.repository, env: objectEnvironment(source), timeout: VERDICT_MS_MAX },
      (error, stdout, stderr) => {
        if (error === null) resolve(undefined);
        // Anything that goes wrong before it has begun is no verdict.
        else if (stdout.startsWith('start: ok') && typeof error.code === 'number')
          resolve(reasonIn(stderr, source.repository));
        else reject(error);
      },
    );
    // It ends early where it refuses.
    child.stdin?.on('error', () => {});
    child.stdin?.end(['start', ...changes, 'prepare', 'abort', ''].join('\0'));
  });
}

function changeLine({ ref, oldId, newId }: RefUpdate): string {
  return isZero(newId) ? `delete ${ref}\0${oldId}` : `update ${ref}\0${newId}\0${oldId}`;
}

/** Git's words without its own prefixes, and without paths of this machine. */
function reasonIn(stderr: string, repository: string): string {
  const [line = ''] = stderr.trim().split('\n');
  return line
    .replace(/^(?:fatal: |prepare: )+/, '')
    .replaceAll(`${repository}/`, '')
    .slice(0, REASON_CHARACTERS_MAX);
}
