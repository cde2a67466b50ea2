import { DEFAULT_STACK, findStack, STACKS, type Stack } from '../../core/app/stack.ts';
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

const all: ListAnswer = { list: STACKS.map(serializeStack), sortKeys: ['id', 'name'] };

export const stackRoutes: readonly Route[] = [
  route({ method: 'GET', path: '/stacks', permission: 'account', handle: async () => ok(all) }),
  route({ method: 'GET', path: '/apps/:app/available-stacks', permission: 'app', handle: async () => ok(all) }),
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
