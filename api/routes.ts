import { accountRoutes } from './resources/account.ts';
import { accountFeatureRoutes } from './resources/account-features.ts';
import { accountQuotaRoutes } from './resources/account-quotas.ts';
import { acmRoutes } from './resources/acm.ts';
import { addOnRoutes } from './resources/add-ons.ts';
import { appFeatureRoutes } from './resources/app-features.ts';
import { appRoutes } from './resources/apps.ts';
import { authorizationRoutes } from './resources/authorizations.ts';
import { buildpackInstallationRoutes } from './resources/buildpack-installations.ts';
import { buildRoutes } from './resources/builds.ts';
import { collaboratorRoutes } from './resources/collaborators.ts';
import { configVarRoutes } from './resources/config-vars.ts';
import { domainRoutes } from './resources/domains.ts';
import { dynoManagerRoutes } from './resources/dyno-manager.ts';
import { dynoSizeRoutes } from './resources/dyno-sizes.ts';
import { dynoRoutes } from './resources/dynos.ts';
import { formationRoutes } from './resources/formation.ts';
import { generationRoutes } from './resources/generations.ts';
import { keyRoutes } from './resources/keys.ts';
import { logSessionRoutes } from './resources/log-sessions.ts';
import { platformRoutes } from './resources/platform.ts';
import { rateLimitRoutes } from './resources/rate-limits.ts';
import { regionRoutes } from './resources/regions.ts';
import { releaseRoutes } from './resources/releases.ts';
import { schedulerRoutes } from './resources/scheduler.ts';
import { sideHostRoutes } from './resources/side-hosts.ts';
import { slugRoutes } from './resources/slugs.ts';
import { sniEndpointRoutes } from './resources/sni-endpoints.ts';
import { sourceRoutes } from './resources/sources.ts';
import { stackRoutes } from './resources/stacks.ts';
import { tokenRoutes } from './resources/tokens.ts';
import type { Route } from './route.ts';

/** Every route of the API: one file per resource in `resources/`, one line here. */
export const routes: readonly Route[] = [
  ...accountFeatureRoutes,
  ...accountQuotaRoutes,
  ...accountRoutes,
  ...acmRoutes,
  ...addOnRoutes,
  ...appFeatureRoutes,
  ...appRoutes,
  ...authorizationRoutes,
  ...buildRoutes,
  ...buildpackInstallationRoutes,
  ...collaboratorRoutes,
  ...configVarRoutes,
  ...domainRoutes,
  ...dynoManagerRoutes,
  ...dynoRoutes,
  ...dynoSizeRoutes,
  ...formationRoutes,
  ...generationRoutes,
  ...keyRoutes,
  ...logSessionRoutes,
  ...platformRoutes,
  ...rateLimitRoutes,
  ...regionRoutes,
  ...releaseRoutes,
  ...schedulerRoutes,
  ...sideHostRoutes,
  ...slugRoutes,
  ...sniEndpointRoutes,
  ...sourceRoutes,
  ...stackRoutes,
  ...tokenRoutes,
];
