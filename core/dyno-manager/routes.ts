import type { App } from '../app/app.ts';
import type { Dyno } from '../dyno/dyno.ts';
import type { Observations } from '../ports.ts';
import type { Release } from '../release/release.ts';
import type { AppRoutes, RouteTarget } from '../route/app-routes.ts';
import { entryOf } from './wishes.ts';

export type Routing = Pick<AppRoutes, 'situation' | 'dynos'>;

/** Where requests of this app may go, given its dyno records as they will be once a plan's writes are done. */
export function routing(
  app: App,
  release: Release | undefined,
  dynos: readonly Dyno[],
  observations: Observations,
): Routing {
  if (app.currentReleaseVersion === undefined || release?.slugId === undefined) return nowhere('blank');
  if ((entryOf(app, 'web')?.quantity ?? 0) === 0) return nowhere('no-web');
  const webs = dynos.filter((dyno) => dyno.kind === 'formation' && dyno.type === 'web' && dyno.state !== 'stopping');
  const targets = webs.flatMap((dyno) => target(dyno, observations));
  if (targets.length > 0) return { situation: 'serving', dynos: targets.sort(byName) };
  const crashed = webs.length > 0 && webs.every(({ state }) => state === 'crashed');
  return nowhere(crashed ? 'crashed' : 'booting');
}

const nowhere = (situation: Exclude<Routing['situation'], 'serving'>): Routing => ({ situation, dynos: [] });

/**
 * A record says `up` until somebody looks, so its task must be seen too: after a restart of the platform another
 * process may have the port. What cannot be read stays routed, because routers outlive a control plane in trouble.
 */
function target(dyno: Dyno, { complete, tasks }: Observations): readonly RouteTarget[] {
  if (dyno.state !== 'up' || dyno.stopCause !== undefined || dyno.address === undefined) return [];
  const task = tasks.find(({ dynoId, attempt }) => dynoId === dyno.id && attempt === dyno.attempt);
  if (task === undefined ? complete : task.state === 'stopped') return [];
  return [{ name: dyno.name, dynoId: dyno.id, ...dyno.address }];
}

function byName(left: RouteTarget, right: RouteTarget): number {
  return left.name.localeCompare(right.name, 'en', { numeric: true });
}
