import { updateApp } from '../app/update-app.ts';
import type { Failure } from '../failure.ts';
import type { Platform } from '../platform.ts';
import { ok, type Result } from '../result.ts';
import { parseBuildpacks } from './buildpack.ts';

/** Replaces the whole list; with an empty one the next build detects what it needs. */
export async function setBuildpacks(
  platform: Platform,
  appId: string,
  texts: readonly (string | undefined)[],
): Promise<Result<readonly string[], Failure>> {
  const parsed = parseBuildpacks(texts);
  if (!parsed.ok) return parsed;
  const buildpacks = parsed.value;
  const updated = await updateApp(platform, appId, (app) => ok({ app: { ...app, buildpacks }, value: buildpacks }));
  return updated.ok ? ok(buildpacks) : updated;
}
