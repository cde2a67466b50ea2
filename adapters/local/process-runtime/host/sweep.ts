import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cgroups } from './cgroups.ts';
import { notedLeaders } from './leader-note.ts';
import { processesOfDynos, signal } from './processes.ts';
import type { Trash } from './trees.ts';

/** Even a stuck process should not keep the platform from starting. */
const ROUNDS_MAX = 50;
const PAUSE_MS = 20;

/** Ends every process that an earlier run left and removes its directories. */
export async function sweepOrphans(dynosDirectory: string, trash: Trash, cgroups: Cgroups | undefined): Promise<void> {
  const groups = cgroups?.leftovers() ?? [];
  const leaders = await notedLeaders(dynosDirectory);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const found = [...processesOfDynos(dynosDirectory, leaders).values()].flat().map(({ pid }) => pid);
    const left = new Set([...found, ...groups.flatMap((group) => group.processes())]);
    if (left.size === 0) break;
    for (const pid of left) signal(pid, 'SIGKILL');
    await sleep(PAUSE_MS);
  }
  for (const group of groups)
    for (let round = 0; !group.remove() && round < ROUNDS_MAX; round += 1) await sleep(PAUSE_MS);
  for (const name of await readdir(dynosDirectory)) {
    if (!name.startsWith('.')) await trash.throwAway(join(dynosDirectory, name));
  }
  void trash.empty();
}

export async function removeStale(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
