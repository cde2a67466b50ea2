import { findDynoSize } from '../../dyno/dyno-size.ts';
import type { Random } from '../../ports/random.ts';
import { MINUTE_MS, SECOND_MS } from '../../time.ts';
import { SURVIVED_MS } from './timers.ts';

/** Longest wait after the crash with this number in a row (Heroku Dev Center: Dynos); from the sixth on the last one. */
const WAIT_CEILINGS_MS = [0, 20, 40, 60, 180, 320].map((minutes) => minutes * MINUTE_MS);

/**
 * Dynos in private spaces are restarted without back-off. This pause is always the same, and keeps a program that exits at once
 * from using the whole machine for restarts.
 */
const PRIVATE_PAUSE_MS = SECOND_MS;

/** How long a dyno stays crashed. Heroku says "up to": half to all of the ceiling, so that dynos which crash together restart apart. */
export function crashWaitMs(crashCount: number, size: string, random: Random): number {
  if (crashCount <= 1) return 0;
  const tier = findDynoSize(size)?.tier;
  if (tier === 'private' || tier === 'shield' || tier === 'fir') return PRIVATE_PAUSE_MS;
  const ceilingMs = WAIT_CEILINGS_MS[Math.min(crashCount, WAIT_CEILINGS_MS.length) - 1] ?? 0;
  return Math.round(ceilingMs * (0.5 + random.next() / 2));
}

/** Crashes in a row, including this one. */
export function countCrash(
  dyno: { readonly crashCount: number; readonly upAtMs?: number },
  stoppedAtMs: number,
): number {
  const survived = dyno.upAtMs !== undefined && stoppedAtMs - dyno.upAtMs >= SURVIVED_MS;
  return survived ? 1 : dyno.crashCount + 1;
}
