import { writeEvents } from '../../event/write-events.ts';
import type { Write } from '../../ports/store.ts';
import { done, type PassResult, REPEAT } from '../../reconcile/reconciler.ts';
import { type Dyno, dynoKey } from '../../records/dyno.ts';
import { ecoPoolKey } from '../../records/eco-pool.ts';
import { endedRunWrite } from '../../records/job-run.ts';
import { rolloutsKey } from '../../records/rollout.ts';
import { fence, type HeldMark, isOutOfDate, nextVersion } from '../observe/mark.ts';
import type { ReadSnapshot } from '../observe/read-snapshot.ts';
import type { DynoManagerParts } from '../parts.ts';
import type { DynoWrite, Stop } from '../plan/dyno-plan.ts';
import type { Plan } from '../plan/reconcile.ts';
import { type ActionBudget, type Priority, startPriority } from './action-budget.ts';
import { dynoEvents } from './dyno-events.ts';
import { DynoSpecs } from './dyno-spec.ts';
import type { PublishedRoutes } from './published-routes.ts';
import type { SentStops } from './sent-stops.ts';
import { startDynos } from './start-dynos.ts';
import { logSystemLines } from './system-log.ts';

export interface Executor extends DynoManagerParts {
  readonly routes: PublishedRoutes;
  readonly stops: SentStops;
  readonly budget?: ActionBudget;
}

export interface Pass extends ReadSnapshot {
  readonly held: HeldMark;
  readonly plan: Plan;
  /** Nothing new is begun after it. */
  readonly deadlineMs: number | undefined;
}

/**
 * Carries a plan out and decides nothing: intents and records first, in one transaction that only holds if nobody
 * else planned or changed the app meanwhile; then the effects. A crash at any point leaves records from which the
 * next pass does the rest.
 */
export async function carryOut(executor: Executor, pass: Pass): Promise<PassResult> {
  const { platform, runtime, routes, stops } = executor;
  const { snapshot, plan, held } = pass;
  const { app, nowMs } = snapshot;
  const wanted = plan.routes === undefined ? undefined : await routes.routesOf(app, snapshot.release, plan.routes);
  const dueStops = stops.due(app.id, plan.stops, nowMs);
  const changed = wanted !== undefined && routes.hasChanged(wanted, held.expect === 'absent' ? 0 : held.expect);
  const hasEffects = plan.writes.length + plan.starts.length + dueStops.length + plan.completions.length > 0;
  const newRollouts = plan.rollouts !== snapshot.rollouts;
  const newHours = plan.ecoPool !== snapshot.eco?.pool;
  const events = dynoEvents(app, snapshot.dynos, plan.writes, nowMs);
  if (isLate(executor, pass)) return REPEAT;
  if (hasEffects || changed || newRollouts || newHours || plan.purge || isOutOfDate(held, plan.nextPassAtMs, nowMs)) {
    const written = await platform.store.transact([
      ...fence(app.id, held, pass.appVersion, {
        lookAtMs: plan.nextPassAtMs,
        passedAtMs: nowMs,
        waiting: plan.waiting,
      }),
      ...(newRollouts ? [rolloutsWrite(pass)] : []),
      ...(newHours ? ecoWrites(pass) : []),
      ...plan.writes.map((write) => storeWrite(app.id, write, nowMs)),
      ...writeEvents(platform, app.id, events),
    ]);
    // Stale: somebody was faster. Look again, with what is there now.
    if (!written.ok) return REPEAT;
    if (!changed) routes.confirm(app.id, nextVersion(held.expect));
  }
  logSystemLines(platform, app.id, plan.lines);
  if (events.length > 0) platform.eventRequests.enqueue(app.id);
  // Before anything is stopped, so that no request is sent to a dyno that is stopping.
  if (wanted === undefined) routes.remove(app.id);
  else if (changed) routes.publish(wanted, nextVersion(held.expect));

  if (plan.stops.length + plan.starts.length + plan.completions.length === 0 && !plan.purge) {
    stops.forget(app.id);
    return done(nextPassInMs(pass, Number.POSITIVE_INFINITY));
  }
  const failures: unknown[] = [];
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => failures.push(error));
  const sent: Stop[] = [];
  const allowed = within(executor, pass, dueStops);
  await Promise.all(
    allowed.stops.map((stop) =>
      attempt(runtime.stop(stop.taskRef, graceSeconds(stop, nowMs)).then(() => sent.push(stop))),
    ),
  );
  stops.note(app.id, plan.stops, sent, nowMs);
  if (allowed.starts.length > 0) {
    const context = {
      ...executor,
      app,
      specs: new DynoSpecs(platform, app),
      unasked: unasked(plan),
      versions: versionsAfter(pass),
      isLate: () => isLate(executor, pass),
    };
    await attempt(startDynos(context, allowed.starts));
  }
  for (const { version, outcome } of plan.completions) {
    if (isLate(executor, pass)) break;
    await attempt(executor.completeReleasePhase(platform, app.id, version, outcome));
  }
  if (plan.purge) {
    await attempt(executor.purgeApp(platform, app.id));
    return done(Number.POSITIVE_INFINITY, failures);
  }
  return done(nextPassInMs(pass, isLate(executor, pass) ? 0 : allowed.againMs), failures);
}

function storeWrite(appId: string, write: DynoWrite, nowMs: number): Write {
  if (write.kind === 'job-ended') return endedRunWrite(write.dyno, write.task, nowMs);
  const key = dynoKey(appId, write.dyno.id);
  return write.kind === 'put'
    ? { kind: 'put', key, value: write.dyno, expect: write.expect }
    : { kind: 'delete', key, expect: write.expect };
}

const graceSeconds = ({ deadlineMs }: Stop, nowMs: number) => Math.max(0, Math.ceil((deadlineMs - nowMs) / 1_000));

/** Their intent was written just now, and not for a second time. */
function unasked({ writes }: Plan): ReadonlySet<string> {
  const noted = writes.filter(({ kind, dyno }) => kind === 'put' && dyno.firstIntentAtMs === undefined);
  return new Set(noted.map(({ dyno }) => dyno.id));
}

function versionsAfter({ snapshot, plan }: Pass): ReadonlyMap<string, number> {
  const versions = new Map(snapshot.dynos.map(({ value, version }) => [value.id, version]));
  for (const write of plan.writes) if (write.kind === 'put') versions.set(write.dyno.id, nextVersion(write.expect));
  return versions;
}

function rolloutsWrite({ snapshot, plan, rolloutsExpect: expect }: Pass): Write {
  const key = rolloutsKey(snapshot.app.id);
  if (Object.keys(plan.rollouts).length > 0) return { kind: 'put', key, value: plan.rollouts, expect };
  return { kind: 'delete', key, expect };
}

function ecoWrites({ snapshot: { app, eco }, plan: { ecoPool } }: Pass): readonly Write[] {
  if (eco === undefined) return [];
  return [{ kind: 'put', key: ecoPoolKey(app.ownerId), value: ecoPool, expect: eco.expect }];
}

function isLate({ platform }: Executor, { deadlineMs }: Pass): boolean {
  return deadlineMs !== undefined && platform.clock.nowMs() >= deadlineMs;
}

interface Allowed {
  readonly starts: readonly Dyno[];
  readonly stops: readonly Stop[];
  /** When the rest may be tried; its intents are written, so another pass finds them. */
  readonly againMs: number;
}

/** What the budget has tokens for, the most urgent first. Stops count as part of a release; a kill goes ahead. */
function within({ budget }: Executor, { plan, snapshot }: Pass, dueStops: readonly Stop[]): Allowed {
  if (budget === undefined) return { starts: plan.starts, stops: dueStops, againMs: Number.POSITIVE_INFINITY };
  let againMs = Number.POSITIVE_INFINITY;
  const allow = (priority: Priority) => {
    const allowed = budget.take(priority);
    if (!allowed) againMs = Math.min(againMs, budget.waitMs(priority));
    return allowed;
  };
  const starts = [...plan.starts]
    .sort((left, right) => startPriority(left) - startPriority(right))
    .filter((dyno) => allow(startPriority(dyno)));
  const stops = dueStops.filter(({ deadlineMs }) => allow(deadlineMs <= snapshot.nowMs ? 1 : 2));
  return { starts, stops, againMs };
}

function nextPassInMs({ snapshot, plan }: Pass, againMs: number): number {
  return Math.min(againMs, plan.nextPassAtMs - snapshot.nowMs);
}
