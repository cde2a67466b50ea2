import { conflict, type Failure } from '../failure.ts';
import { formationAfterRelease } from '../formation/after-release.ts';
import { scaledLine } from '../formation/scaled-line.ts';
import type { Platform } from '../platform.ts';
import type { Write } from '../ports/store.ts';
import type { Actor } from '../records/account.ts';
import type { App } from '../records/app.ts';
import { type DomainEvent, releaseEvent } from '../records/domain-event.ts';
import type { FormationEntry } from '../records/formation.ts';
import { type Release, type ReleasePointer, releaseIdKey, releaseKey } from '../records/release.ts';
import type { Slug } from '../records/slug.ts';
import { err, ok, type Result } from '../result.ts';
import { hasReleasePhase } from '../slug/process-types.ts';

export interface ReleaseContent {
  readonly description: string;
  readonly slug?: Slug;
  /** The new release's own if it brings new config vars, otherwise the one to keep. */
  readonly configVersion: number;
}

export interface PlannedRelease {
  readonly app: App;
  readonly release: Release;
  readonly writes: readonly Write[];
  readonly events: readonly DomainEvent[];
  /** Lines for the app's log, once it is written. */
  readonly lines: readonly string[];
}

/**
 * Completing a release phase completes the releases that waited behind it, all in one transaction of at most 100 writes; this
 * limit leaves room in it.
 */
export const PENDING_RELEASES_MAX = 50;

/**
 * A new release of the app: the next version, current at once unless it has a release phase or waits behind one. Pure except for
 * the ids that it takes; `updateApp` writes the result.
 */
export function planRelease(
  platform: Pick<Platform, 'ids' | 'clock'>,
  app: App,
  actor: Actor,
  content: ReleaseContent,
): Result<PlannedRelease, Failure> {
  if (app.pendingReleaseVersions.length >= PENDING_RELEASES_MAX) {
    return err(
      conflict(`${PENDING_RELEASES_MAX} releases are waiting for a release command. Try again when it has ended.`),
    );
  }
  const nowMs = platform.clock.nowMs();
  const { slug } = content;
  const version = app.nextReleaseVersion;
  const parts = {
    processTypes: slug?.processTypes ?? {},
    ...(slug === undefined ? {} : { slugId: slug.id }),
  };
  const phase = hasReleasePhase(parts);
  const pending = phase || app.pendingReleaseVersions.length > 0;
  const release: Release = {
    id: platform.ids.uuid(),
    appId: app.id,
    version,
    description: content.description,
    status: pending ? 'pending' : 'succeeded',
    ...parts,
    configVersion: content.configVersion,
    userId: actor.accountId,
    userEmail: actor.email,
    ...(phase ? { outputStreamId: platform.ids.uuid() } : {}),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const numbered: App = { ...app, nextReleaseVersion: version + 1, configVersion: content.configVersion };
  const announced = `${content.description} by user ${actor.email}`;
  const pointer: ReleasePointer = { version };
  const writes: Write[] = [
    { kind: 'put', key: releaseKey(app.id, version), value: release, expect: 'absent' },
    { kind: 'put', key: releaseIdKey(app.id, release.id), value: pointer, expect: 'absent' },
  ];
  const events = [releaseEvent('create', app, release)];
  if (!pending) {
    const current = makeCurrent(platform, numbered, release, slug);
    return ok({
      app: current.app,
      release,
      writes,
      events,
      lines: [announced, createdLine(release), ...current.lines],
    });
  }
  const first = app.pendingReleaseVersions.length === 0;
  return ok({
    app: { ...numbered, pendingReleaseVersions: [...app.pendingReleaseVersions, version] },
    release,
    writes,
    events,
    lines: first ? [announced, runningLine(release)] : [announced],
  });
}

/** The app with this succeeded release as its current one, and the first deploy's lines about its formation. */
export function makeCurrent(
  platform: Pick<Platform, 'ids' | 'clock'>,
  app: App,
  release: Release,
  slug: Slug | undefined,
): { readonly app: App; readonly lines: readonly string[] } {
  const nowMs = platform.clock.nowMs();
  const formation =
    slug === undefined
      ? app.formation
      : formationAfterRelease(app.formation, release.processTypes, nowMs, () => platform.ids.uuid());
  const current: App = {
    ...app,
    currentReleaseVersion: release.version,
    formation,
    releasedAtMs: nowMs,
    ...(slug === undefined
      ? {}
      : {
          stackName: slug.stackName,
          slugSizeBytes: slug.sizeBytes,
          buildpackDescription: slug.buildpackDescription,
        }),
  };
  return { app: current, lines: app.formation.length === 0 ? scaledLines(formation, release.userEmail) : [] };
}

/** After a first deploy: `Scaled to web@1:Standard-1X by user …`; empty for an app without a web process. */
function scaledLines(formation: readonly FormationEntry[], email: string): readonly string[] {
  const running = formation.filter((entry) => entry.quantity > 0);
  return running.length === 0 ? [] : [scaledLine(running, email)];
}

type Announced = Pick<Release, 'version' | 'userEmail'>;
export const createdLine = ({ version, userEmail }: Announced) => `Release v${version} created by user ${userEmail}`;
export const runningLine = ({ version, userEmail }: Announced) =>
  `Running release v${version} commands by user ${userEmail}`;
export const failedLine = ({ version, userEmail }: Announced) =>
  `Release v${version} command failed by user ${userEmail}`;

/** The base of a release of new config vars: the newest release that has not failed, including pending ones. */
export function newestUnfailedVersion(app: App): number | undefined {
  return app.pendingReleaseVersions.at(-1) ?? app.currentReleaseVersion;
}
