import { findDynoSize } from '../dyno/dyno-size.ts';
import { readDynos } from '../dyno/find-dyno.ts';
import type { RuntimeEvent } from '../ports/dyno-runtime.ts';
import { done, type PassResult, type Reconciler } from '../reconcile/reconciler.ts';
import { MANAGER_QUEUE, managerKey } from '../records/app.ts';
import { UnreadableRecord } from '../records/define-record.ts';
import { dynoRecord } from '../records/dyno.ts';
import { trafficKey } from '../records/traffic.ts';
import { MINUTE_MS } from '../time.ts';
import { ActionBudget } from './execute/action-budget.ts';
import { carryOut } from './execute/carry-out.ts';
import { PublishedRoutes } from './execute/published-routes.ts';
import { requestCertificates } from './execute/request-certificates.ts';
import { SentStops } from './execute/sent-stops.ts';
import { logSystemLines } from './execute/system-log.ts';
import { DYNO_MANAGER } from './manager-queue.ts';
import { readMark } from './observe/mark.ts';
import { memoryVerdict } from './observe/memory.ts';
import { MemoryWatch } from './observe/memory-watch.ts';
import { NO_SAMPLES, readSnapshot } from './observe/read-snapshot.ts';
import { TrafficLedger } from './observe/traffic.ts';
import type { DynoManagerParts } from './parts.ts';
import { systemLines } from './plan/dyno-plan.ts';
import { reconcile } from './plan/reconcile.ts';
import { routing, sightOf } from './plan/routes.ts';

export interface DynoManager {
  readonly reconciler: Reconciler;
  /** Requests for these apps, which may sleep, were routed just now. */
  noteRequests(appIds: readonly string[]): Promise<void>;
  /** A request waits for this app, which sleeps. */
  wake(appId: string): Promise<void>;
  onRuntimeEvent(event: RuntimeEvent): void;
  /** Gives the routers their whole table, from what is seen to run now. */
  publishAll(): Promise<void>;
  /** After a restart of the platform: a pass over every app, whatever was due. */
  recover(): Promise<void>;
}

const QUARANTINE_MAX_MS = 5 * MINUTE_MS;
const ALL_APPS_MAX = 1_000_000;

export function createDynoManager(parts: DynoManagerParts): DynoManager {
  const { platform, runtime } = parts;
  const routes = new PublishedRoutes(platform);
  const stops = new SentStops();
  const memory = new MemoryWatch();
  const traffic = new TrafficLedger(platform);
  const { actionRate } = parts;
  const budget = actionRate === undefined ? undefined : new ActionBudget(actionRate, platform.clock);
  const executor = { ...parts, routes, stops, ...(budget === undefined ? {} : { budget }) };

  let recoveredAtMs: number | undefined;

  async function pass(appId: string, deadlineMs: number | undefined): Promise<PassResult> {
    const held = await readMark(platform.store, appId);
    const samples = memory.samples(appId, platform.clock.nowMs());
    const read = await readSnapshot(platform, runtime, appId, samples);
    if (read === undefined) return removeUnowned(appId);
    const plan = reconcile(recoveredAtMs === undefined ? read.snapshot : { ...read.snapshot, recoveredAtMs });
    memory.noteApp(appId, read.snapshot.app.dynoManager?.memoryThresholdPercent, read.snapshot.dynos);
    const result = await carryOut(executor, { held, plan, deadlineMs, ...read });
    await requestCertificates(parts, read.snapshot.app);
    return result;
  }

  /** The app's record is gone: nothing may be left of it. It goes last, so where dynos have records it is missing, not gone. */
  async function removeUnowned(appId: string): Promise<PassResult> {
    if ((await readDynos(platform, appId)).length > 0) throw new UnreadableRecord('app', 'is missing');
    routes.remove(appId);
    memory.forget(appId);
    traffic.forget(appId);
    const { tasks } = await runtime.observe(appId);
    await Promise.all(tasks.filter(({ state }) => state !== 'stopped').map((task) => runtime.stop(task.taskRef, 0)));
    await platform.store.transact([
      { kind: 'delete', key: managerKey(appId), expect: 'any' },
      // A router may have reported a request after the app was purged.
      { kind: 'delete', key: trafficKey(appId), expect: 'any' },
    ]);
    return done(Number.POSITIVE_INFINITY);
  }

  async function onMemory({ appId, dynoId, usedMiB }: RuntimeEvent & { readonly kind: 'memory' }): Promise<void> {
    const dyno = (await dynoRecord.get(platform.store, appId, dynoId))?.value;
    const size = dyno === undefined ? undefined : findDynoSize(dyno.size);
    if (dyno === undefined || size === undefined || dyno.stopCause !== undefined) return;
    const nowMs = platform.clock.nowMs();
    if (memory.sample(appId, dynoId, (usedMiB / size.memoryMiB) * 100, nowMs)) platform.passRequests.enqueue(appId);
    const verdict = memoryVerdict(usedMiB, size);
    if (verdict === undefined) return;
    if (!verdict.kill) return logSystemLines(platform, appId, systemLines(dyno, ...verdict.messages));
    memory.noteOverQuota(appId, dynoId, usedMiB);
    platform.passRequests.enqueue(appId);
  }

  async function publish(appId: string): Promise<void> {
    const { expect } = await readMark(platform.store, appId);
    const read = await readSnapshot(platform, runtime, appId, NO_SAMPLES);
    if (read === undefined || read.snapshot.app.deletedAtMs !== undefined) return;
    const { app, release, dynos, observations, rollouts } = read.snapshot;
    const current = routing(
      app,
      release,
      dynos.map(({ value }) => value),
      sightOf(observations),
      rollouts.web,
    );
    routes.publish(await routes.routesOf(app, release, current), expect === 'absent' ? 0 : expect);
  }

  async function allApps(): Promise<readonly string[]> {
    const marks = await platform.store.due(MANAGER_QUEUE, Number.MAX_SAFE_INTEGER, ALL_APPS_MAX);
    return marks.map(DYNO_MANAGER.idOf);
  }

  return {
    reconciler: {
      ...DYNO_MANAGER,
      quarantineMaxMs: QUARANTINE_MAX_MS,
      pass: (appId, { deadlineMs }) => pass(appId, deadlineMs),
    },
    noteRequests: (appIds) => traffic.requests(appIds),
    wake: (appId) => traffic.wake(appId),
    onRuntimeEvent(event) {
      if (event.kind === 'task') return platform.passRequests.enqueue(event.appId);
      const { appId } = event;
      onMemory(event).catch((error: unknown) =>
        platform.problems.report('could not process a memory sample', error, { appId }),
      );
    },
    async publishAll() {
      for (const appId of await allApps()) {
        await publish(appId).catch((error: unknown) =>
          platform.problems.report('could not publish its routes', error, { appId }),
        );
      }
    },
    async recover() {
      recoveredAtMs = platform.clock.nowMs();
      for (const appId of await allApps()) platform.passRequests.enqueue(appId);
    },
  };
}
