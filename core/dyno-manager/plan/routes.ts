import type { Observations, TaskObservation } from '../../ports/dyno-runtime.ts';
import type { App } from '../../records/app.ts';
import type { AppRoutes, RouteTarget } from '../../records/app-routes.ts';
import type { Dyno } from '../../records/dyno.ts';
import type { Release } from '../../records/release.ts';
import type { Rollout } from '../../records/rollout.ts';
import { OwnTasks } from '../observe/own-tasks.ts';
import { entryOf } from './decisions.ts';
import { belongsTo } from './generation.ts';
import { isOld } from './rollout.ts';

export type Routing = Pick<AppRoutes, 'situation' | 'dynos'>;

/** What is known of the app's tasks. */
export interface Sight {
  readonly tasks: OwnTasks;
  readonly complete: boolean;
}

export const sightOf = ({ tasks, complete }: Observations): Sight => ({ tasks: new OwnTasks(tasks), complete });

/** Where requests of this app may go, given its dyno records after a plan's writes. */
export function routing(
  app: App,
  release: Release | undefined,
  dynos: readonly Dyno[],
  { tasks, complete }: Sight,
  rollout?: Rollout,
): Routing {
  if (app.currentReleaseVersion === undefined || release?.slugId === undefined) return nowhere('blank');
  if ((entryOf(app, 'web')?.quantity ?? 0) === 0) return nowhere('no-web');
  const webs = dynos.filter((dyno) => dyno.kind === 'formation' && dyno.type === 'web' && dyno.state !== 'stopping');
  const routable = webs.filter((dyno) => isRoutable(dyno, tasks.of(dyno), complete));
  const targets: RouteTarget[] = [];
  for (const dyno of inOrder(serving(routable, rollout))) {
    if (dyno.address !== undefined) targets.push(targetOf(dyno, dyno.address));
  }
  if (targets.length > 0) return { situation: 'serving', dynos: targets };
  if (webs.length > 0 && webs.every(({ state }) => state === 'idle')) return nowhere('asleep');
  const crashed = webs.length > 0 && webs.every(({ state }) => state === 'crashed');
  return nowhere(crashed ? 'crashed' : 'booting');
}

const nowhere = (situation: Exclude<Routing['situation'], 'serving'>): Routing => ({ situation, dynos: [] });

/** Asleep, and no request wakes it: the owner's Eco hours of this month are used up. */
export const EXHAUSTED: Routing = nowhere('exhausted');

/** During preboot one generation serves, never both; the other one only if the right one has no dyno up. */
function serving(routable: readonly Dyno[], rollout: Rollout | undefined): readonly Dyno[] {
  if (rollout?.mode !== 'preboot') return routable;
  const isRight = (dyno: Dyno) =>
    rollout.switchedAtMs === undefined ? isOld(rollout, dyno) : belongsTo(dyno, rollout.target);
  const right = routable.filter(isRight);
  return right.length > 0 ? right : routable;
}

/**
 * A record says `up` until the next pass, so its task must be seen too: after a restart of the platform another process may have
 * the port. What cannot be read stays routed, because routers outlive a control plane in trouble.
 */
function isRoutable(dyno: Dyno, task: TaskObservation | undefined, complete: boolean): boolean {
  if (dyno.state !== 'up' || dyno.stopCause !== undefined) return false;
  return task === undefined ? !complete : task.state !== 'stopped';
}

/** By number, then by age, the oldest first. */
function inOrder(dynos: readonly Dyno[]): readonly Dyno[] {
  return [...dynos].sort((left, right) => left.number - right.number || left.createdAtMs - right.createdAtMs);
}

function targetOf({ name, id }: Dyno, { host, port }: NonNullable<Dyno['address']>): RouteTarget {
  return { name, dynoId: id, host, port };
}
