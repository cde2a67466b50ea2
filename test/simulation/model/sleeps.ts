import type { App } from '../../../core/records/app.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { EcoPool } from '../../../core/records/eco-pool.ts';
import { HEROKU, tierOf } from './heroku.ts';
import type { Known, Seen } from './known.ts';

export type SleepState = 'awake' | 'fall-asleep' | 'asleep' | 'wake' | 'exhausted';

/** An app with Eco web dynos; an app of workers only never sleeps. */
export function mightSleep({ formation }: App): boolean {
  return formation.some(({ type, quantity, size }) => type === 'web' && quantity > 0 && tierOf(size) === 'eco');
}

const isEco = ({ formation }: App): boolean => formation.some(({ size }) => tierOf(size) === 'eco');

export function sleepState(known: Known, all: readonly Seen[]): SleepState {
  const { app, eco, nowMs, seen, lastRequestAtMs = 0 } = known;
  if (eco !== undefined && isEco(app) && usedMs(eco.pool, nowMs) >= eco.limitMs) return 'exhausted';
  const formation = all.filter(({ dyno }) => dyno.kind === 'formation' && dyno.state !== 'stopping');
  const sleeping = formation.filter(({ is }) => is === 'idle');
  if (sleeping.length > 0) {
    const sinceMs = sleeping.reduce((latestMs, { dyno }) => Math.max(latestMs, dyno.stateChangedAtMs), 0);
    const webRuns = formation.some(({ dyno, is }) => dyno.type === 'web' && is !== 'idle');
    return !mightSleep(app) || lastRequestAtMs > sinceMs || webRuns ? 'wake' : 'asleep';
  }
  if (!mightSleep(app) || !seen.complete) return 'awake';
  const webs = formation.filter(({ dyno }) => dyno.type === 'web').map(({ dyno }) => dyno);
  const quiet = webs.length > 0 && webs.every(({ state }) => state === 'up') && nowMs >= sleepsAtMs(known, webs);
  return quiet ? 'fall-asleep' : 'awake';
}

/** Half an hour after its last request, and after its web dynos came up. */
export function sleepsAtMs({ lastRequestAtMs = 0 }: Known, webs: readonly Dyno[]): number {
  return webs.reduce((latestMs, { upAtMs = 0 }) => Math.max(latestMs, upAtMs), lastRequestAtMs) + HEROKU.ecoIdleMs;
}

function monthMs(nowMs: number, later: 0 | 1): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + later, 1);
}

/** The hours used this month. */
function usedMs(pool: EcoPool | undefined, nowMs: number): number {
  const startMs = Math.max(monthMs(nowMs, 0), pool?.monthStartMs ?? 0);
  if (pool === undefined) return 0;
  let sumMs = 0;
  if (pool.monthStartMs === startMs) for (const ms of Object.values(pool.settledMs)) sumMs += ms;
  for (const { sinceMs } of Object.values(pool.running)) sumMs += Math.max(0, nowMs - Math.max(sinceMs, startMs));
  return sumMs;
}

/** When the owner's hours change this app: they run out, or a new month begins. */
export function hoursLookMs({ app, eco, nowMs }: Known, sleep: SleepState): number {
  // The remaining dynos of an app that was Eco end by themselves.
  if (eco === undefined || !isEco(app)) return Number.POSITIVE_INFINITY;
  if (sleep === 'exhausted') return monthMs(nowMs, 1);
  const running = Object.keys(eco.pool?.running ?? {}).length;
  if (running === 0) return Number.POSITIVE_INFINITY;
  const emptyMs = Math.ceil(nowMs + Math.max(0, eco.limitMs - usedMs(eco.pool, nowMs)) / running);
  return emptyMs >= monthMs(nowMs, 1) ? Number.POSITIVE_INFINITY : emptyMs;
}
