import { existsSync, readFileSync, readlinkSync } from 'node:fs';

const ANCESTORS_MAX = 64;
/** Read at load: a test may change `process.platform`. */
const HAS_PROC = existsSync('/proc/self/environ');

/**
 * Makes `process.kill` reach only processes that tests have started: a mutant of code that ends the processes of dynos would
 * end everything on the machine, starting with the measurement. A process was started by tests if it is below this one, or has
 * its home or working directory in the directory of temporary files.
 */
export function guardKill(temporary: string): void {
  const kill = process.kill.bind(process);
  process.kill = (pid, signal) => {
    if (signal === 0 || isOurs(Math.abs(pid), temporary)) return kill(pid, signal);
    throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH', errno: -3, syscall: 'kill' });
  };
}

function isOurs(pid: number, temporary: string): boolean {
  if (!(pid > 1) || !HAS_PROC) return pid > 1;
  const text = read(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
  const directory = read(() => readlinkSync(`/proc/${pid}/cwd`));
  if (text.includes(`=${temporary}`) || directory.startsWith(temporary)) return true;
  let parent = pid;
  for (let step = 0; step < ANCESTORS_MAX; step += 1) {
    if (parent === process.pid) return true;
    const stat = read(() => readFileSync(`/proc/${parent}/stat`, 'latin1'));
    // The group's first process may have ended before the others.
    if (stat === '') return parent === pid;
    parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent <= 1) return false;
  }
  return false;
}

function read(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}
