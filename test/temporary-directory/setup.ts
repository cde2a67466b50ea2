import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const TMPFS = 0x01021994;
const ENOUGH_BYTES = 2 * 1024 ** 3;

/**
 * One directory for all temporary files of a run. Its name is short: Unix sockets in it must not exceed 104 bytes. `npm test`
 * makes and removes thousands of files: its directory is in memory if the system supports that.
 */
export default function makeTemporaryDirectory(_run: unknown, project: { displayName?: { name: string } }): void {
  const inMemory = project.displayName?.name === 'unit' && process.env.TMPDIR === undefined;
  process.env.TMPDIR = (inMemory ? directoryInMemory() : undefined) ?? directoryIn(realpathSync(tmpdir()));
}

const directoryIn = (parent: string) => mkdtempSync(join(parent, 'jest-'));

/** Containers often have little of it, or mount it without permission to execute files. */
function directoryInMemory(): string | undefined {
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY);
    if (type !== TMPFS || bavail * bsize < ENOUGH_BYTES) return undefined;
    const directory = directoryIn(MEMORY);
    const program = join(directory, 'program');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
    const runs = spawnSync(program).status === 0;
    rmSync(runs ? program : directory, { recursive: true });
    return runs ? directory : undefined;
  } catch {
    return undefined;
  }
}
