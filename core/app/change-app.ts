import type { Failure } from '../failure.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Write } from '../ports/store.ts';
import type { Actor } from '../records/account.ts';
import { type App, appNameKey } from '../records/app.ts';
import { err, ok, type Result } from '../result.ts';
import { checkAppName, nameTaken } from './app-name.ts';
import { findBuildableStack, findStack } from './stack.ts';
import { updateApp } from './update-app.ts';

export interface AppSettings {
  readonly name?: string;
  readonly maintenance?: boolean;
  /** For the next build; the running slug keeps its own. */
  readonly buildStack?: string;
}

/** Without settings nothing is written: Terraform sends such a change before each of its own. */
export async function changeApp(
  platform: Platform,
  actor: Actor,
  appId: string,
  settings: AppSettings,
): Promise<Result<App, Failure>> {
  const changed = await updateApp<{ readonly maintenanceBefore: boolean }>(platform, appId, async (app) => {
    if (Object.keys(settings).length === 0) return ok({ app, value: { maintenanceBefore: app.maintenance } });
    const stack =
      settings.buildStack === undefined
        ? findStack(app.buildStackName)
        : findBuildableStack(platform, settings.buildStack);
    if (!stack.ok) return stack;
    const renamed = await reserveName(platform, app, settings.name ?? app.name);
    if (!renamed.ok) return renamed;
    return ok({
      app: {
        ...app,
        name: settings.name ?? app.name,
        maintenance: settings.maintenance ?? app.maintenance,
        buildStackName: stack.value.name,
        // Before the first slug there is no running stack to keep.
        ...(app.slugSizeBytes === undefined ? { stackName: stack.value.name } : {}),
      },
      writes: renamed.value,
      value: { maintenanceBefore: app.maintenance },
    });
  });
  if (!changed.ok) return changed;
  const { app, value } = changed.value;
  if (app.maintenance !== value.maintenanceBefore) {
    const action = app.maintenance ? 'Enable' : 'Disable';
    logApiEvent(platform, app.id, `${action} maintenance mode by user ${actor.email}`);
  }
  return ok(app);
}

/** In the same transaction as the app's own change, the new name is taken and the old one becomes free. */
async function reserveName(platform: Platform, app: App, name: string): Promise<Result<readonly Write[], Failure>> {
  if (name === app.name) return ok([]);
  const checked = checkAppName(name);
  if (!checked.ok) return checked;
  const holder = await platform.store.get(appNameKey(name));
  if (holder !== undefined) return err(nameTaken(name));
  return ok([
    { kind: 'put', key: appNameKey(name), value: { appId: app.id }, expect: 'absent' },
    { kind: 'delete', key: appNameKey(app.name), expect: 'any' },
  ]);
}
