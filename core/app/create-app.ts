import { writeEvents } from '../event/write-events.ts';
import type { Failure } from '../failure.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Write } from '../ports/store.ts';
import type { Actor, Collaborator } from '../records/account.ts';
import { type App, appKey, appNameKey, collaboratorKey, membershipKey } from '../records/app.ts';
import { releaseEvent } from '../records/domain-event.ts';
import { configContext, configKey, type Release, releaseIdKey, releaseKey } from '../records/release.ts';
import { err, ok, type Result } from '../result.ts';
import { findAppFeature, refuseAppFeature } from './app-feature.ts';
import { checkAppName, nameTaken, randomAppName } from './app-name.ts';
import { commonRuntimeRegion, DEFAULT_REGION } from './region.ts';
import { DEFAULT_STACK, findBuildableStack } from './stack.ts';
import { managerDirty } from './update-app.ts';

export interface AppRequest {
  /** Absent: the platform chooses one. */
  readonly name?: string;
  readonly region?: string;
  readonly stack?: string;
  /** Names of app features to start with. */
  readonly features?: readonly string[];
}

/** Chosen names collide about once in 70 million pairs of apps. */
const NAME_ATTEMPTS = 10;
const CONFIG_VERSION = 1;
/** Every app begins with these, in this order; neither has code, and `heroku releases` shows both. */
const FIRST_RELEASES = ['Initial release', 'Enable Logplex'];

/** A new app with an empty config and its first two releases, in one transaction. */
export async function createApp(platform: Platform, actor: Actor, request: AppRequest): Promise<Result<App, Failure>> {
  const region = commonRuntimeRegion(request.region ?? DEFAULT_REGION);
  if (!region.ok) return region;
  const stack = findBuildableStack(platform, request.stack ?? DEFAULT_STACK);
  if (!stack.ok) return stack;
  const features: Record<string, boolean> = {};
  for (const name of request.features ?? []) {
    const feature = findAppFeature(name);
    if (!feature.ok) return feature;
    const refusal = refuseAppFeature(feature.value);
    if (refusal !== undefined) return err(refusal);
    features[feature.value.name] = true;
  }
  if (request.name !== undefined) {
    const checked = checkAppName(request.name);
    if (!checked.ok) return checked;
  }
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt += 1) {
    const name = request.name ?? randomAppName(platform.random);
    const nowMs = platform.clock.nowMs();
    const app: App = {
      id: platform.ids.uuid(),
      name,
      ownerId: actor.accountId,
      ownerEmail: actor.email,
      regionName: region.value.name,
      stackName: stack.value.name,
      buildStackName: stack.value.name,
      maintenance: false,
      features,
      buildpacks: [],
      formation: [],
      nextReleaseVersion: FIRST_RELEASES.length + 1,
      currentReleaseVersion: FIRST_RELEASES.length,
      pendingReleaseVersions: [],
      configVersion: CONFIG_VERSION,
      restarts: { last: 0, byScope: {} },
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      releasedAtMs: nowMs,
    };
    const written = await platform.store.transact(await firstWrites(platform, actor, app));
    if (written.ok) {
      FIRST_RELEASES.forEach((description, index) => {
        logApiEvent(
          platform,
          app.id,
          `Release v${index + 1} created by user ${actor.email}`,
          `${description} by user ${actor.email}`,
        );
      });
      platform.passRequests.enqueue(app.id);
      platform.eventRequests.enqueue(app.id);
      return ok(app);
    }
    if (request.name !== undefined) return err(nameTaken(name));
  }
  throw new Error(`no free app name in ${NAME_ATTEMPTS} attempts`);
}

async function firstWrites(platform: Platform, actor: Actor, app: App): Promise<readonly Write[]> {
  const nowMs = app.createdAtMs;
  const owner: Collaborator = {
    id: platform.ids.uuid(),
    appId: app.id,
    accountId: actor.accountId,
    email: actor.email,
    role: 'owner',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const sealed = await platform.vault.seal({}, configContext(app.id, CONFIG_VERSION));
  const releases = FIRST_RELEASES.map(
    (description, index): Release => ({
      id: platform.ids.uuid(),
      appId: app.id,
      version: index + 1,
      description,
      status: 'succeeded',
      processTypes: {},
      configVersion: CONFIG_VERSION,
      userId: actor.accountId,
      userEmail: actor.email,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    }),
  );
  const created = (key: Write['key'], value: unknown): Write => ({ kind: 'put', key, value, expect: 'absent' });
  return [
    created(appNameKey(app.name), { appId: app.id }),
    created(appKey(app.id), app),
    created(membershipKey(actor.accountId, app.id), { appId: app.id, role: 'owner' }),
    created(collaboratorKey(app.id, actor.accountId), owner),
    created(configKey(app.id, CONFIG_VERSION), { sealed }),
    ...releases.flatMap((release) => [
      created(releaseKey(app.id, release.version), release),
      created(releaseIdKey(app.id, release.id), { version: release.version }),
    ]),
    managerDirty(app.id, nowMs),
    ...writeEvents(
      platform,
      app.id,
      releases.map((release) => releaseEvent('create', app, release)),
    ),
  ];
}
