import { updateApp } from '../app/update-app.ts';
import type { Failure } from '../failure.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../records/account.ts';
import { configContext, configKey, type Release, type SealedConfig } from '../records/release.ts';
import { readRelease } from '../release/find-release.ts';
import { newestUnfailedVersion, planRelease } from '../release/plan-release.ts';
import { ok, type Result } from '../result.ts';
import { readSlug } from '../slug/read-slug.ts';
import { type ConfigChanges, type ConfigVars, changeConfig, describeUpdate } from './config-vars.ts';
import { readConfig } from './read-config.ts';

export interface ConfigOutcome {
  readonly config: ConfigVars;
  /** Undefined: nothing changed. */
  readonly release?: Release;
}

/**
 * Changes config vars and releases them with the newest code that has not failed, in one step, because clients read the newest
 * release right afterwards. Setting existing values makes no release.
 */
export async function setConfigVars(
  platform: Platform,
  actor: Actor,
  appId: string,
  changes: ConfigChanges,
): Promise<Result<ConfigOutcome, Failure>> {
  type Outcome = ConfigOutcome & { readonly lines: readonly string[] };
  const updated = await updateApp<Outcome>(platform, appId, async (app) => {
    const changed = changeConfig(await readConfig(platform, appId, app.configVersion), changes);
    if (!changed.ok) return changed;
    const { config } = changed.value;
    const description = describeUpdate(changed.value);
    if (description === undefined) return ok({ app, value: { config, lines: [] } });

    const configVersion = app.nextReleaseVersion;
    const base = newestUnfailedVersion(app);
    const released = base === undefined ? undefined : await readRelease(platform, appId, base);
    // Continuing would release the app without its code.
    if (base !== undefined && released === undefined) throw new Error(`release ${base} of app ${appId} is missing`);
    const slugId = released?.slugId;
    const slug = slugId === undefined ? undefined : await readSlug(platform, appId, slugId);
    const planned = planRelease(platform, app, actor, {
      description,
      configVersion,
      ...(slug === undefined ? {} : { slug }),
    });
    if (!planned.ok) return planned;
    const { release, lines, writes, events } = planned.value;
    const value: SealedConfig = { sealed: await platform.vault.seal(config, configContext(appId, configVersion)) };
    return ok({
      app: planned.value.app,
      writes: [...writes, { kind: 'put', key: configKey(appId, configVersion), value, expect: 'absent' }],
      events,
      value: { config, release, lines },
    });
  });
  if (!updated.ok) return updated;
  const { lines, ...outcome } = updated.value.value;
  if (lines.length > 0) logApiEvent(platform, appId, ...lines);
  return ok(outcome);
}
