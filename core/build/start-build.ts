import { findBuildableStack } from '../app/stack.ts';
import { updateApp } from '../app/update-app.ts';
import { readConfig } from '../config/read-config.ts';
import { conflict, type Failure, invalid } from '../failure.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../records/account.ts';
import type { App } from '../records/app.ts';
import { BUILD_QUEUE, type Build, buildKey, buildRecord } from '../records/build.ts';
import { buildEvent } from '../records/domain-event.ts';
import { err, ok, type Result } from '../result.ts';
import { MINUTE_MS } from '../time.ts';
import { failBuild } from './complete-build.ts';
import type { BuildSource } from './source-url.ts';

/** Heroku Dev Center, "Limits": slug compilation. */
export const BUILD_MINUTES_MAX = 15;
/** A build waits for the previous one; beyond this length the queue would promise too much. */
const PENDING_BUILDS_MAX = 10;
const TEXT_LENGTH_MAX = 1_000;

export interface BuildRequest {
  readonly source: BuildSource;
  /** `SHA256:<hex>` of the archive. */
  readonly checksum?: string;
  readonly version?: string;
  readonly versionDescription?: string;
  /** For this build only; absent: the app's. */
  readonly buildpacks?: readonly string[];
}

/** Records the build, then orders it: `failInterruptedBuilds` finds it after a crash in between. */
export async function startBuild(
  platform: Platform,
  actor: Actor,
  app: App,
  request: BuildRequest,
): Promise<Result<Build, Failure>> {
  const failure = validate(request);
  if (failure !== undefined) return err(failure);
  const stack = findBuildableStack(platform, app.buildStackName);
  if (!stack.ok) return stack;
  const deadlineMs = platform.clock.nowMs() + BUILD_MINUTES_MAX * MINUTE_MS;
  const recorded = await updateApp<Build>(platform, app.id, async (latest) => {
    if ((await countPending(platform, latest.id)) >= PENDING_BUILDS_MAX) {
      return err(conflict(`${PENDING_BUILDS_MAX} builds of this app are waiting. Try again when one has ended.`));
    }
    const build = newBuild(platform, actor, latest, request);
    const due = { queue: BUILD_QUEUE, atMs: deadlineMs };
    const put = { kind: 'put', key: buildKey(latest.id, build.id), value: build, expect: 'absent', due } as const;
    return ok({ app: latest, writes: [put], events: [buildEvent('create', latest, build)], value: build });
  });
  if (!recorded.ok) return recorded;
  const build = recorded.value.value;
  logApiEvent(platform, app.id, `Build started by user ${actor.email}`);
  try {
    await platform.builder.start({
      appId: app.id,
      appName: app.name,
      buildId: build.id,
      stack: build.stackName,
      source: build.source,
      ...(build.sourceChecksum === undefined ? {} : { checksum: build.sourceChecksum }),
      ...(build.sourceVersion === undefined ? {} : { sourceVersion: build.sourceVersion }),
      buildpacks: build.buildpacks,
      config: await readConfig(platform, app.id, recorded.value.app.configVersion),
      outputStreamId: build.outputStreamId,
      deadlineMs,
    });
  } catch (error) {
    await failBuild(platform, app.id, build.id, 'The build could not be started.');
    throw error;
  }
  return ok(build);
}

function newBuild(platform: Platform, actor: Actor, app: App, request: BuildRequest): Build {
  const { source, checksum, version, versionDescription } = request;
  const nowMs = platform.clock.nowMs();
  return {
    id: platform.ids.uuid(),
    appId: app.id,
    status: 'pending',
    source,
    ...(checksum === undefined ? {} : { sourceChecksum: checksum }),
    ...(version === undefined ? {} : { sourceVersion: version }),
    ...(versionDescription === undefined
      ? {}
      : { sourceVersionDescription: versionDescription.slice(0, TEXT_LENGTH_MAX) }),
    buildpacks: request.buildpacks ?? app.buildpacks,
    stackName: app.buildStackName,
    userId: actor.accountId,
    userEmail: actor.email,
    outputStreamId: platform.ids.uuid(),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

function validate({ checksum, version }: BuildRequest): Failure | undefined {
  if (checksum !== undefined && !/^SHA256:[0-9a-f]{64}$/i.test(checksum)) {
    return invalid('source_blob.checksum must be SHA256: and 64 hexadecimal digits.');
  }
  if (version !== undefined && version.length > TEXT_LENGTH_MAX) {
    return invalid(`source_blob.version must not be longer than ${TEXT_LENGTH_MAX} characters.`);
  }
  return undefined;
}

export async function listBuilds(platform: Platform, appId: string): Promise<readonly Build[]> {
  const items = await buildRecord.list(platform.store, { partition: `app#${appId}`, prefix: buildKey(appId, '').sort });
  return items.map((item) => item.value);
}

async function countPending(platform: Platform, appId: string): Promise<number> {
  const builds = await listBuilds(platform, appId);
  return builds.filter(({ status }) => status === 'pending').length;
}
