import type { Mutant } from './mutant.ts';

export const LOG: readonly Mutant[] = [];
