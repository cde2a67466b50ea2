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

export const EQUIVALENT: readonly Equivalent[] = [];

export function isEquivalent({ fileName, mutatorName, replacement }: MutantResult, line: string): boolean {
  return EQUIVALENT.some(
    (each) =>
      each.file === fileName &&
      each.line === line.trim() &&
      each.mutator === mutatorName &&
      (each.replacement === undefined || each.replacement === replacement),
  );
}
