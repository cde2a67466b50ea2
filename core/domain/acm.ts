import { updateApp } from '../app/update-app.ts';
import type { Failure } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { App } from '../records/app.ts';
import { certificatesMark } from '../records/domain.ts';
import { ok, type Result } from '../result.ts';

/** Switches automated certificates on or off; the certificate step does the rest for each domain. */
export async function setAcm(platform: Platform, appId: string, enabled: boolean): Promise<Result<App, Failure>> {
  return change(platform, appId, (app) => ({ enabled, refreshes: app.acm?.refreshes ?? 0 }));
}

/** Failed domains are retried, the others are checked now. */
export async function refreshAcm(platform: Platform, appId: string): Promise<Result<App, Failure>> {
  return change(platform, appId, (app) => ({
    enabled: app.acm?.enabled ?? false,
    refreshes: (app.acm?.refreshes ?? 0) + 1,
  }));
}

async function change(
  platform: Platform,
  appId: string,
  acmOf: (app: App) => NonNullable<App['acm']>,
): Promise<Result<App, Failure>> {
  const changed = await updateApp(platform, appId, (app) =>
    ok({
      app: { ...app, acm: acmOf(app) },
      writes: [certificatesMark(appId, platform.clock.nowMs())],
      value: undefined,
    }),
  );
  return changed.ok ? ok(changed.value.app) : changed;
}
