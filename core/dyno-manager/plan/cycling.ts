import { windowMinutes } from '../../dyno/manager-settings.ts';
import type { Random } from '../../ports/random.ts';
import type { FormationDyno } from '../../records/dyno.ts';
import type { CycleWindow, DynoManagerSettings } from '../../records/dyno-manager-settings.ts';
import { offsetMs } from '../../scheduler/time-zone.ts';
import { DAY_MS, MINUTE_MS } from '../../time.ts';
import { CYCLE_AFTER_MS, CYCLE_SPREAD_MS } from './timers.ts';

/** Undefined: never. */
export function cycleDueMs(dyno: FormationDyno, settings: DynoManagerSettings | undefined): number | undefined {
  const { cycleAtMs, recycleAtMs } = dyno;
  if (cycleAtMs === undefined || settings?.cycling === false) return undefined;
  const window = settings?.cycleWindow;
  if (recycleAtMs !== undefined) return recycleAtMs;
  if (window === undefined) return cycleAtMs;
  const oldestMs = bornAtMs(dyno) + CYCLE_AFTER_MS + CYCLE_SPREAD_MS;
  const atMs = momentInWindow(window, oldestMs, (cycleAtMs % CYCLE_SPREAD_MS) / CYCLE_SPREAD_MS);
  return atMs < window.sinceMs ? cycleAtMs : atMs;
}

const bornAtMs = (dyno: FormationDyno): number => dyno.intentAtMs ?? dyno.createdAtMs;

/**
 * The last time not after `oldestMs` that lies at this fraction of the window: a dyno waits for the window, but does not get
 * older than dynos without a window.
 */
function momentInWindow(window: CycleWindow, oldestMs: number, fraction: number): number {
  const offset = knownOffsetMs(window.timeZone, oldestMs);
  const minute = window.startMinute + fraction * windowMinutes(window);
  const midnightMs = Math.floor((oldestMs + offset) / DAY_MS) * DAY_MS;
  for (let localMs = midnightMs + minute * MINUTE_MS; ; localMs -= DAY_MS) {
    // Clocks may have changed since then.
    const atMs = Math.floor(localMs - knownOffsetMs(window.timeZone, localMs - offset));
    if (atMs <= oldestMs) return atMs;
  }
}

/** Computing one takes 20 µs, too long for each dyno in each pass. Clocks change only on quarters of an hour. */
const OFFSETS_MAX = 10_000;
const offsets = new Map<string, number>();

function knownOffsetMs(timeZone: string, atMs: number): number {
  const quarter = Math.floor(atMs / (15 * MINUTE_MS));
  const key = `${timeZone}/${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = offsetMs(timeZone, quarter * 15 * MINUTE_MS);
    if (offsets.size >= OFFSETS_MAX) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

/** A new time for a missed cycle: dynos that waited through a downtime are not cycled all at once. */
export function rejittered(nowMs: number, random: Random): number {
  return nowMs + 1 + Math.floor(random.next() * CYCLE_SPREAD_MS);
}
