import { findDynoSize } from '../dyno/dyno-size.ts';
import { type Dyno, hasOutcome } from '../records/dyno.ts';
import type { EcoPool, EcoRun } from '../records/eco-pool.ts';
import { dateOfDay, dayOfDate } from '../scheduler/civil.ts';
import { DAY_MS } from '../time.ts';

export function monthStartMs(nowMs: number): number {
  const { year, month } = dateOfDay(Math.floor(nowMs / DAY_MS));
  return dayOfDate({ year, month, day: 1 }) * DAY_MS;
}

export function nextMonthMs(nowMs: number): number {
  const { year, month } = dateOfDay(Math.floor(nowMs / DAY_MS));
  return dayOfDate(month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 }) * DAY_MS;
}

/** In a new month everything starts from zero, also for dynos that have been running since the old one. */
export function poolAt(pool: EcoPool | undefined, nowMs: number): EcoPool {
  const startMs = monthStartMs(nowMs);
  if (pool === undefined) return { monthStartMs: startMs, settledMs: {}, running: {} };
  // A clock that is a little behind another must not bring the old month back.
  if (pool.monthStartMs >= startMs) return pool;
  const running = Object.entries(pool.running).map(([dynoId, run]): [string, EcoRun] => {
    return [dynoId, { ...run, sinceMs: Math.max(run.sinceMs, startMs) }];
  });
  return { monthStartMs: startMs, settledMs: {}, running: Object.fromEntries(running) };
}

/** Counts from the request to start until the end; crashed and sleeping dynos use nothing. */
export function usesEcoHours(dyno: Dyno): boolean {
  const { size, state, intentAtMs } = dyno;
  const runs = state === 'starting' || state === 'up' || state === 'stopping';
  return runs && intentAtMs !== undefined && !hasOutcome(dyno) && findDynoSize(size)?.tier === 'eco';
}

/** Updates the pool after a pass, from the app's dynos. Returns the same object if none started or ended. */
export function chargeEco(before: EcoPool, appId: string, dynos: readonly Dyno[], nowMs: number): EcoPool {
  const pool = poolAt(before, nowMs);
  const using = new Map(dynos.filter(usesEcoHours).map((dyno) => [dyno.id, dyno]));
  const ended = Object.entries(pool.running).filter(([dynoId, run]) => run.appId === appId && !using.has(dynoId));
  const begun = [...using.values()].filter(({ id }) => !Object.hasOwn(pool.running, id));
  if (ended.length + begun.length === 0) return pool;
  const running = { ...pool.running };
  let settledMs = pool.settledMs[appId] ?? 0;
  for (const [dynoId, { sinceMs }] of ended) {
    settledMs += Math.max(0, nowMs - sinceMs);
    delete running[dynoId];
  }
  for (const { id, intentAtMs = nowMs } of begun) {
    running[id] = { appId, sinceMs: Math.max(intentAtMs, pool.monthStartMs) };
  }
  return { ...pool, settledMs: settledMs === 0 ? pool.settledMs : { ...pool.settledMs, [appId]: settledMs }, running };
}

/** By app. */
export function ecoUseMs(before: EcoPool | undefined, nowMs: number): ReadonlyMap<string, number> {
  const pool = poolAt(before, nowMs);
  const use = new Map(Object.entries(pool.settledMs));
  for (const { appId, sinceMs } of Object.values(pool.running)) {
    use.set(appId, (use.get(appId) ?? 0) + Math.max(0, nowMs - sinceMs));
  }
  return use;
}

export function usedMs(pool: EcoPool | undefined, nowMs: number): number {
  let sum = 0;
  for (const ms of ecoUseMs(pool, nowMs).values()) sum += ms;
  return sum;
}

/** When the hours will be used up if nothing starts or ends; undefined: not in this month. */
export function emptyAtMs(before: EcoPool, limitMs: number, nowMs: number): number | undefined {
  const pool = poolAt(before, nowMs);
  const count = Object.keys(pool.running).length;
  const atMs = nowMs + Math.max(0, limitMs - usedMs(pool, nowMs)) / Math.max(1, count);
  return count === 0 || atMs >= nextMonthMs(nowMs) ? undefined : Math.ceil(atMs);
}
