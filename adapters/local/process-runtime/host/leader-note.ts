import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const NOTE = 'process';

/**
 * Writes a dyno's first process and its start time into its directory, for the sweep after a crash: only Linux shows the
 * environment by which a dyno's processes can be recognized. By then the pid alone may belong to another process.
 */
export async function noteLeader(directory: string, pid: number): Promise<void> {
  if (process.platform === 'linux') return;
  await writeFile(join(directory, NOTE), `${pid} ${await startTime(pid)}`);
}

/** Noted processes that still live: the name of the dyno's directory by pid. */
export async function notedLeaders(dynosDirectory: string): Promise<ReadonlyMap<number, string>> {
  const leaders = new Map<number, string>();
  if (process.platform === 'linux') return leaders;
  for (const dyno of await readdir(dynosDirectory)) {
    const note = await readFile(join(dynosDirectory, dyno, NOTE), 'utf8').catch(() => '');
    const [, pid = '', started = ''] = /^(\d+) (.+)$/.exec(note) ?? [];
    if (pid !== '' && (await startTime(Number(pid))) === started) leaders.set(Number(pid), dyno);
  }
  return leaders;
}

async function startTime(pid: number): Promise<string> {
  const ps = promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], {
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  return (await ps.catch(() => ({ stdout: '' }))).stdout.trim();
}
