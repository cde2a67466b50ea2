import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All temporary files of a run are in one directory. Its name is short: Unix sockets in it must not exceed 104 bytes. */
export default function makeTemporaryDirectory(): void {
  process.env.TMPDIR = mkdtempSync(join(realpathSync(tmpdir()), 'jest-'));
}
