import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { guardKill } from './guarded-kill.ts';

const { kill } = process;
afterEach(() => {
  process.kill = kill;
});

/** It reads other processes, which macOS does not show. */
const linuxTest = existsSync('/proc/self') ? test : test.skip;

linuxTest('what tests have started may be killed, and nothing else', async () => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const pid = child.pid ?? 0;
  guardKill('/nowhere/at/all');
  const tried = (target: number) => {
    try {
      return process.kill(target, 'SIGCONT');
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  };
  const others = [process.ppid, 1, 0, -1, Number.NaN];
  expect(others.map(tried)).toEqual(others.map(() => 'ESRCH'));
  expect(process.kill(process.ppid, 0)).toBe(true);
  expect([tried(pid), tried(-pid)]).toEqual([true, true]);
  process.kill(-pid, 'SIGKILL');
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
});
