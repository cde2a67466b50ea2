import { type Failure, notFound } from '../failure.ts';
import { err, ok, type Result } from '../result.ts';

export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly state: 'public' | 'beta' | 'deprecated';
}

export const DEFAULT_STACK = 'heroku-24';

/** `heroku-20` has reached its end of life and is not offered. */
export const STACKS: readonly Stack[] = [
  { id: '57ac0000-0000-4000-8000-000000000022', name: 'heroku-22', state: 'deprecated' },
  { id: '57ac0000-0000-4000-8000-000000000024', name: 'heroku-24', state: 'public' },
  { id: '57ac0000-0000-4000-8000-000000000026', name: 'heroku-26', state: 'public' },
  { id: '57ac0000-0000-4000-8000-000000000101', name: 'container', state: 'public' },
  { id: '57ac0000-0000-4000-8000-000000000102', name: 'cnb', state: 'public' },
];

export function findStack(nameOrId: string): Result<Stack, Failure> {
  const stack = STACKS.find(({ id, name }) => id === nameOrId || name === nameOrId);
  return stack === undefined ? err(notFound('stack')) : ok(stack);
}
