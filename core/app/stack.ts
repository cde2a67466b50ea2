import { type Failure, notFound, notSupported } from '../failure.ts';
import type { Platform } from '../platform.ts';
import { err, ok, type Result } from '../result.ts';

export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly state: 'public' | 'beta' | 'deprecated';
}

export const DEFAULT_STACK = 'heroku-24';

/** All that Heroku has; which of them can be used depends on the builder. `heroku-20` has reached its end of life and is not offered. */
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

export function buildableStacks({ builder }: Pick<Platform, 'builder'>): readonly Stack[] {
  return STACKS.filter(({ name }) => builder.stacks.includes(name));
}

/** For what is still to be built: an app that is on another stack already keeps it. */
export function findBuildableStack(platform: Pick<Platform, 'builder'>, nameOrId: string): Result<Stack, Failure> {
  const stack = findStack(nameOrId);
  if (!stack.ok) return stack;
  return platform.builder.stacks.includes(stack.value.name)
    ? stack
    : err(notSupported(`The stack ${stack.value.name}`));
}
