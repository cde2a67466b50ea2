import { conflict, type Failure, notFound } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Write } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { type App, appKey, MANAGER_QUEUE, type ManagerMark, managerKey } from './app.ts';

/** A change of the app and the writes that must land with it, or a failure for the user. */
export interface AppChange<T> {
  readonly app: App;
  readonly writes?: readonly Write[];
  readonly value: T;
}

/** Two writers seldom collide more than once; 20 tries outlast even a burst of parallel `config:set`. */
const ATTEMPTS = 20;

/**
 * Reads the app, lets `change` decide, and writes it conditionally together with the manager's dirty mark; repeats
 * when somebody else was faster. `change` may run several times and must have no effects of its own.
 */
export async function updateApp<T>(
  platform: Platform,
  appId: string,
  change: (app: App) => Promise<Result<AppChange<T>, Failure>> | Result<AppChange<T>, Failure>,
): Promise<Result<{ readonly app: App; readonly value: T }, Failure>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const item = await platform.store.get<App>(appKey(appId));
    if (item === undefined || item.value.deletedAtMs !== undefined) return err(notFound('app'));
    const changed = await change(item.value);
    if (!changed.ok) return changed;
    const nowMs = platform.clock.nowMs();
    const app = { ...changed.value.app, updatedAtMs: nowMs };
    const written = await platform.store.transact([
      { kind: 'put', key: appKey(appId), value: app, expect: item.version },
      managerDirty(appId, nowMs),
      ...(changed.value.writes ?? []),
    ]);
    if (written.ok) {
      platform.nudges.nudge(appId);
      return ok({ app, value: changed.value.value });
    }
  }
  return err(conflict('Too many changes to this app at the same time. Try again.'));
}

/** The write that makes the dyno manager look; it survives a crash before the nudge. */
export function managerDirty(appId: string, nowMs: number): Write {
  const mark: ManagerMark = { appId, dirty: true };
  return {
    kind: 'put',
    key: managerKey(appId),
    value: mark,
    expect: 'any',
    due: { queue: MANAGER_QUEUE, atMs: nowMs },
  };
}
