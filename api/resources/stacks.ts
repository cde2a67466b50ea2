import { buildableStacks, DEFAULT_STACK, findStack, type Stack } from '../../core/app/stack.ts';
import type { Platform } from '../../core/platform.ts';
import { ok } from '../../core/result.ts';
import { type ListAnswer, type Route, route } from '../route.ts';
import { CATALOGUE_DATE } from './catalogue.ts';

function serializeStack(stack: Stack) {
  return {
    created_at: CATALOGUE_DATE,
    default: stack.name === DEFAULT_STACK,
    id: stack.id,
    name: stack.name,
    state: stack.state,
    updated_at: CATALOGUE_DATE,
  };
}

const all = (platform: Platform): ListAnswer => ({
  list: buildableStacks(platform).map(serializeStack),
  sortKeys: ['id', 'name'],
});

export const stackRoutes: readonly Route[] = [
  route({ method: 'GET', path: '/stacks', permission: 'account', handle: async ({ platform }) => ok(all(platform)) }),
  route({
    method: 'GET',
    path: '/apps/:app/available-stacks',
    permission: 'app',
    handle: async ({ platform }) => ok(all(platform)),
  }),
  route({
    method: 'GET',
    path: '/stacks/:stack',
    permission: 'account',
    handle: async ({ params }) => {
      const stack = findStack(params.stack);
      return stack.ok ? ok({ body: serializeStack(stack.value) }) : stack;
    },
  }),
];
