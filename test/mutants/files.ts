import { execFileSync } from 'node:child_process';
import { type Area, areaOf } from './areas.ts';
import { reachedFrom } from './imports.ts';

/** The project's TypeScript files that git does not ignore. */
export function projectFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts']);
  return listed
    .toString()
    .split('\n')
    .filter((file) => file !== '');
}

/**
 * Parts of programs that tests start: mutants in another process are not seen here. The contract of the dyno runtime and
 * `test/adapters/process-runtime` judge the one, `test/docker` the other.
 */
const PROGRAMS = ['adapters/local/process-runtime/host/', 'adapters/local/docker-runtime/host/'];
/** Of these, the files that tests use in their own process. */
const USED_BY_TESTS = ['frames', 'log-follower', 'positions', 'container-config', 'listeners', 'processes', 'trees'];

/** Files that are only tested with AWS's emulators (`test/contract/aws`): none of those tests runs here. */
const EMULATED = ['dynamo-store', 'dynamo-failures', 's3-repositories', 'kms-config-vault', 'signing-key'].map(
  (name) => `adapters/aws/${name}.ts`,
);

/** A separate program (started by `supervise.test.ts` and `tls.test.ts`), and code that only tests with Docker cover (`test/docker`). */
const ELSEWHERE = ['services/router/process.ts', 'adapters/local/docker-runtime/docker-runtime.ts'];

/** It kills in a program that a test starts, which nothing guards (guarded-kill.ts): `local-builder.test.ts` judges it. */
const KILLS = ['adapters/local/builder/stray-processes.ts'];

function isOfProgram(file: string): boolean {
  return PROGRAMS.some(
    (folder) => file.startsWith(folder) && !USED_BY_TESTS.includes(file.slice(folder.length, -'.ts'.length)),
  );
}

/** The files below these paths that can be mutated; no path: all. */
export function mutable(files: readonly string[], paths: readonly string[]): readonly string[] {
  const under = (file: string) =>
    paths.length === 0 || paths.some((path) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`));
  return files.filter(
    (file) =>
      areaOf(file) !== undefined &&
      !isOfProgram(file) &&
      ![...EMULATED, ...ELSEWHERE, ...KILLS].includes(file) &&
      under(file),
  );
}

/** Tests that cannot judge a mutant here: they need emulators, or judge bundles instead of code. */
const NEEDS_MORE = ['test/contract/aws/', 'test/lambdas/bundles.test.ts'];

/** The area's tests that import one of these files, directly or through others. */
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
