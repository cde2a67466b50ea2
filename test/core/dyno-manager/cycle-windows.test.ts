import fc from 'fast-check';
import { cycleDueMs } from '../../../core/dyno-manager/plan/cycling.ts';
import { ofKind } from '../../dyno-fields.ts';
import { dyno } from './records.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** 24 hours and 216 minutes. */
const OLDEST = 27.6 * HOUR;

/** From all over the world; only some, because loading each one takes milliseconds. */
const ZONES = Intl.supportedValuesOf('timeZone').filter((_, index) => index % 12 === 0);
const formats = new Map<string, Intl.DateTimeFormat>();

/** The local time there, as if it were UTC. */
function wallMs(timeZone: string, atMs: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(timeZone, format);
  }
  return Date.parse(`${format.format(atMs).replace(' ', 'T')}Z`) + (((atMs % 1_000) + 1_000) % 1_000);
}

const offsetMs = (timeZone: string, atMs: number) => wallMs(timeZone, atMs) - atMs;

interface Night {
  readonly timeZone: string;
  readonly startMinute: number;
  readonly minutes: number;
}

const night = (minutesMax: number) =>
  fc.record({
    timeZone: fc.oneof(
      fc.constantFrom(...ZONES),
      fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'UTC'),
    ),
    startMinute: fc.nat(1_439),
    minutes: fc.oneof(fc.integer({ min: 30, max: 200 }), fc.integer({ min: 30, max: minutesMax })),
  });
/** Places whose clocks change: in Europe, in America, on the other side of the world. */
const CHANGES = [
  '2026-03-29T01:00Z',
  '2026-10-25T01:00Z',
  '2026-03-08T08:00Z',
  '2026-11-01T08:00Z',
  '2026-04-04T15:00Z',
];
const birth = fc.oneof(
  fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2028, 0) }),
  fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -30 * HOUR, max: HOUR }))
    .map(([at, ms]) => Date.parse(at) + ms),
);
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

function dueMs({ timeZone, startMinute, minutes }: Night, bornMs: number, fraction: number): number {
  const window = { startMinute, endMinute: (startMinute + minutes) % 1_440, timeZone, sinceMs: 0 };
  const cycleAtMs = bornMs + DAY + Math.floor(fraction * 216 * MINUTE);
  const record = ofKind(dyno('web.1', { intentAtMs: bornMs, cycleAtMs }), 'formation');
  return cycleDueMs(record, { cycling: true, cycleWindow: window }) ?? 0;
}

/** No clock change between a day before the birth and the end of its life. */
const isEven = (timeZone: string, bornMs: number) =>
  new Set([-1, 0, 1, 2].map((days) => offsetMs(timeZone, bornMs + days * DAY))).size === 1;

test('in any zone: the last window before a dyno is 27 h 36 min old, so never more than a day before that', () => {
  fc.assert(
    fc.property(night(1_439), birth, share, (of, bornMs, fraction) => {
      const ageMs = dueMs(of, bornMs, fraction) - bornMs;
      expect(ageMs).toBeLessThanOrEqual(OLDEST);
      // An hour more on a day of 25 hours.
      expect(ageMs).toBeGreaterThan(OLDEST - DAY - (isEven(of.timeZone, bornMs) ? 0 : HOUR));
    }),
    { numRuns: 600 },
  );
});

test('in any zone: at a time of day within the window, as the clock there shows it', () => {
  fc.assert(
    fc.property(night(1_439), birth, share, (of, bornMs, fraction) => {
      const atMs = dueMs(of, bornMs, fraction);
      const wall = wallMs(of.timeZone, atMs);
      const intoMs = (((wall - of.startMinute * MINUTE) % DAY) + DAY) % DAY;
      // A local time that a clock change skips or repeats may be an hour away.
      const changes = offsetMs(of.timeZone, atMs - 2 * HOUR) !== offsetMs(of.timeZone, atMs + 2 * HOUR);
      const besideMs = changes ? HOUR : 0;
      expect(Math.min(intoMs, DAY - intoMs <= besideMs ? 0 : intoMs)).toBeLessThanOrEqual(
        of.minutes * MINUTE + besideMs,
      );
    }),
    { numRuns: 600 },
  );
});

test('in any zone: one night after the other, and never twice in the same', () => {
  fc.assert(
    fc.property(night(210), birth, share, share, (of, bornMs, first, second) => {
      fc.pre(isEven(of.timeZone, bornMs) && isEven(of.timeZone, bornMs + 2 * DAY));
      const oneMs = dueMs(of, bornMs, first);
      const nextMs = dueMs(of, oneMs, second);
      expect(nextMs - oneMs).toBeGreaterThanOrEqual(DAY - of.minutes * MINUTE);
    }),
    { numRuns: 600 },
  );
});

test('dynos of one age are cycled over the whole window, each in its turn', () => {
  const of: Night = { timeZone: 'UTC', startMinute: 120, minutes: 180 };
  const born = Date.UTC(2026, 5, 10, 12);
  const minutes = [0, 0.25, 0.5, 0.75].map((fraction) => {
    const wall = new Date(dueMs(of, born, fraction));
    return wall.getUTCHours() * 60 + wall.getUTCMinutes();
  });
  const sorted = minutes.toSorted((left, right) => left - right);
  expect(sorted.map((minute) => minute - (sorted[0] ?? 0))).toEqual([0, 45, 90, 135]);
});

test.each([
  { zone: 'Asia/Tokyo', day: 'ahead of UTC', born: '2026-06-10T15:00:00Z', from: '2026-06-11T16:00:00Z' },
  { zone: 'Pacific/Kiritimati', day: 'the next one', born: '2026-06-10T10:00:00Z', from: '2026-06-11T11:00:00Z' },
  { zone: 'Pacific/Niue', day: 'the one before', born: '2026-06-10T11:00:00Z', from: '2026-06-11T12:00:00Z' },
])('from 01:00 to 03:00 in $zone, where the day is $day', ({ zone, born, from }) => {
  for (const fraction of [0, 0.3, 0.6, 0.9]) {
    const atMs = dueMs({ timeZone: zone, startMinute: 60, minutes: 120 }, Date.parse(born), fraction);
    expect(atMs).toBeGreaterThanOrEqual(Date.parse(from));
    expect(atMs).toBeLessThan(Date.parse(from) + 2 * HOUR);
  }
});
