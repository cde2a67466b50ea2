import type { App } from '../app/app.ts';
import { releaseEvent } from '../event/domain-event.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Release } from './release.ts';

/** A release was written: the app's log says so in `lines`, and whoever listens hears of it. */
export function announceRelease(platform: Platform, app: App, release: Release, lines: readonly string[]): void {
  logApiEvent(platform, app.id, ...lines);
  platform.events.publish([releaseEvent('create', app, release)]);
}
