import { accountRoutes } from './resources/account.ts';
import { accountFeatureRoutes } from './resources/account-features.ts';
import { addOnRoutes } from './resources/add-ons.ts';
import { appFeatureRoutes } from './resources/app-features.ts';
import { appRoutes } from './resources/apps.ts';
import { authorizationRoutes } from './resources/authorizations.ts';
import { collaboratorRoutes } from './resources/collaborators.ts';
import { dynoSizeRoutes } from './resources/dyno-sizes.ts';
import { generationRoutes } from './resources/generations.ts';
import { keyRoutes } from './resources/keys.ts';
import { rateLimitRoutes } from './resources/rate-limits.ts';
import { regionRoutes } from './resources/regions.ts';
import { stackRoutes } from './resources/stacks.ts';
import { tokenRoutes } from './resources/tokens.ts';
import type { Route } from './route.ts';

/** Every route of the API: one file per resource in `resources/`, one line here. */
export const routes: readonly Route[] = [
  ...accountRoutes,
  ...accountFeatureRoutes,
  ...addOnRoutes,
  ...appFeatureRoutes,
  ...appRoutes,
  ...authorizationRoutes,
  ...collaboratorRoutes,
  ...dynoSizeRoutes,
  ...generationRoutes,
  ...keyRoutes,
  ...rateLimitRoutes,
  ...regionRoutes,
  ...stackRoutes,
  ...tokenRoutes,
];
