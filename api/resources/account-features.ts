import { notFound } from '../../core/failure.ts';
import { err, ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';
import { CATALOGUE_DATE } from './catalogue.ts';

/**
 * The only feature: with it the official CLI asks this API for a pipeline's repository, without it a hard-coded host. Every
 * other name must be unknown, because `heroku labs` then looks it up among the app's features.
 */
const REPOSITORIES = {
  created_at: CATALOGUE_DATE,
  description: 'Pipelines know their repository',
  display_name: 'Repositories API',
  doc_url: 'https://devcenter.heroku.com/articles/github-integration',
  enabled: true,
  feedback_email: null,
  id: 'acfe0000-0000-4000-8000-000000000001',
  name: 'dashboard-repositories-api',
  state: 'general',
  updated_at: CATALOGUE_DATE,
};

export const accountFeatureRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/account/features',
    permission: 'account',
    handle: async () => ok({ list: [REPOSITORIES], sortKeys: ['id', 'name'] }),
  }),
  route({
    method: 'GET',
    path: '/account/features/:feature',
    permission: 'account',
    handle: async ({ params }) =>
      params.feature === REPOSITORIES.name || params.feature === REPOSITORIES.id
        ? ok({ body: REPOSITORIES })
        : err(notFound('feature')),
  }),
];
