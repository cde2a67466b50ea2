import type { CoverageData, InstrumenterContext, MutantCoverage } from '@stryker-mutator/api/core';

/** Where instrumented code asks which mutant is active and counts its coverage (StrykerJS's instrumenter). */
export function namespace(): InstrumenterContext {
  const holder = globalThis as { __stryker__?: InstrumenterContext };
  holder.__stryker__ ??= {};
  return holder.__stryker__;
}

/**
 * Which work covers which mutant. The instrumented files keep the object that they first saw, so it is emptied and never
 * replaced. Each piece of work (a test, hooks of several tests, the load of a module) counts under its own name.
 */
export class Coverage {
  readonly #data: MutantCoverage = { static: {}, perTest: {} };

  constructor() {
    namespace().mutantCoverage = this.#data;
  }

  /** Counts from now on for this piece of work. */
  begin(work: string): void {
    namespace().currentTestId = work;
  }

  during<Value>(work: string, run: () => Value): Value {
    const before = namespace().currentTestId;
    this.begin(work);
    try {
      return run();
    } finally {
      if (before === undefined) delete namespace().currentTestId;
      else this.begin(before);
    }
  }

  of(work: string): CoverageData {
    return this.#data.perTest[work] ?? {};
  }
}

/** Adds the counts of several pieces of work. */
export function sum(parts: readonly CoverageData[]): CoverageData {
  const all: CoverageData = {};
  for (const part of parts) for (const [id, count] of Object.entries(part)) all[id] = (all[id] ?? 0) + count;
  return all;
}
