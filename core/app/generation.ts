import { type Failure, notFound } from '../failure.ts';
import { err, ok, type Result } from '../result.ts';

/** Heroku's platform generations; this platform runs apps on `cedar`. */
export interface Generation {
  readonly id: string;
  readonly name: 'cedar' | 'fir';
}

export const CEDAR: Generation = { id: '6e000000-0000-4000-8000-000000000001', name: 'cedar' };
export const FIR: Generation = { id: '6e000000-0000-4000-8000-000000000002', name: 'fir' };
export const GENERATIONS: readonly Generation[] = [CEDAR, FIR];

export function findGeneration(nameOrId: string): Result<Generation, Failure> {
  const generation = GENERATIONS.find(({ id, name }) => id === nameOrId || name === nameOrId);
  return generation === undefined ? err(notFound('generation')) : ok(generation);
}
