import { bumpEpoch } from '../../core/dyno/restart-dynos.ts';
import { MINUTE_MS } from '../../core/time.ts';
import { median } from '../figures.ts';
import { cpuMicroseconds } from './cost.ts';
import type { Fleet } from './fleet.ts';

const ROUNDS = 5;
const APPS_MAX = 500;
/** Long enough for a crash to be forgotten: each round's is a first crash, after which the dyno restarts at once. */
const BETWEEN_MS = 15 * MINUTE_MS;

/** One dyno of each of many apps crashes: CPU time per event until the pass has logged it and started another one. */
export async function crashes(fleet: Fleet): Promise<number> {
  const appIds = fleet.appIds.slice(0, APPS_MAX);
  const microseconds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const appId of appIds) {
      const task = fleet.tasks.running(appId);
      if (task !== undefined) fleet.tasks.exit(task.taskRef, 1);
    }
    microseconds.push(
      await cpuMicroseconds(async () => {
        for (const appId of appIds) await fleet.driver.run(appId);
      }),
    );
    await fleet.advance(BETWEEN_MS);
  }
  return median(microseconds) / appIds.length;
}

/** Replaces all dynos of all apps: starts and stops per second of CPU time, including all passes until they are up again. */
export async function restartAll(fleet: Fleet): Promise<number> {
  for (const appId of fleet.appIds) {
    fleet.change(appId, (app) => ({ ...app, restarts: bumpEpoch(app.restarts, '*') }));
  }
  const { tasks } = fleet;
  const before = tasks.starts + tasks.stops;
  const microseconds = await cpuMicroseconds(() => fleet.advance(2 * MINUTE_MS));
  return (tasks.starts + tasks.stops - before) / (microseconds / 1e6);
}
