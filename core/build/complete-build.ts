import { updateApp } from '../app/update-app.ts';
import { writeEvents } from '../event/write-events.ts';
import { conflict, type Failure, notFound } from '../failure.ts';
import { logApiEvent } from '../log/api-log.ts';
import { parseJobs } from '../manifest/cron-jobs.ts';
import { outputUrl } from '../output-url.ts';
import type { Platform } from '../platform.ts';
import type { BuildOutcome } from '../ports/builder.ts';
import type { Item, Write } from '../ports/store.ts';
import { appRecord } from '../records/app.ts';
import { BUILD_QUEUE, type Build, buildKey, buildRecord } from '../records/build.ts';
import { buildEvent } from '../records/domain-event.ts';
import type { Release } from '../records/release.ts';
import { type Slug, slugKey } from '../records/slug.ts';
import { deployDescription } from '../release/create-release.ts';
import { planRelease } from '../release/plan-release.ts';
import { err, ok, type Result } from '../result.ts';
import { validateProcessTypes } from '../slug/process-types.ts';
import { isUuid } from '../uuid.ts';
import { failureLines, releasedLines } from './build-output.ts';

type Built = Extract<BuildOutcome, { status: 'succeeded' }>['slug'];

/**
 * A build has ended: stores and releases its slug in one step, or records its failure, and ends its output. Idempotent: the
 * first outcome counts.
 */
export async function completeBuild(
  platform: Platform,
  appId: string,
  buildId: string,
  outcome: BuildOutcome,
): Promise<void> {
  if (outcome.status === 'failed') return failBuild(platform, appId, buildId, outcome.message);
  const invalidTypes = validateProcessTypes(outcome.slug.processTypes);
  if (invalidTypes !== undefined) return refuseSlug(platform, appId, buildId, invalidTypes.message);
  const jobs = parseJobs(outcome.slug.cron);
  if (!jobs.ok) return refuseSlug(platform, appId, buildId, `app.json: ${jobs.error}`);
  const released = await releaseBuild(platform, appId, buildId, { ...outcome.slug, cron: jobs.value });
  if (!released.ok) {
    // Without its app nobody reads the output.
    if (released.error.id !== 'not_found') return refuseSlug(platform, appId, buildId, released.error.message);
    return closeBuild(platform, appId, buildId);
  }
  if (released.value !== undefined) {
    const { release, lines, webUrl } = released.value;
    logApiEvent(platform, appId, ...lines, 'Build succeeded');
    await appendOutput(platform, appId, buildId, releasedLines(release, outcome.slug.sizeBytes, webUrl));
  }
  await closeBuild(platform, appId, buildId);
}

interface Released {
  readonly release: Release;
  readonly lines: readonly string[];
  readonly webUrl: string;
}

/** Undefined: the build had already ended. */
async function releaseBuild(
  platform: Platform,
  appId: string,
  buildId: string,
  built: Built,
): Promise<Result<Released | undefined, Failure>> {
  const updated = await updateApp<Released | undefined>(platform, appId, async (app) => {
    const item = await readBuild(platform, appId, buildId);
    if (item === undefined || item.value.status !== 'pending') return ok({ app, value: undefined });
    const build = item.value;
    const slug = slugOf(build, built, platform.ids.uuid(), platform.clock.nowMs());
    const planned = planRelease(
      platform,
      app,
      { accountId: build.userId, email: build.userEmail },
      { description: deployDescription(build.sourceVersion), configVersion: app.configVersion, slug },
    );
    if (!planned.ok) return planned;
    const { release, lines, events } = planned.value;
    const nowMs = platform.clock.nowMs();
    const done: Build = { ...build, status: 'succeeded', slugId: slug.id, releaseId: release.id, updatedAtMs: nowMs };
    const detected = app.buildpacks.length === 0 && build.buildpacks.length === 0;
    const writes: Write[] = [
      ...planned.value.writes,
      { kind: 'put', key: slugKey(appId, slug.id), value: slug, expect: 'absent' },
      endedBuild(item, done),
    ];
    return ok({
      // The next build uses the detected buildpacks, even if other ones would then fit the code.
      app: detected ? { ...planned.value.app, buildpacks: built.buildpacks } : planned.value.app,
      writes,
      events: [...events, buildEvent('update', app, done)],
      value: { release, lines, webUrl: platform.urls.webUrl(app.name) },
    });
  });
  return updated.ok ? ok(updated.value.value) : updated;
}

function slugOf(build: Build, built: Built, id: string, nowMs: number): Slug {
  return {
    id,
    appId: build.appId,
    artifact: built.artifact,
    sizeBytes: built.sizeBytes,
    checksum: built.checksum,
    ...(build.sourceVersion === undefined ? {} : { commit: build.sourceVersion }),
    ...(build.sourceVersionDescription === undefined ? {} : { commitDescription: build.sourceVersionDescription }),
    buildpackDescription: built.buildpackDescription,
    processTypes: built.processTypes,
    ...(built.cron === undefined || built.cron.length === 0 ? {} : { cron: built.cron }),
    stackName: build.stackName,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

/** The builder has already shown the user the reason; this records it and ends the output. */
export async function failBuild(platform: Platform, appId: string, buildId: string, failure: string): Promise<void> {
  await noteFailure(platform, appId, buildId, failure);
  await closeBuild(platform, appId, buildId);
}

/** The build succeeded but its slug is refused: the reason is added to the output here. */
async function refuseSlug(platform: Platform, appId: string, buildId: string, reason: string): Promise<void> {
  if (await noteFailure(platform, appId, buildId, reason)) {
    await appendOutput(platform, appId, buildId, failureLines(reason));
  }
  await closeBuild(platform, appId, buildId);
}

/** False: it had already ended. */
async function noteFailure(platform: Platform, appId: string, buildId: string, failure: string): Promise<boolean> {
  for (;;) {
    const item = await readBuild(platform, appId, buildId);
    if (item === undefined || item.value.status !== 'pending') return false;
    const failed: Build = { ...item.value, status: 'failed', failure, updatedAtMs: platform.clock.nowMs() };
    // Before the write: nothing may fail between that and the end of the output.
    const app = await appRecord.getOfAnyVersion(platform.store, appId);
    const events = app === undefined ? [] : [buildEvent('update', app.value, failed)];
    const written = await platform.store.transact([endedBuild(item, failed), ...writeEvents(platform, appId, events)]);
    if (!written.ok) continue;
    if (events.length > 0) platform.eventRequests.enqueue(appId);
    // Its own permission for a day, so that a browser shows it.
    const url = outputUrl(platform, failed.outputStreamId);
    logApiEvent(platform, appId, `Build failed -- check your build output: ${url}`);
    return true;
  }
}

/** Still due: until its output has ended too, `failInterruptedBuilds` must find it. */
function endedBuild(item: Item<Build>, build: Build): Write {
  return {
    kind: 'put',
    key: buildKey(build.appId, build.id),
    value: build,
    expect: item.version,
    due: { queue: BUILD_QUEUE, atMs: build.updatedAtMs },
  };
}

/** Ends the output of an ended build, and removes it from the queue. */
async function closeBuild(platform: Platform, appId: string, buildId: string): Promise<void> {
  const item = await readBuild(platform, appId, buildId);
  if (item === undefined) return;
  await platform.outputs.end(item.value.outputStreamId);
  const key = buildKey(appId, buildId);
  // A conflict means that another process is closing it.
  await platform.store.transact([{ kind: 'put', key, value: item.value, expect: item.version }]);
}

async function appendOutput(platform: Platform, appId: string, buildId: string, text: string): Promise<void> {
  const item = await readBuild(platform, appId, buildId);
  if (item !== undefined) platform.outputs.append(item.value.outputStreamId, text);
}

export async function readBuild(platform: Platform, appId: string, buildId: string): Promise<Item<Build> | undefined> {
  return isUuid(buildId) ? buildRecord.get(platform.store, appId, buildId) : undefined;
}

export async function cancelBuild(platform: Platform, appId: string, buildId: string): Promise<Result<Build, Failure>> {
  const before = await readBuild(platform, appId, buildId);
  if (before === undefined) return err(notFound('build'));
  if (!(await noteFailure(platform, appId, buildId, 'The build was canceled.'))) {
    return err(conflict('This build has ended already.'));
  }
  await platform.builder.cancel(buildId);
  platform.outputs.append(before.value.outputStreamId, failureLines('Build canceled.'));
  await closeBuild(platform, appId, buildId);
  const after = await readBuild(platform, appId, buildId);
  return after === undefined ? err(notFound('build')) : ok(after.value);
}

/** More builds than an installation runs at one time. */
const INTERRUPTED_PER_QUERY = 200;

/** At start, before any builder works: fails builds that a crash interrupted, and ends their output for its readers. */
export async function failInterruptedBuilds(platform: Platform): Promise<number> {
  let count = 0;
  for (;;) {
    const due = await platform.store.due(BUILD_QUEUE, Number.MAX_SAFE_INTEGER, INTERRUPTED_PER_QUERY);
    // Unreadable builds do not keep the platform from starting.
    const items = due.flatMap((item) => buildRecord.tryRead(item) ?? []);
    for (const { value: build } of items) {
      if (build.status === 'pending') count += 1;
      await refuseSlug(platform, build.appId, build.id, 'The build was interrupted by a restart of the platform.');
    }
    // Unreadable ones stay due: a page of nothing else is the last.
    if (due.length < INTERRUPTED_PER_QUERY || items.length === 0) return count;
  }
}
