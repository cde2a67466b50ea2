import { existsSync } from 'node:fs';
import path from 'node:path';
import { quoted } from '../terminal-line.ts';

/**
 * Where the state is kept if nobody names a directory: below the user's home, because apps run in it and would inherit
 * a clone's `package.json`, `node_modules` and git history. Older versions kept it in the clone; there it is found.
 */
export function defaultDataDirectory(checkout: string, home: string): string {
  const older = olderDataDirectory(checkout);
  return existsSync(path.join(older, 'store.db')) ? older : homeDataDirectory(home);
}

/** What apps in `dataDirectory` would find above themselves: files by which Node.js, npm and git look for a project. */
export function projectFilesAbove(dataDirectory: string): readonly string[] {
  const found = PROJECT_FILES.map((name) => path.join(dataDirectory, name)).filter((file) => existsSync(file));
  const parent = path.dirname(dataDirectory);
  return parent === dataDirectory ? found : [...found, ...projectFilesAbove(parent)];
}

/** One sentence each: what leaks into apps, and what to do; empty where nothing does. */
export function leakWarnings(dataDirectory: string, checkout: string, home: string): readonly string[] {
  const found = projectFilesAbove(dataDirectory);
  if (found.length === 0) return [];
  const target = homeDataDirectory(home);
  const isOlder = dataDirectory === olderDataDirectory(checkout) && !existsSync(target);
  return [
    `WARNING: apps also see ${list(found)}, so they may work here and fail on Heroku, or fail only here.`,
    isOlder
      ? `Your data is in the clone, where older versions kept it. To move it, stop and run: mv ${quoted(dataDirectory)} ${quoted(target)}`
      : 'Keep the data where nothing of the kind lies above it: choose another directory with --data-dir.',
  ];
}

const PROJECT_FILES = ['package.json', 'node_modules', '.git'];

const olderDataDirectory = (checkout: string): string => path.join(checkout, '.dynoform');
const homeDataDirectory = (home: string): string => path.join(home, '.dynoform');

function list(files: readonly string[]): string {
  const [last = '', ...others] = [...files].reverse();
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
}
