import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.ts';
import { LONGEST_WAIT_DAYS, matchesDay, type Schedule } from './schedule.ts';
import { offsetMs } from './time-zone.ts';

/** Local time is at most 14 hours ahead of UTC and 12 behind. */
const BEFORE_ANY_ZONE_MS = 15 * HOUR_MS;
const AFTER_ANY_ZONE_MS = DAY_MS + 13 * HOUR_MS;

/**
 * The times at which a schedule runs, later than `afterMs`, in order and without end.
 *
 * When clocks go forward, a time of day that does not exist runs at the first moment that does; when they go back, one that exists
 * twice runs the first time. So a daily job runs once on every day. A schedule whose hour begins with `*` follows elapsed time
 * instead: it runs in both of two equal hours, and in none that does not exist.
 */
export function* runTimes(schedule: Schedule, timeZone: string, afterMs: number): Generator<number, undefined> {
  let lastMs = afterMs;
  // A day earlier, because clocks may go back over midnight.
  let day = Math.floor((afterMs + offsetMs(timeZone, afterMs)) / DAY_MS) - 1;
  for (let emptyDays = 0; emptyDays < LONGEST_WAIT_DAYS; day += 1) {
    if (!matchesDay(schedule, day)) {
      emptyDays += 1;
      continue;
    }
    emptyDays = 0;
    for (const atMs of timesOfDay(schedule, timeZone, day)) {
      if (atMs <= lastMs) continue;
      lastMs = atMs;
      yield atMs;
    }
  }
}

export function nextRunTime(schedule: Schedule, timeZone: string, afterMs: number): number {
  const next = runTimes(schedule, timeZone, afterMs).next();
  if (next.done) throw new Error('a schedule that never runs was accepted');
  return next.value;
}

function timesOfDay(schedule: Schedule, timeZone: string, day: number): readonly number[] {
  const midnightMs = day * DAY_MS;
  const fromMs = midnightMs - BEFORE_ANY_ZONE_MS;
  const toMs = midnightMs + AFTER_ANY_ZONE_MS;
  const offsets = [offsetMs(timeZone, fromMs), offsetMs(timeZone, toMs)] as const;
  const changes = offsets[0] !== offsets[1];
  const times: number[] = [];
  for (const hour of schedule.hours) {
    for (const minute of schedule.minutes) {
      const localMs = midnightMs + hour * HOUR_MS + minute * MINUTE_MS;
      if (!changes) {
        times.push(localMs - offsets[0]);
        continue;
      }
      const real = offsets
        .map((offset) => localMs - offset)
        .filter((atMs) => localMs - offsetMs(timeZone, atMs) === atMs);
      if (schedule.byInterval) times.push(...real);
      else times.push(real.length > 0 ? Math.min(...real) : clockChange(timeZone, fromMs, toMs));
    }
  }
  return changes ? times.sort((left, right) => left - right) : times;
}

/** The first moment with another offset. Clocks change at whole minutes. */
function clockChange(timeZone: string, fromMs: number, toMs: number): number {
  const before = offsetMs(timeZone, fromMs);
  let low = Math.floor(fromMs / MINUTE_MS);
  let high = Math.ceil(toMs / MINUTE_MS);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(timeZone, middle * MINUTE_MS) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE_MS;
}
