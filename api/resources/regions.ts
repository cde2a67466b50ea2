import { findRegion, REGIONS, type Region } from '../../core/app/region.ts';
import { ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';
import { CATALOGUE_DATE } from './catalogue.ts';

function serializeRegion(region: Region) {
  return {
    country: region.country,
    created_at: CATALOGUE_DATE,
    description: region.description,
    id: region.id,
    locale: region.locale,
    name: region.name,
    private_capable: region.privateCapable,
    provider: { name: 'amazon-web-services', region: region.awsRegion },
    updated_at: CATALOGUE_DATE,
  };
}

export const regionRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/regions',
    permission: 'account',
    handle: async () => ok({ list: REGIONS.map(serializeRegion), sortKeys: ['id', 'name'] }),
  }),
  route({
    method: 'GET',
    path: '/regions/:region',
    permission: 'account',
    handle: async ({ params }) => {
      const region = findRegion(params.region);
      return region.ok ? ok({ body: serializeRegion(region.value) }) : region;
    },
  }),
];
