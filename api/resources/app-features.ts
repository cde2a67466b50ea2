import * as z from 'zod';
import {
  type AppFeature,
  findAppFeature,
  isAppFeatureEnabled,
  setAppFeature,
  supportedAppFeatures,
} from '../../core/app/app-feature.ts';
import type { App } from '../../core/records/app.ts';
import { ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';
import { CATALOGUE_DATE } from './catalogue.ts';

function serializeAppFeature(app: App, feature: AppFeature) {
  return {
    created_at: CATALOGUE_DATE,
    description: feature.description,
    display_name: feature.displayName,
    doc_url: feature.docUrl,
    enabled: isAppFeatureEnabled(app, feature),
    feedback_email: null,
    id: feature.id,
    name: feature.name,
    state: feature.state,
    updated_at: CATALOGUE_DATE,
  };
}

export const appFeatureRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/features',
    permission: 'app',
    handle: async ({ app }) =>
      ok({
        list: supportedAppFeatures().map((feature) => serializeAppFeature(app, feature)),
        sortKeys: ['id', 'name'],
      }),
  }),
  route({
    method: 'GET',
    path: '/apps/:app/features/:feature',
    permission: 'app',
    handle: async ({ app, params }) => {
      const feature = findAppFeature(params.feature);
      return feature.ok ? ok({ body: serializeAppFeature(app, feature.value) }) : feature;
    },
  }),
  route({
    method: 'PATCH',
    path: '/apps/:app/features/:feature',
    permission: 'app',
    body: z.object({ enabled: z.boolean() }),
    handle: async ({ platform, app, params, body }) => {
      const feature = findAppFeature(params.feature);
      if (!feature.ok) return feature;
      const changed = await setAppFeature(platform, app.id, feature.value, body.enabled);
      return changed.ok ? ok({ body: serializeAppFeature(changed.value, feature.value) }) : changed;
    },
  }),
];
