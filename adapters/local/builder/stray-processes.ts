import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Kills every process that works in `directory` or has its HOME there: those that a buildpack left in the background, or
 * that outlived a killed platform. Reads /proc; elsewhere (macOS) only the watcher of each script ends them, see
 * run-script.ts.
 */
export async function killStrayProcesses(directory: string): Promise<void> {
  const names = await readdir('/proc').catch(() => []);
  const ids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  await Promise.all(
    ids.map(async (id) => {
      if (id !== process.pid && (await livesIn(id, directory))) kill(id);
    }),
  );
}

async function livesIn(id: number, directory: string): Promise<boolean> {
  const inside = (path: string) => path === directory || path.startsWith(`${directory}/`);
  // Other users' processes cannot be read, and cannot be ours.
  const workingDirectory = await readlink(`/proc/${id}/cwd`).catch(() => '');
  if (inside(workingDirectory)) return true;
  const environment = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '');
  return environment.split('\0').some((entry) => entry.startsWith('HOME=') && inside(entry.slice('HOME='.length)));
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
