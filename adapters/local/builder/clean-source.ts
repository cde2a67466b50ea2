import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSlugIgnore, type SlugIgnore } from '../../../core/build/slug-ignore.ts';

/** A list of patterns that people write and read: a larger file is something else. */
const SLUGIGNORE_BYTES_MAX = 1024 * 1024;

/**
 * Removes what never belongs in a slug (git's own files, the contents of `log` and `tmp`) and what `.slugignore` names.
 * Returns warnings for the build's output.
 */
export async function cleanSource(directory: string): Promise<readonly string[]> {
  await Promise.all(['.git', '.gitmodules'].map((name) => rm(join(directory, name), { recursive: true, force: true })));
  await Promise.all(['log', 'tmp'].map((name) => emptyDirectory(join(directory, name))));
  const text = await readRegularFile(join(directory, '.slugignore'), SLUGIGNORE_BYTES_MAX);
  if (text === undefined) return [];
  const ignore = parseSlugIgnore(text);
  await removeMatches(directory, '', ignore);
  return ignore.warnings;
}

/** Undefined when it is absent, not a plain file, or larger. A link could lead to a file of this machine. */
export async function readRegularFile(path: string, bytesMax: number): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size > bytesMax) return undefined;
  return readFile(path, 'utf8');
}

async function emptyDirectory(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || !found.isDirectory()) return;
  const names = await readdir(path);
  await Promise.all(names.map((name) => rm(join(path, name), { recursive: true, force: true })));
}

async function removeMatches(root: string, prefix: string, ignore: SlugIgnore): Promise<void> {
  for (const entry of await readdir(join(root, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (ignore.matches(path, entry.isDirectory())) await rm(join(root, path), { recursive: true, force: true });
    else if (entry.isDirectory()) await removeMatches(root, path, ignore);
  }
}
