import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LocalPlatform } from './local-platform.ts';

/** Commits these files to a fresh repository and pushes it. Returns the repository's directory. */
export function pushFiles(platform: LocalPlatform, app: string, files: Readonly<Record<string, string>>): string {
  const directory = path.join(platform.directory, app);
  mkdirSync(directory);
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(directory, name), content);
  const commit =
    'git init -q -b main && git config user.email bench@example.com && git config user.name Bench && git add -A && git commit -qm First';
  execFileSync('bash', ['-c', commit], { cwd: directory });
  push(platform, app, directory);
  return directory;
}

export function push(platform: LocalPlatform, app: string, directory: string): void {
  platform.shell(`git push ${platform.gitUrl(app)} main`, directory);
}
