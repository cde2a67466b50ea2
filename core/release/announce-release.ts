import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { App } from '../records/app.ts';
import { releaseEvent } from '../records/domain-event.ts';
import type { Release } from '../records/release.ts';

/** A release was written: adds `lines` to the app's log, and publishes an event. */
export function announceRelease(platform: Platform, app: App, release: Release, lines: readonly string[]): void {
  logApiEvent(platform, app.id, ...lines);
  platform.events.publish([releaseEvent('create', app, release)]);
}
