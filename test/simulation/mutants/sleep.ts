import type { Mutant } from './mutant.ts';

export const SLEEP: readonly Mutant[] = [];
