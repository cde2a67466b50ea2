import fc from 'fast-check';
import { dateOfDay, dayOfDate, weekdayOfDay } from '../../../core/scheduler/civil.ts';

const DAY_MS = 86_400_000;
/** 1600 to 2400: every rule of leap years, both ways from the epoch. */
const anyDay = fc.integer({ min: -135_140, max: 157_054 });

test('days and dates are those of the Gregorian calendar, weekdays included', () => {
  fc.assert(
    fc.property(anyDay, (day) => {
      const date = new Date(day * DAY_MS);
      const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
      expect(dateOfDay(day)).toEqual(expected);
      expect(dayOfDate(expected)).toBe(day);
      expect(weekdayOfDay(day)).toBe(date.getUTCDay());
    }),
    { numRuns: 2_000 },
  );
});
