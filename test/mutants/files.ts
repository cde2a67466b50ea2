import { execFileSync } from 'node:child_process';
import { type Area, areaOf } from './areas.ts';
import { reachedFrom } from './imports.ts';

/** The project's TypeScript files, and those that git is not asked to ignore. */
export function projectFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts']);
  return listed
    .toString()
    .split('\n')
    .filter((file) => file !== '');
}

/** What of it can be mutated under these paths; no path: all. */
export function mutable(files: readonly string[], paths: readonly string[]): readonly string[] {
  const under = (file: string) =>
    paths.length === 0 || paths.some((path) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`));
  return files.filter((file) => areaOf(file) !== undefined && under(file));
}

/** Tests that no mutant can be judged by here: they need emulators, or judge bundles and not code. */
const NEEDS_MORE = ['test/contract/aws/', 'test/lambdas/bundles.test.ts'];

/** The area's tests that import one of these files, over however many others. */
export function testFilesOf(area: Area, mutated: readonly string[], files: readonly string[]): readonly string[] {
  const known = new Map<string, readonly string[]>();
  return files.filter(
    (file) =>
      file.endsWith('.test.ts') &&
      !NEEDS_MORE.some((folder) => file.startsWith(folder)) &&
      area.tests.some((folder) => file.startsWith(folder)) &&
      mutated.some((each) => reachedFrom(file, known).has(each)),
  );
}
