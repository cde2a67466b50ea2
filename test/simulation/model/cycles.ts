import type { App } from '../../../core/records/app.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import { HEROKU } from './heroku.ts';

const DAY_MINUTES = 1_440;

/** When this dyno's day is over; infinity: never. */
export function cycleAtMs(dyno: Dyno, app: App): number {
  const settings = app.dynoManager;
  if (dyno.cycleAtMs === undefined || settings?.cycling === false) return Number.POSITIVE_INFINITY;
  const { recycleAtMs } = fieldsOf(dyno);
  if (recycleAtMs !== undefined) return recycleAtMs;
  const window = settings?.cycleWindow;
  if (window === undefined) return dyno.cycleAtMs;
  const latestMs = (dyno.intentAtMs ?? dyno.createdAtMs) + HEROKU.dayMs + HEROKU.cycleSpreadMs;
  const length = (window.endMinute + DAY_MINUTES - window.startMinute) % DAY_MINUTES;
  const share = (dyno.cycleAtMs % HEROKU.cycleSpreadMs) / HEROKU.cycleSpreadMs;
  const atMs = lastAt(window.timeZone, window.startMinute + share * length, latestMs);
  // A night before the window was set was not missed.
  return atMs < window.sinceMs ? dyno.cycleAtMs : atMs;
}

/** The last moment not after `latestMs` at which local clocks show this minute of the day. */
function lastAt(timeZone: string, minute: number, latestMs: number): number {
  const known = memory.get(`${timeZone}/${minute}/${latestMs}`);
  if (known !== undefined) return known;
  let found = Number.NEGATIVE_INFINITY;
  const today = localDay(timeZone, latestMs);
  // Minutes beyond midnight belong to the day before.
  for (let day = today + 1; day > today - 4 && found === Number.NEGATIVE_INFINITY; day -= 1) {
    const wallMs = day * HEROKU.dayMs + minute * 60_000;
    const shiftMs = shiftAt(timeZone, wallMs - shiftAt(timeZone, latestMs));
    const atMs = Math.floor(wallMs - shiftMs);
    if (atMs <= latestMs) found = atMs;
  }
  if (memory.size > 5_000) memory.clear();
  memory.set(`${timeZone}/${minute}/${latestMs}`, found);
  return found;
}

const memory = new Map<string, number>();
const formats = new Map<string, Intl.DateTimeFormat>();
const FIELDS = {
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;

/** How much local clocks are ahead of UTC, by a calendar. */
function shiftAt(timeZone: string, atMs: number): number {
  const wholeMs = Math.floor(atMs / 1_000) * 1_000;
  return wallClock(timeZone, wholeMs) - wholeMs;
}

const localDay = (timeZone: string, atMs: number): number => Math.floor(wallClock(timeZone, atMs) / HEROKU.dayMs);

function wallClock(timeZone: string, atMs: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...FIELDS });
    formats.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const of = (field: string) => parts.get(field as Intl.DateTimeFormatPartTypes) ?? 0;
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}
