import type { CronJob } from '../../core/records/cron-job.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { wallMs } from './wall-clock.ts';

/** A minute of local time in the job's time zone. */
interface Minute {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  /** 1 to 12. */
  readonly month: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

interface KnownSchedule {
  readonly schedule: string;
  readonly timezone: string;
  /** The hour is `*` or begins with it: elapsed time counts, not the local clock (docs/scheduler.md). */
  readonly byPassing: boolean;
  /** The meaning of the text as code: nothing parses it here. */
  readonly is: (at: Minute) => boolean;
}

const known = (
  schedule: string,
  timezone: string,
  byPassing: boolean,
  is: (at: Minute) => boolean,
): readonly [string, KnownSchedule] => [`${schedule} ${timezone}`, { schedule, timezone, byPassing, is }];

/** All schedules of the simulated apps' jobs. */
const KNOWN: ReadonlyMap<string, KnownSchedule> = new Map([
  known('* * * * *', 'UTC', true, () => true),
  known('*/10 * * * *', 'UTC', true, ({ minute }) => minute % 10 === 0),
  known('*/10 * * * *', 'Asia/Kathmandu', true, ({ minute }) => minute % 10 === 0),
  known('@hourly', 'Australia/Lord_Howe', true, ({ minute }) => minute === 0),
  known('15,45 */2 * * *', 'America/New_York', true, ({ minute, hour }) => minute % 30 === 15 && hour % 2 === 0),
  known('7-59/13 1-3 * * *', 'Europe/Berlin', false, ({ minute, hour }) => {
    return minute % 13 === 7 && hour >= 1 && hour <= 3;
  }),
  known('30 2 * * *', 'Europe/Berlin', false, ({ minute, hour }) => minute === 30 && hour === 2),
  known('30 2 * * *', 'Pacific/Auckland', false, ({ minute, hour }) => minute === 30 && hour === 2),
  known('45 1 * * *', 'America/New_York', false, ({ minute, hour }) => minute === 45 && hour === 1),
  known('0 0,6,12,18 * * MON-FRI', 'Asia/Tokyo', false, ({ minute, hour, weekday }) => {
    return minute === 0 && hour % 6 === 0 && weekday >= 1 && weekday <= 5;
  }),
  known('*/20 * 1 * *', 'Pacific/Kiritimati', true, ({ minute, day }) => minute % 20 === 0 && day === 1),
  known('5 * 1,29 * SAT', 'Pacific/Niue', true, ({ minute, day, weekday }) => {
    return minute === 5 && (day === 1 || day === 29 || weekday === 6);
  }),
  known('@daily', 'America/St_Johns', false, ({ minute, hour }) => minute === 0 && hour === 0),
  known('59 23 28-31 JAN,FEB,DEC *', 'UTC', false, ({ minute, hour, day, month }) => {
    return minute === 59 && hour === 23 && day >= 28 && (month <= 2 || month === 12);
  }),
]);

export const SCHEDULES = [...KNOWN.values()].map(({ schedule, timezone }) => ({ schedule, timezone }));

type Timed = Pick<CronJob, 'schedule' | 'timezone'>;

const LONGEST_WAIT_DAYS = 400;
const days = new Map<string, readonly number[]>();

/** Later than `afterMs`. */
export function nextTime(job: Timed, afterMs: number): number {
  const first = Math.floor(afterMs / DAY_MS);
  for (let day = first; day < first + LONGEST_WAIT_DAYS; day += 1) {
    const next = timesOfDay(job, day).find((atMs) => atMs > afterMs);
    if (next !== undefined) return next;
  }
  throw new Error(`${job.schedule} has no next time`);
}

/** Later than `afterMs`, and not later than `untilMs`. */
export function timesWithin(job: Timed, afterMs: number, untilMs: number): readonly number[] {
  const times: number[] = [];
  for (let day = Math.floor(afterMs / DAY_MS); day <= Math.floor(untilMs / DAY_MS); day += 1) {
    for (const atMs of timesOfDay(job, day)) if (atMs > afterMs && atMs <= untilMs) times.push(atMs);
  }
  return times;
}

/** Of a UTC day: minute by minute. */
function timesOfDay({ schedule, timezone }: Timed, day: number): readonly number[] {
  const name = `${schedule} ${timezone}`;
  const key = `${name} ${day}`;
  const before = days.get(key);
  if (before !== undefined) return before;
  const meant = KNOWN.get(name);
  if (meant === undefined) throw new Error(`no world knows what ${name} means`);
  const times: number[] = [];
  for (let atMs = day * DAY_MS; atMs < (day + 1) * DAY_MS; atMs += MINUTE_MS) if (isTime(meant, atMs)) times.push(atMs);
  days.set(key, times);
  return times;
}

/** Clocks change by at most an hour. */
const CHANGE_MAX_MS = HOUR_MS;

function isTime({ timezone, byPassing, is }: KnownSchedule, atMs: number): boolean {
  const wall = wallMs(timezone, atMs);
  const fits = is(minuteOf(wall));
  if (byPassing) return fits;
  // Minutes that a clock change skips run at the first existing minute; repeated minutes run the first time.
  for (let skipped = wallMs(timezone, atMs - MINUTE_MS) + MINUTE_MS; skipped < wall; skipped += MINUTE_MS) {
    if (is(minuteOf(skipped))) return true;
  }
  return fits && !wasShown(timezone, atMs, wall);
}

function wasShown(timezone: string, atMs: number, wall: number): boolean {
  for (let agoMs = 30 * MINUTE_MS; agoMs <= CHANGE_MAX_MS; agoMs += 30 * MINUTE_MS) {
    if (wallMs(timezone, atMs - agoMs) === wall) return true;
  }
  return false;
}

function minuteOf(wall: number): Minute {
  const date = new Date(wall);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
  };
}
