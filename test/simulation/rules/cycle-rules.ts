import type { Dyno } from '../../../core/records/dyno.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import { wallMs } from '../wall-clock.ts';
import type { World } from '../world.ts';
import type { Rules } from './rules.ts';

/** Heroku Dev Center: Dyno Restarts. Cycled 24 hours and up to 216 minutes after the start. */
const AGE_MIN_MS = DAY_MS;
const AGE_MAX_MS = DAY_MS + 216 * MINUTE_MS;
/** The last window before that is at most a day earlier, and another hour if clocks have changed since. */
const AGE_MIN_IN_WINDOW_MS = AGE_MAX_MS - DAY_MS - HOUR_MS;
/** At a clock change a window is an hour earlier or later than it seems. */
const CLOCK_CHANGE_MINUTES = 60;
/** A quarter at a time, and those that wait for their turn after the window. */
const TURNS_MINUTES = 90;
const CALM_MS = 3 * HOUR_MS;
const DAY_MINUTES = 1_440;

/** Judged when the cycle begins, by the old dyno's start and a local clock, not by the record's own due time. */
export function judgeCycle(world: World, rules: Rules, old: Dyno): void {
  const { nowMs } = world.agenda;
  const app = world.app(old.appId);
  const settings = app?.dynoManager;
  if (settings?.cycling === false) rules.break('cycles can be switched off', `${old.name} of ${old.appId}`);
  // A missed cycle has its own time, whatever the window.
  if (fieldsOf(old).recycleAtMs !== undefined) return;
  // Not since its last intent, which is renewed when a start got no answer.
  const ageMs = nowMs - old.createdAtMs;
  const window = settings?.cycleWindow;
  const hours = (ageMs / HOUR_MS).toFixed(2);
  // A window that was set later, or not yet: the dyno's own time counts, and the window may have been removed since.
  const ownTime = ageMs + world.skewMs >= AGE_MIN_MS;
  if (window === undefined) {
    if (!ownTime) rules.break('no dyno is cycled in its first 24 hours', `${old.name} is ${hours} h old`);
    return;
  }
  if (ageMs + world.skewMs < AGE_MIN_IN_WINDOW_MS) {
    rules.break('a dyno waits for the last window before it is too old', `${old.name} is ${hours} h old`);
    return;
  }
  const lengthMinutes = (window.endMinute - window.startMinute + DAY_MINUTES) % DAY_MINUTES;
  const wall = wallMs(window.timeZone, nowMs);
  const minute = Math.floor(wall / MINUTE_MS) % DAY_MINUTES;
  const intoMinutes = (minute - window.startMinute + DAY_MINUTES) % DAY_MINUTES;
  const skewMinutes = world.skewMs / MINUTE_MS;
  const earlyMinutes = DAY_MINUTES - intoMinutes;
  if (intoMinutes <= lengthMinutes + CLOCK_CHANGE_MINUTES || earlyMinutes <= CLOCK_CHANGE_MINUTES + skewMinutes) return;
  // Late because no pass was possible, or because others went first.
  if (world.calmMs < CALM_MS || intoMinutes <= lengthMinutes + CLOCK_CHANGE_MINUTES + TURNS_MINUTES) return;
  // Switched on again after that night, or scaled: a change of the app causes a pass.
  if (nowMs - (app?.updatedAtMs ?? 0) < CALM_MS) return;
  if (ownTime && nowMs - window.sinceMs < DAY_MS + CALM_MS) return;
  rules.break(
    'cycles keep to their window',
    `${old.name} at ${time(minute)}, not ${time(window.startMinute)} to ${time(window.endMinute)} ${window.timeZone}, ${hours} h old`,
  );
}

/** One-offs started by hand or by a schedule also run for a day; they have their own window. */
export function judgeCycledOneOff(world: World, rules: Rules, { name, createdAtMs }: Dyno): void {
  const ageMs = world.agenda.nowMs - createdAtMs;
  if (ageMs + world.skewMs >= AGE_MIN_MS) return;
  rules.break('no dyno is cycled in its first 24 hours', `${name} is ${(ageMs / HOUR_MS).toFixed(2)} h old`);
}

const time = (minute: number) => `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
