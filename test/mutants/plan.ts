import { readFileSync, writeFileSync } from 'node:fs';

/** What the dry run learned, for the processes that run the mutants. In the sandbox, which is their working directory. */
export interface Plan {
  /** Mutants that are met while a module is loaded: to be active, they need modules of their own. */
  readonly atLoad: readonly string[];
  /** By id of a test. */
  readonly msByTest: Readonly<Record<string, number>>;
}

const FILE = 'mutants-plan.json';

export const writePlan = (plan: Plan): void => writeFileSync(FILE, JSON.stringify(plan));
export const readPlan = (): Plan => JSON.parse(readFileSync(FILE, 'utf8'));
