import type { CoverageData, InstrumenterContext, MutantCoverage } from '@stryker-mutator/api/core';

/** Where instrumented code asks which mutant is active and says what it came to (StrykerJS's instrumenter). */
export function namespace(): InstrumenterContext {
  const holder = globalThis as { __stryker__?: InstrumenterContext };
  holder.__stryker__ ??= {};
  return holder.__stryker__;
}

/**
 * Who came to which mutant. The instrumented files keep the object they first saw, so it is emptied and never replaced.
 * Each piece of work (a test, hooks of several tests, the load of a module) counts under a name of its own.
 */
export class Coverage {
  readonly #data: MutantCoverage = { static: {}, perTest: {} };

  constructor() {
    namespace().mutantCoverage = this.#data;
  }

  /** What comes now belongs to this piece of work. */
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

/** The counts of several pieces of work as one. */
export function sum(parts: readonly CoverageData[]): CoverageData {
  const all: CoverageData = {};
  for (const part of parts) for (const [id, count] of Object.entries(part)) all[id] = (all[id] ?? 0) + count;
  return all;
}
