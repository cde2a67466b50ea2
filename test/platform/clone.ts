import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Newcomer } from './platform-process.ts';

const ROOT = path.resolve(__dirname, '../..');

/** This checkout as a clone has it, with its packages installed, and an empty home. */
export function newcomer(): Newcomer & { readonly directory: string } {
  const directory = mkdtempSync(path.join(tmpdir(), 'dynoform-newcomer-'));
  const clone = path.join(directory, 'clone');
  const home = path.join(directory, 'home');
  mkdirSync(home);
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const name of String(files).split('\0').filter(Boolean)) {
    cpSync(path.join(ROOT, name), path.join(clone, name));
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'));
  execFileSync('git', ['init', '-q', clone]);
  return { directory, clone, home };
}
