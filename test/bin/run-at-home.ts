import { spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');

/** Runs a line of a shell in the clone, as a user with this home and no other settings. */
export function runAtHome(
  home: string,
  line: string,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { PATH: process.env.PATH, HOME: home };
  return spawnSync('sh', ['-c', line], { cwd: ROOT, env, encoding: 'utf8' });
}
