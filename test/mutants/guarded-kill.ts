import { existsSync, readFileSync, readlinkSync } from 'node:fs';

const ANCESTORS_MAX = 64;
/** A test may have `process.platform` say something else. */
const HAS_PROC = existsSync('/proc/self/environ');

/**
 * Makes `process.kill` reach only what tests have started: a mutant of what ends the processes of dynos would end everything on
 * the machine, the measuring first. For it others do not exist. What tests started is below this process, or at home or at work in
 * the directory of its temporary files.
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
    // The first of a group may be gone before the others.
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
