import { CEDAR, FIR } from '../../core/app/generation.ts';
import { DYNO_SIZES, type DynoSize, findDynoSize } from '../../core/dyno/dyno-size.ts';
import { notFound } from '../../core/failure.ts';
import { err, ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';

function serializeDynoSize(size: DynoSize) {
  const generation = size.tier === 'fir' ? FIR : CEDAR;
  return {
    architecture: size.architecture,
    compute: size.compute,
    cost: size.costCentsPerMonth === undefined ? null : { cents: size.costCentsPerMonth, unit: 'month' },
    dedicated: size.dedicated,
    generation: { id: generation.id, name: generation.name },
    id: size.id,
    memory: size.memoryMiB / 1024,
    name: size.name,
    precise_dyno_units: size.preciseDynoUnits,
    private_space_only: size.privateSpaceOnly,
  };
}

const sortKeys = ['id', 'name'] as const;

export const dynoSizeRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/dyno-sizes',
    permission: 'account',
    handle: async () => ok({ list: DYNO_SIZES.map(serializeDynoSize), sortKeys }),
  }),
  route({
    method: 'GET',
    path: '/dyno-sizes/:size',
    permission: 'account',
    handle: async ({ params }) => {
      const size = findDynoSize(params.size);
      return size === undefined ? err(notFound('dyno size')) : ok({ body: serializeDynoSize(size) });
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/available-dyno-sizes',
    permission: 'app',
    // No app is in a private space, and Eco needs a plan that your own installation does not sell.
    handle: async () =>
      ok({
        list: DYNO_SIZES.filter(({ privateSpaceOnly, tier }) => !privateSpaceOnly && tier !== 'eco').map(
          serializeDynoSize,
        ),
        sortKeys,
      }),
  }),
];
