import { updateApp } from '../app/update-app.ts';
import type { Failure } from '../failure.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Item, Write } from '../ports/store.ts';
import type { App } from '../records/app.ts';
import { type DomainEvent, releaseEvent } from '../records/domain-event.ts';
import { type Release, releaseKey, releaseRecord } from '../records/release.ts';
import { ok, type Result } from '../result.ts';
import { hasReleasePhase } from '../slug/process-types.ts';
import { readSlug } from '../slug/read-slug.ts';
import { readRelease } from './find-release.ts';
import { createdLine, failedLine, makeCurrent, runningLine } from './plan-release.ts';

/**
 * The release command of a pending release has ended. Success makes it current unless a newer one already is; failure keeps the
 * old one. Releases that waited behind it without a command of their own follow at once. Idempotent: a release that is no longer
 * pending is unchanged.
 */
export async function completeReleasePhase(
  platform: Platform,
  appId: string,
  version: number,
  outcome: 'succeeded' | 'failed',
): Promise<Result<void, Failure>> {
  const updated = await updateApp(platform, appId, async (app) => {
    const completion = new Completion(platform, app);
    if (!app.pendingReleaseVersions.includes(version)) return ok({ app, value: completion });
    await completion.end(version, outcome);
    await completion.advance();
    return ok({ app: completion.app, writes: completion.writes, events: completion.events, value: completion });
  });
  if (!updated.ok) return updated;
  const { lines } = updated.value.value;
  if (lines.length > 0) logApiEvent(platform, appId, ...lines);
  const stream = (await readRelease(platform, appId, version))?.outputStreamId;
  if (stream !== undefined) await platform.outputs.end(stream);
  return ok(undefined);
}

/** The changes of one completion, collected release by release. */
class Completion {
  readonly writes: Write[] = [];
  readonly lines: string[] = [];
  readonly events: DomainEvent[] = [];
  readonly #platform: Platform;
  readonly #runningBefore: number | undefined;
  #app: App;

  constructor(platform: Platform, app: App) {
    this.#platform = platform;
    this.#app = app;
    this.#runningBefore = app.pendingReleaseVersions[0];
  }

  get app(): App {
    return this.#app;
  }

  async end(version: number, status: 'succeeded' | 'failed'): Promise<void> {
    const item = await this.#read(version);
    const release: Release = { ...item.value, status, updatedAtMs: this.#platform.clock.nowMs() };
    this.writes.push({ kind: 'put', key: releaseKey(release.appId, version), value: release, expect: item.version });
    this.events.push(releaseEvent('update', this.#app, release));
    this.#app = {
      ...this.#app,
      pendingReleaseVersions: this.#app.pendingReleaseVersions.filter((pending) => pending !== version),
    };
    if (status === 'failed') {
      this.lines.push(failedLine(release));
      return;
    }
    this.lines.push(createdLine(release));
    if (version < (this.#app.currentReleaseVersion ?? 0)) return;
    const slug =
      release.slugId === undefined ? undefined : await readSlug(this.#platform, release.appId, release.slugId);
    const current = makeCurrent(this.#platform, this.#app, release, slug);
    this.#app = current.app;
    this.lines.push(...current.lines);
  }

  /** Completes the waiting releases without a release command, up to the next one that must run. */
  async advance(): Promise<void> {
    for (;;) {
      const first = this.#app.pendingReleaseVersions[0];
      if (first === undefined) return;
      const { value: release } = await this.#read(first);
      if (hasReleasePhase(release)) {
        if (first !== this.#runningBefore) this.lines.push(runningLine(release));
        return;
      }
      await this.end(first, 'succeeded');
    }
  }

  async #read(version: number): Promise<Item<Release>> {
    const item = await releaseRecord.get(this.#platform.store, this.#app.id, version);
    if (item === undefined) throw new Error(`release ${version} of app ${this.#app.id} is missing`);
    return item;
  }
}
