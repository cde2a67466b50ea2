import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Processes whose home is one of this platform's dynos, or that work in its directory: dynos and what they left behind. */
export function processesOf(dataDirectory: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => belongs(pid, dataDirectory))
    .map(Number);
}

function belongs(pid: string, dataDirectory: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`).startsWith(`${dataDirectory}/`) ||
      readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`\0HOME=${dataDirectory}/`)
    );
  } catch {
    // It ended between the listing and the check.
    return false;
  }
}

/** Also of a process that has ended and whose parent has not yet reaped it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
