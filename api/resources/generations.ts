import { findGeneration, GENERATIONS, type Generation } from '../../core/app/generation.ts';
import { ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';
import { CATALOGUE_DATE } from './catalogue.ts';

function serializeGeneration({ id, name }: Generation) {
  return { created_at: CATALOGUE_DATE, id, name, updated_at: CATALOGUE_DATE };
}

export const generationRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/generations',
    permission: 'account',
    handle: async () => ok({ list: GENERATIONS.map(serializeGeneration), sortKeys: ['id', 'name'] }),
  }),
  route({
    method: 'GET',
    path: '/generations/:generation',
    permission: 'account',
    handle: async ({ params }) => {
      const generation = findGeneration(params.generation);
      return generation.ok ? ok({ body: serializeGeneration(generation.value) }) : generation;
    },
  }),
];
