import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { Expected } from './expected.ts';
import { isKin, isOldKin } from './rollouts.ts';
import { mightSleep } from './sleeps.ts';
import { isWeb, taskOf } from './what-is.ts';

/** The routes that the routers must have afterwards; undefined: none, the app is deleted. */
export function expectedRoutes(expected: Expected): Omit<AppRoutes, 'version'> | undefined {
  const { app } = expected.known;
  if (app.deletedAtMs !== undefined) return undefined;
  const targets = serving(expected).flatMap(({ name, id, address }) =>
    address === undefined ? [] : [{ name, dynoId: id, host: address.host, port: address.port }],
  );
  const situation = situationOf(expected, targets.length);
  return {
    appId: app.id,
    appName: app.name,
    hosts: [`${app.name}.localhost`, ...(app.customHosts ?? [])],
    maintenance: app.maintenance,
    situation,
    dynos: situation === 'serving' ? targets : [],
    ...(mightSleep(app) ? { sleeps: true } : {}),
  };
}

function standingWebs({ dynos }: Expected): readonly Dyno[] {
  return dynos.filter((dyno) => isWeb(dyno) && dyno.state !== 'stopping');
}

function situationOf(expected: Expected, targets: number): AppRoutes['situation'] {
  const { app, release } = expected.known;
  const hasCode = app.currentReleaseVersion !== undefined && release?.slugId !== undefined;
  if (!hasCode) return 'blank';
  if (!app.formation.some(({ type, quantity }) => type === 'web' && quantity > 0)) return 'no-web';
  if (targets > 0) return 'serving';
  const states = new Set(standingWebs(expected).map(({ state }) => state));
  const [only] = states;
  if (states.size === 1 && only === 'idle') return expected.sleep === 'exhausted' ? 'exhausted' : 'asleep';
  return states.size === 1 && only === 'crashed' ? 'crashed' : 'booting';
}

/** Web dynos that are up and of the serving generation, in the order of their names. */
function serving(expected: Expected): readonly Dyno[] {
  const { seen } = expected.known;
  const able = standingWebs(expected).filter((dyno) => {
    const task = taskOf(dyno, seen);
    // What cannot be seen stays routed.
    const runs = task === undefined ? !seen.complete : task.state !== 'stopped';
    return dyno.state === 'up' && dyno.stopCause === undefined && runs;
  });
  const rollout = Object.entries(expected.rollouts).find(([type]) => type === 'web')?.[1];
  let right = able;
  if (rollout?.mode === 'preboot') {
    const turn = able.filter((dyno) =>
      rollout.switchedAtMs === undefined ? isOldKin(rollout, dyno) : isKin(dyno, rollout.target),
    );
    if (turn.length > 0) right = turn;
  }
  return [...right].sort((left, other) => left.number - other.number || left.createdAtMs - other.createdAtMs);
}
