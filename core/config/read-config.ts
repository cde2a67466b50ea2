import type { Platform } from '../platform.ts';
import { configContext, configRecord } from '../records/release.ts';
import type { ConfigVars } from './config-vars.ts';

/** An app that never had config vars has no item: `configVersion` 0. */
export async function readConfig(platform: Platform, appId: string, version: number): Promise<ConfigVars> {
  if (version === 0) return {};
  const item = await configRecord.get(platform.store, appId, version);
  if (item === undefined) throw new Error(`config ${version} of app ${appId} is missing`);
  return platform.vault.open(item.value.sealed, configContext(appId, version));
}
