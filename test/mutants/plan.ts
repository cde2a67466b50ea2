import { readFileSync, writeFileSync } from 'node:fs';

/** Results of the dry run for the processes that run the mutants. Stored in the sandbox, their working directory. */
export interface Plan {
  /** Mutants that run while a module is loaded: to be active, they need freshly loaded modules. */
  readonly atLoad: readonly string[];
  /** By id of a test. */
  readonly msByTest: Readonly<Record<string, number>>;
}

const FILE = 'mutants-plan.json';

export const writePlan = (plan: Plan): void => writeFileSync(FILE, JSON.stringify(plan));
export const readPlan = (): Plan => JSON.parse(readFileSync(FILE, 'utf8'));
