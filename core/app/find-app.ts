import { type Failure, notFound } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../records/account.ts';
import {
  type App,
  appKey,
  appNameRecord,
  appRecord,
  collaboratorKey,
  membershipKey,
  membershipRecord,
} from '../records/app.ts';
import { err, ok, type Result } from '../result.ts';
import { isUuid } from '../uuid.ts';
import { isAppName } from './app-name.ts';

export type AppRole = 'owner' | 'collaborator';

/**
 * Finds an app by name or id, for any caller. A deleted app is not found, although its records still exist for a while. A newer
 * version of the platform may have written the app: then `updateApp` does not change it.
 */
export async function findApp(platform: Platform, nameOrId: string): Promise<Result<App, Failure>> {
  const appId = isUuid(nameOrId.toLowerCase()) ? nameOrId.toLowerCase() : await appIdByName(platform, nameOrId);
  const app = appId === undefined ? undefined : (await appRecord.getOfAnyVersion(platform.store, appId))?.value;
  return app === undefined || app.deletedAtMs !== undefined ? err(notFound('app')) : ok(app);
}

/** Text that cannot be a name is not looked up: it may be longer than a key of the store. */
async function appIdByName(platform: Platform, name: string): Promise<string | undefined> {
  if (!isAppName(name)) return undefined;
  return (await appNameRecord.get(platform.store, name))?.value.appId;
}

/** Undefined: this account has no access to this app. */
export async function roleIn(platform: Platform, actor: Actor, app: App): Promise<AppRole | undefined> {
  if (app.ownerId === actor.accountId) return 'owner';
  const item = await platform.store.get(collaboratorKey(app.id, actor.accountId));
  return item === undefined ? undefined : 'collaborator';
}

/** The app, if this account owns it or collaborates on it. */
export async function findAppFor(
  platform: Platform,
  actor: Actor,
  nameOrId: string,
): Promise<Result<{ readonly app: App; readonly role: AppRole }, Failure>> {
  const found = await findApp(platform, nameOrId);
  if (!found.ok) return found;
  const role = await roleIn(platform, actor, found.value);
  if (role === undefined) {
    return err({ id: 'forbidden', message: `You do not have access to the app ${found.value.name}.` });
  }
  return ok({ app: found.value, role });
}

/** Every app that the account owns or collaborates on. An unreadable one does not hide the others. */
export async function listApps(platform: Platform, accountId: string): Promise<readonly App[]> {
  const { partition, sort } = membershipKey(accountId, '');
  const memberships = await membershipRecord.list(platform.store, { partition, prefix: sort });
  const items = await Promise.all(memberships.map(({ value }) => platform.store.get(appKey(value.appId))));
  return items.flatMap((item) => {
    const app = item && appRecord.tryReadAnyVersion(item)?.value;
    return app === undefined || app.deletedAtMs !== undefined ? [] : [app];
  });
}
