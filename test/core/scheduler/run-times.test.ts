import fc from 'fast-check';
import { nextRunTime, runTimes } from '../../../core/scheduler/run-times.ts';
import { parseSchedule, type Schedule } from '../../../core/scheduler/schedule.ts';
import { isTimeZone, offsetMs } from '../../../core/scheduler/time-zone.ts';

const MINUTE_MS = 60_000;

function parsed(text: string): Schedule {
  const schedule = parseSchedule(text);
  if (!schedule.ok) throw new Error(schedule.error);
  return schedule.value;
}

function firstTimes(schedule: string, timeZone: string, after: string, count: number): readonly string[] {
  const times: string[] = [];
  for (const atMs of runTimes(parsed(schedule), timeZone, Date.parse(after))) {
    times.push(new Date(atMs).toISOString().slice(0, 16));
    if (times.length === count) break;
  }
  return times;
}

describe('the next runs', () => {
  test.each([
    {
      name: 'is later, never the same moment',
      schedule: '*/10 * * * *',
      zone: 'UTC',
      after: '2026-01-01T00:10:00Z',
      times: ['2026-01-01T00:20', '2026-01-01T00:30'],
    },
    {
      name: 'and not a minute early when seconds have passed',
      schedule: '* * * * *',
      zone: 'UTC',
      after: '2026-01-01T00:10:00.001Z',
      times: ['2026-01-01T00:11'],
    },
    {
      name: 'of the 31st skip the months without one',
      schedule: '0 12 31 * *',
      zone: 'UTC',
      after: '2026-01-31T12:00:00Z',
      times: ['2026-03-31T12:00', '2026-05-31T12:00', '2026-07-31T12:00', '2026-08-31T12:00'],
    },
    {
      name: 'of 29 February wait for leap years, eight years around 2100',
      schedule: '0 0 29 2 *',
      zone: 'UTC',
      after: '2092-03-01T00:00:00Z',
      times: ['2096-02-29T00:00', '2104-02-29T00:00'],
    },
    {
      name: 'of a 29 February on a Sunday wait as long as the calendar does',
      schedule: '0 0 29 2 */7',
      zone: 'UTC',
      after: '2088-03-01T00:00:00Z',
      times: ['2128-02-29T00:00'],
    },
    {
      name: 'cross the end of a year in local time',
      schedule: '@yearly',
      zone: 'Pacific/Auckland',
      after: '2026-06-01T00:00:00Z',
      times: ['2026-12-31T11:00', '2027-12-31T11:00'],
    },
    {
      name: 'know offsets of half and quarter hours',
      schedule: '0 9 * * *',
      zone: 'Asia/Kathmandu',
      after: '2026-01-01T00:00:00Z',
      times: ['2026-01-01T03:15', '2026-01-02T03:15'],
    },
    {
      name: 'a time of day that does not exist runs when the clocks have changed',
      schedule: '30 2 * * *',
      zone: 'Europe/Berlin',
      after: '2026-03-27T12:00:00Z',
      times: ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
    },
    {
      name: 'many such times run once',
      schedule: '*/20 2 * * *',
      zone: 'America/New_York',
      after: '2026-03-08T00:00:00Z',
      times: ['2026-03-08T07:00', '2026-03-09T06:00', '2026-03-09T06:20'],
    },
    {
      name: 'beside one that is due at that moment, it is still one run',
      schedule: '30 2,3 * * *',
      zone: 'Europe/Berlin',
      after: '2026-03-29T00:00:00Z',
      times: ['2026-03-29T01:00', '2026-03-29T01:30', '2026-03-30T00:30'],
    },
    {
      name: 'a time of day that exists twice runs the first time',
      schedule: '30 2 * * *',
      zone: 'Europe/Berlin',
      after: '2026-10-24T12:00:00Z',
      times: ['2026-10-25T00:30', '2026-10-26T01:30'],
    },
    {
      name: 'the second of two equal hours brings nothing, wherever one starts from',
      schedule: '30 1 * * *',
      zone: 'America/New_York',
      after: '2026-11-01T06:00:00Z',
      times: ['2026-11-02T06:30'],
    },
    {
      name: 'an hourly job runs in both of two equal hours',
      schedule: '30 * * * *',
      zone: 'Europe/Berlin',
      after: '2026-10-24T23:00:00Z',
      times: ['2026-10-24T23:30', '2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30'],
    },
    {
      name: 'every half hour goes on through two equal hours',
      schedule: '*/30 * * * *',
      zone: 'Europe/Berlin',
      after: '2026-10-24T23:45:00Z',
      times: ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-25T02:00'],
    },
    {
      name: 'an hourly job knows nothing of an hour that does not exist',
      schedule: '30 * * * *',
      zone: 'Europe/Berlin',
      after: '2026-03-28T23:00:00Z',
      times: ['2026-03-28T23:30', '2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30'],
    },
    {
      name: 'half an hour of daylight saving',
      schedule: '15 2 * * *',
      zone: 'Australia/Lord_Howe',
      after: '2026-10-02T00:00:00Z',
      times: ['2026-10-02T15:45', '2026-10-03T15:30', '2026-10-04T15:15'],
    },
    {
      name: 'midnight that does not exist',
      schedule: '@daily',
      zone: 'Africa/Cairo',
      after: '2026-04-22T12:00:00Z',
      times: ['2026-04-22T22:00', '2026-04-23T22:00', '2026-04-24T21:00'],
    },
    {
      name: 'midnight after an evening that comes twice',
      schedule: '@daily',
      zone: 'Africa/Cairo',
      after: '2026-10-28T12:00:00Z',
      times: ['2026-10-28T21:00', '2026-10-29T22:00', '2026-10-30T22:00'],
    },
    {
      name: 'an evening that comes again after midnight',
      schedule: '30 * * * *',
      zone: 'America/St_Johns',
      after: '2010-11-07T02:30:30Z',
      times: ['2010-11-07T03:00', '2010-11-07T04:00'],
    },
    {
      name: 'a day that a country left out runs at the beginning of the next',
      schedule: '0 10 * * *',
      zone: 'Pacific/Apia',
      after: '2011-12-29T12:00:00Z',
      times: ['2011-12-29T20:00', '2011-12-30T10:00', '2011-12-30T20:00'],
    },
  ])('$name', ({ schedule, zone, after, times }) => {
    expect(firstTimes(schedule, zone, after, times.length)).toEqual(times);
  });
});

test('a schedule of one day in the year goes on for longer than a life', () => {
  const times = firstTimes('@yearly', 'UTC', '2026-06-01T00:00:00Z', 90);
  expect([times[0], times.at(-1)]).toEqual(['2027-01-01T00:00', '2116-01-01T00:00']);
});

test('there was a time when clocks differed by seconds', () => {
  expect(offsetMs('Europe/Berlin', Date.UTC(1890, 0, 1))).toBe((53 * 60 + 28) * 1_000);
  expect(offsetMs('Europe/Berlin', Date.UTC(2026, 6, 1) + 999)).toBe(2 * 3_600_000);
  expect(offsetMs('UTC', Date.UTC(2026, 6, 1))).toBe(0);
});

test.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['Etc/GMT+12', true],
  ['America/Port-au-Prince', true],
  ['America/Argentina/Buenos_Aires', true],
  ['', false],
  ['Mars/Olympus', false],
  ['+02:00', false],
  ['Europe/Berlin ', false],
  ['1/Berlin', false],
])('%j is a time zone: %p', (name, is) => {
  expect(isTimeZone(name)).toBe(is);
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Santiago',
] as const;

/** Around the days on which clocks change somewhere, and any other day. */
const anyMoment = fc
  .oneof(
    fc.constantFrom(
      ...['2026-03-08', '2026-03-29', '2026-04-05', '2026-04-24', '2026-10-04', '2026-10-25', '2026-11-01'],
    ),
    fc.integer({ min: 0, max: 4_000 }).map((day) => new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10)),
  )
  .chain((date) => fc.integer({ min: -1_440, max: 1_440 }).map((minutes) => Date.parse(date) + minutes * MINUTE_MS));

const field = (values: readonly string[]) => fc.constantFrom(...values);
const anySchedule = fc
  .tuple(
    field(['0', '*/7', '30', '*', '15,45', '59']),
    field(['*', '*/2', '0', '1', '2', '3', '1-3', '23', '0-4/2']),
    field(['*', '*', '1-7', '*/5']),
    field(['*', '*', '3-4,10-11']),
    field(['*', '*', 'SUN', '1-5']),
  )
  .map((fields) => fields.join(' '));

/**
 * The minute of the local time, as a number like that of UTC, computed in another way than the product's: from another
 * locale's text, without its calendar. Computed per quarter of an hour only: no zone has changed its clocks within one since
 * 1972 (tz database).
 */
function localMinutes(zone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  let quarter = Number.NaN;
  let shown = Number.NaN;
  return (atMs) => {
    const minute = Math.floor(atMs / MINUTE_MS);
    const within = minute % 15;
    if (minute - within !== quarter) {
      quarter = minute - within;
      // `2026-03-29 02:30`
      const text = format.format(quarter * MINUTE_MS);
      const number = (from: number, to: number) => Number(text.slice(from, to));
      shown = Date.UTC(number(0, 4), number(5, 7) - 1, number(8, 10), number(11, 13), number(14, 16)) / MINUTE_MS;
    }
    return shown + within;
  };
}

/** Whether cron's fields name this local minute; the fields are read naively. */
function names(schedule: Schedule, local: number): boolean {
  const date = new Date(local * MINUTE_MS);
  if (!schedule.minutes.includes(date.getUTCMinutes()) || !schedule.hours.includes(date.getUTCHours())) return false;
  const byDate = schedule.days.has(date.getUTCDate());
  const byWeekday = schedule.weekdays.has(date.getUTCDay());
  return (
    schedule.months.has(date.getUTCMonth() + 1) && (schedule.eitherDay ? byDate || byWeekday : byDate && byWeekday)
  );
}

/** Minute by minute, by the rule in the documentation. */
function runsByWalking(schedule: Schedule, zone: string, fromMs: number, untilMs: number): readonly number[] {
  const localMinute = localMinutes(zone);
  const runs: number[] = [];
  const seen = new Set<number>();
  const startMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS - 26 * 60 * MINUTE_MS;
  let before = localMinute(startMs);
  for (let atMs = startMs + MINUTE_MS; atMs <= untilMs; atMs += MINUTE_MS) {
    const local = localMinute(atMs);
    const skipped: number[] = [];
    for (let minute = before + 1; minute < local; minute += 1) skipped.push(minute);
    const due = schedule.byInterval
      ? names(schedule, local)
      : (names(schedule, local) && !seen.has(local)) || skipped.some((minute) => names(schedule, minute));
    if (due && atMs > fromMs) runs.push(atMs);
    seen.add(local);
    before = local;
  }
  return runs;
}

test('no run is left out and none is made up, in any zone, also when clocks change', () => {
  fc.assert(
    fc.property(anySchedule, fc.constantFrom(...ZONES), anyMoment, (text, zone, afterMs) => {
      const schedule = parsed(text);
      const untilMs = afterMs + 2 * 1_440 * MINUTE_MS;
      const times: number[] = [];
      for (const atMs of runTimes(schedule, zone, afterMs)) {
        if (atMs > untilMs) break;
        times.push(atMs);
      }
      expect({ text, zone, times }).toEqual({ text, zone, times: runsByWalking(schedule, zone, afterMs, untilMs) });
    }),
    { numRuns: 80 },
  );
});

test('the next run is strictly later, and asking again from it goes on', () => {
  fc.assert(
    fc.property(anySchedule, fc.constantFrom(...ZONES), anyMoment, (text, zone, afterMs) => {
      const schedule = parsed(text);
      const first = nextRunTime(schedule, zone, afterMs);
      const second = nextRunTime(schedule, zone, first);
      expect(first).toBeGreaterThan(afterMs);
      expect(second).toBeGreaterThan(first);
      // An earlier start time gives the same run.
      expect(nextRunTime(schedule, zone, first - 1)).toBe(first);
      expect(nextRunTime(schedule, zone, Math.floor((afterMs + first) / 2))).toBe(first);
      expect(first % MINUTE_MS).toBe(0);
    }),
    { numRuns: 200 },
  );
});
