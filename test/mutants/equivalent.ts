import type { MutantResult } from '@stryker-mutator/api/core';

/** A mutant that no test can catch, because the program does the same with it. */
export interface Equivalent {
  readonly file: string;
  /** The line on which the mutant begins, without the space around it. */
  readonly line: string;
  readonly mutator: string;
  /** What stands there instead; undefined: all mutants of that kind on the line. */
  readonly replacement?: string;
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: 'core/dyno-manager/one-off-step.ts',
    line: "case 'booting':",
    mutator: 'StringLiteral',
    why: 'nothing that runs once is probed, so none of it boots (classify.ts)',
  },
  {
    file: 'core/dyno-manager/progress.ts',
    line: 'const launchedAtMs = task?.launchedAtMs;',
    mutator: 'OptionalChaining',
    why: 'progress takes none but subjects with a task',
  },
  {
    file: 'core/dyno-manager/formation-wishes.ts',
    line: "const patienceMs = task?.hostFault === 'spot-notice' ? SPOT_PATIENCE_MS : REPLACEMENT_PATIENCE_MS;",
    mutator: 'OptionalChaining',
    why: 'a dyno is up only where its task is seen (classify.ts)',
  },
];

export function isEquivalent({ fileName, mutatorName, replacement }: MutantResult, line: string): boolean {
  return EQUIVALENT.some(
    (each) =>
      each.file === fileName &&
      each.line === line.trim() &&
      each.mutator === mutatorName &&
      (each.replacement === undefined || each.replacement === replacement),
  );
}
