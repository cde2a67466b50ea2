import { emptyAtMs, nextMonthMs, usedMs } from '../../account/eco-pool.ts';
import { findDynoSize } from '../../dyno/dyno-size.ts';
import type { App } from '../../records/app.ts';
import type { AppSnapshot, Candidate, Sleep } from '../observe/app-snapshot.ts';
import { entryOf } from './decisions.ts';
import { ECO_IDLE_MS } from './timers.ts';

/** Eco apps with a web dyno; an app of workers only never sleeps (Heroku Help: How do Eco dyno hours work). */
export function maySleep(app: App): boolean {
  const web = entryOf(app, 'web');
  return web !== undefined && web.quantity > 0 && findDynoSize(web.size)?.tier === 'eco';
}

/** Then all of its types are: Heroku mixes no tiers with Eco. */
export function isEco({ formation }: App): boolean {
  return formation.some(({ size }) => findDynoSize(size)?.tier === 'eco');
}

/** All Eco dynos of the account sleep until the next month, also those of apps with workers only. */
function isExhausted({ app, eco, nowMs }: AppSnapshot): boolean {
  return eco !== undefined && isEco(app) && usedMs(eco.pool, nowMs) >= eco.limitMs;
}

export function sleepOf(snapshot: AppSnapshot, candidates: readonly Candidate[]): Sleep {
  if (isExhausted(snapshot)) return 'exhausted';
  const formation = candidates.filter(({ dyno }) => dyno.kind === 'formation' && dyno.state !== 'stopping');
  const idle = formation.filter(({ condition }) => condition === 'idle');
  if (idle.length > 0) {
    const sinceMs = Math.max(...idle.map(({ dyno }) => dyno.stateChangedAtMs));
    const asked = (snapshot.lastRequestAtMs ?? 0) > sinceMs;
    // A web dyno that was started by a release or a restart wakes the others.
    const webRuns = formation.some(({ dyno, condition }) => dyno.type === 'web' && condition !== 'idle');
    return maySleep(snapshot.app) && !asked && !webRuns ? 'asleep' : 'wake';
  }
  if (!maySleep(snapshot.app) || !snapshot.observations.complete) return 'awake';
  const webs = formation.filter(({ dyno }) => dyno.type === 'web');
  const resting = webs.length > 0 && webs.every(({ dyno }) => dyno.state === 'up');
  return resting && snapshot.nowMs >= sleepAtMs(snapshot, webs) ? 'fall-asleep' : 'awake';
}

/** When the app will sleep if no request comes. */
export function sleepAtMs({ lastRequestAtMs = 0 }: AppSnapshot, webs: readonly Pick<Candidate, 'dyno'>[]): number {
  return Math.max(lastRequestAtMs, ...webs.map(({ dyno }) => dyno.upAtMs ?? 0)) + ECO_IDLE_MS;
}

/** When the account's dyno hours change this app. */
export function ecoPassAtMs({ app, eco, nowMs }: AppSnapshot, sleep: Sleep): number {
  // An Eco one-off of an app that is no longer Eco uses hours, but ends by itself.
  if (eco === undefined || !isEco(app)) return Number.POSITIVE_INFINITY;
  if (sleep === 'exhausted') return nextMonthMs(nowMs);
  return emptyAtMs(eco.pool, eco.limitMs, nowMs) ?? Number.POSITIVE_INFINITY;
}
