import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Mutant } from '@stryker-mutator/api/core';

export const NOT_DRAWN = 'left out by the sample';

/** The share of all mutants to run (0 to 1), chosen by the seed. */
export interface Sample {
  readonly part: number;
  readonly seed: string;
}

/** A seed always chooses the same mutants, whatever else is mutated. */
export function isDrawn({ fileName, location, mutatorName, replacement }: Mutant, { part, seed }: Sample): boolean {
  if (part >= 1) return true;
  const { start } = location;
  const key = [seed, basename(fileName), start.line, start.column, mutatorName, replacement].join('\n');
  return createHash('sha1').update(key).digest().readUInt32BE(0) / 2 ** 32 < part;
}
