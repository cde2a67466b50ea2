import type { Dyno } from '../../../core/records/dyno.ts';
import { type Rollout, type Rollouts, rolloutsKey } from '../../../core/records/rollout.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import type { World } from '../world.ts';

/** Why the recorded cause is wrong; undefined: it holds. Judged by the store as it is at that moment. */
export function stopFault(world: World, before: Dyno, after: Dyno): string | undefined {
  const { nowMs } = world.agenda;
  const app = world.app(after.appId);
  const cause = after.stopCause;
  // A decision from an earlier read may still be carried out.
  const known = world.rules.acting?.working.get(after.appId)?.knowsApp === true;
  if (app === undefined || (world.unreadable.has(`app#${after.appId}/app`) && !known)) return 'its app cannot be read';
  if (cause === 'app-deleted') return app.deletedAtMs === undefined ? 'the app lives' : undefined;
  const entry = app.formation?.find(({ type }) => type === after.type);
  const task = world.rules.tasks.lastOf(before);
  const launchedMs = task?.launchedAtMs === undefined ? 0 : nowMs - task.launchedAtMs;
  const rollout = rolloutOf(world, after);
  // Abandoned: the previous generation is desired, whatever the app says.
  const abandoned = rollout?.abandonedAtMs !== undefined;
  switch (cause) {
    case 'scale':
      if (app.formation === null) return 'its formation is garbage';
      return entry !== undefined && after.number <= entry.quantity ? `${entry.quantity} are wanted` : undefined;
    case 'release':
      return abandoned
        ? undefined
        : after.releaseVersion === app.currentReleaseVersion
          ? 'its release is current'
          : undefined;
    case 'resize':
      return abandoned ? undefined : entry?.size === after.size ? 'its size is the wanted one' : undefined;
    case 'restart': {
      const { byScope } = app.restarts;
      const epoch = Math.max(byScope['*'] ?? 0, byScope[after.type] ?? 0, byScope[after.name] ?? 0);
      return after.restartEpoch >= epoch && !abandoned ? 'nobody asked for it since it started' : undefined;
    }
    case 'cycle':
      return (fieldsOf(after).recycleAtMs ?? after.cycleAtMs ?? Number.POSITIVE_INFINITY) > nowMs + world.skewMs &&
        app.dynoManager === undefined
        ? 'its day is not over'
        : undefined;
    case 'stop':
      return fieldsOf(after).stopRequested === true ? undefined : 'nobody asked for it';
    case 'boot-timeout':
      return launchedMs + world.skewMs < 60 * SECOND_MS ? `it was launched ${launchedMs} ms ago` : undefined;
    case 'time-to-live':
      return launchedMs + world.skewMs < (fieldsOf(after).timeToLiveSeconds ?? 0) * SECOND_MS
        ? 'it has time left'
        : undefined;
    case 'release-timeout':
      return launchedMs + world.skewMs < HOUR_MS - MINUTE_MS ? 'it has time left' : undefined;
    case 'superseded':
      return app.pendingReleaseVersions[0] === after.releaseVersion ? 'its release waits for it' : undefined;
    case 'host-fault':
      return task?.hostFault === undefined ? 'its host is fine' : undefined;
    case 'abandoned':
      return abandoned ? undefined : 'its rollout goes on';
    case 'idle':
      // A dyno that will become Eco sleeps with an app whose hours are used up.
      return after.size === 'Eco' || entry?.size === 'Eco' ? undefined : `${after.size} dynos do not sleep`;
    case 'pending-timeout':
      return task !== undefined && nowMs + world.skewMs - task.acceptedAtMs < 9 * MINUTE_MS
        ? 'it has time left'
        : undefined;
    default:
      return undefined;
  }
}

export function rolloutOf(world: World, { appId, type }: Dyno): Rollout | undefined {
  return world.store.get<Rollouts>(rolloutsKey(appId))?.value[type];
}
