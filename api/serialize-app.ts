import { CEDAR } from '../core/app/generation.ts';
import { REGIONS } from '../core/app/region.ts';
import { STACKS } from '../core/app/stack.ts';
import { findDynoSize } from '../core/dyno/dyno-size.ts';
import type { Platform } from '../core/platform.ts';
import type { App } from '../core/records/app.ts';
import { apiDate } from '../core/time.ts';

/** The official CLI needs the keys `repo_size` and `slug_size` even where they are null. */
export function serializeApp(platform: Platform, app: App) {
  const region = REGIONS.find(({ name }) => name === app.regionName);
  return {
    acm: app.acm?.enabled === true,
    archived_at: null,
    build_stack: stackReference(app.buildStackName),
    buildpack_provided_description: app.buildpackDescription ?? null,
    created_at: apiDate(app.createdAtMs),
    generation: { id: CEDAR.id, name: CEDAR.name },
    git_url: platform.urls.gitUrl(app.name),
    id: app.id,
    internal_routing: null,
    maintenance: app.maintenance,
    name: app.name,
    organization: null,
    owner: { email: app.ownerEmail, id: app.ownerId },
    process_tier: processTier(app),
    region: { id: region?.id, name: app.regionName },
    released_at: app.releasedAtMs === undefined ? null : apiDate(app.releasedAtMs),
    repo_size: null,
    slug_size: app.slugSizeBytes ?? null,
    space: null,
    stack: stackReference(app.stackName),
    team: null,
    updated_at: apiDate(app.updatedAtMs),
    web_url: platform.urls.webUrl(app.name),
  };
}

function stackReference(name: string) {
  return { id: STACKS.find((stack) => stack.name === name)?.id, name };
}

/** `heroku ps` asks for the Eco quota only if this is `eco`. */
function processTier(app: App): string {
  const first = app.formation[0];
  const tier = first === undefined ? undefined : findDynoSize(first.size)?.tier;
  return tier === 'eco' || tier === 'basic' ? tier : 'production';
}
