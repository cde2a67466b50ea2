import { MANAGER_QUEUE, type ManagerMark, managerKey } from '../app/app.ts';
import { type Dyno, dynoKey } from '../dyno/dyno.ts';
import { findDynoSize } from '../dyno/dyno-size.ts';
import type { Platform } from '../platform.ts';
import type { DynoRuntime, RuntimeEvent } from '../ports.ts';
import { carryOut } from './carry-out.ts';
import { readMark } from './mark.ts';
import { memoryVerdict } from './memory.ts';
import { PublishedRoutes } from './published-routes.ts';
import { readLook } from './read-look.ts';
import { reconcile } from './reconcile.ts';
import type { Report } from './report.ts';
import { routing } from './routes.ts';
import { SentStops } from './sent-stops.ts';
import { say } from './step.ts';
import { logSystemLines } from './system-log.ts';

export interface DynoManagerParts {
  readonly platform: Platform;
  readonly runtime: DynoRuntime;
  completeReleasePhase(
    platform: Platform,
    appId: string,
    version: number,
    outcome: 'succeeded' | 'failed',
  ): Promise<unknown>;
  /** Removes every record of a deleted app. */
  purgeApp(platform: Platform, appId: string): Promise<void>;
  readonly report: Report;
}

export interface DynoManager {
  /** One pass over one app: the handler of `Nudges.handle`. Rejects when something broke, and may then be repeated. */
  lookAt(appId: string): Promise<void>;
  /** Listens to the runtime. */
  start(): void;
  /** Gives the routers their whole table, from what is seen to run now. */
  publishAll(): Promise<void>;
  /** After a restart of the platform: every app is looked at, whatever was due. */
  recover(): Promise<void>;
  /** Nudges every app whose look is overdue: timers longer than a process lives, and events that were lost. */
  sweep(): Promise<void>;
}

/** One sweep's share; what is left is still due at the next. */
const SWEEP_MAX = 1_000;
const ALL_APPS_MAX = 1_000_000;

export function createDynoManager(parts: DynoManagerParts): DynoManager {
  const { platform, runtime, report } = parts;
  const routes = new PublishedRoutes(platform, report);
  const stops = new SentStops();
  /** App → dyno → MiB, far over the quota. Forgotten by a crash: the next sample says it again. */
  const memory = new Map<string, Map<string, number>>();

  async function lookAt(appId: string): Promise<void> {
    const held = await readMark(platform.store, appId);
    const overQuota = memory.get(appId) ?? new Map<string, number>();
    memory.delete(appId);
    const read = await readLook(platform, runtime, appId, overQuota);
    if (read === undefined) return removeUnowned(appId);
    const plan = reconcile(read.look);
    await carryOut({ ...parts, routes, stops }, { ...read, held, plan });
  }

  /** The app's record is gone: nothing may be left of it. */
  async function removeUnowned(appId: string): Promise<void> {
    routes.remove(appId);
    const { tasks } = await runtime.observe(appId);
    await Promise.all(tasks.filter(({ state }) => state !== 'stopped').map((task) => runtime.stop(task.taskRef, 0)));
    await platform.store.transact([{ kind: 'delete', key: managerKey(appId), expect: 'any' }]);
  }

  async function onMemory({ appId, dynoId, usedMiB }: RuntimeEvent & { readonly kind: 'memory' }): Promise<void> {
    const dyno = (await platform.store.get<Dyno>(dynoKey(appId, dynoId)))?.value;
    const size = dyno === undefined ? undefined : findDynoSize(dyno.size);
    if (dyno === undefined || size === undefined || dyno.stopCause !== undefined) return;
    const verdict = memoryVerdict(usedMiB, size.memoryMiB);
    if (verdict === undefined) return;
    if (!verdict.kill) return logSystemLines(platform, appId, say(dyno, ...verdict.messages));
    const ofApp = memory.get(appId) ?? new Map<string, number>();
    memory.set(appId, ofApp.set(dynoId, usedMiB));
    platform.nudges.nudge(appId);
  }

  async function publish(appId: string): Promise<void> {
    const { expect } = await readMark(platform.store, appId);
    const read = await readLook(platform, runtime, appId, new Map());
    if (read === undefined || read.look.app.deletedAtMs !== undefined) return;
    const { app, release, dynos, observations } = read.look;
    const current = routing(
      app,
      release,
      dynos.map(({ value }) => value),
      observations,
    );
    routes.publish(await routes.routesOf(app, release, current), expect === 'absent' ? 0 : expect);
  }

  /** Every app has a mark, and every mark is in the queue. */
  async function markedApps(beforeMs: number, limit: number): Promise<readonly string[]> {
    const due = await platform.store.due<ManagerMark>(MANAGER_QUEUE, beforeMs, limit);
    return due.map(({ value }) => value.appId);
  }

  return {
    lookAt,
    start() {
      runtime.onEvent((event) => {
        if (event.kind === 'task') return platform.nudges.nudge(event.appId);
        onMemory(event).catch((error: unknown) => report(event.appId, 'a memory sample was not judged', error));
      });
    },
    async publishAll() {
      for (const appId of await markedApps(Number.MAX_SAFE_INTEGER, ALL_APPS_MAX)) {
        await publish(appId).catch((error: unknown) => report(appId, 'its routes were not published', error));
      }
    },
    async recover() {
      for (const appId of await markedApps(Number.MAX_SAFE_INTEGER, ALL_APPS_MAX)) platform.nudges.nudge(appId);
    },
    async sweep() {
      for (const appId of await markedApps(platform.clock.nowMs(), SWEEP_MAX)) platform.nudges.nudge(appId);
    },
  };
}
