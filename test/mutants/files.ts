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

/**
 * Parts of programs that tests start: what happens in another process is seen by no mutant here. The contract of the dyno
 * runtime and `test/adapters/process-runtime` judge the one, `test/docker` the other.
 */
const PROGRAMS = ['adapters/local/process-runtime/host/', 'adapters/local/docker-runtime/host/'];
/** Of these, those that tests use in their own process. */
const USED_BY_TESTS = ['frames', 'log-follower', 'positions', 'container-config', 'listeners', 'processes', 'trees'];

/** What is tested against emulators of AWS alone (`test/contract/aws`): no test of it runs here. */
const EMULATED = ['dynamo-store', 'dynamo-failures', 's3-repositories', 'kms-config-vault', 'signing-key'].map(
  (name) => `adapters/aws/${name}.ts`,
);

/** A program of its own (`supervise.test.ts` and `tls.test.ts` start it), and what only tests with Docker come to (`test/docker`). */
const ELSEWHERE = ['services/router/process.ts', 'adapters/local/docker-runtime/docker-runtime.ts'];

/** A program that a test starts kills with it, which nothing guards (guarded-kill.ts): `local-builder.test.ts` judges it. */
const KILLS = ['adapters/local/builder/stray-processes.ts'];

function isOfProgram(file: string): boolean {
  return PROGRAMS.some(
    (folder) => file.startsWith(folder) && !USED_BY_TESTS.includes(file.slice(folder.length, -'.ts'.length)),
  );
}

/** What of it can be mutated under these paths; no path: all. */
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
