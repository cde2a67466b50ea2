import { matchesDay, parseSchedule } from '../../../core/scheduler/schedule.ts';

const dayOf = (date: string) => Date.parse(`${date}T00:00:00Z`) / 86_400_000;

function parsed(text: string) {
  const schedule = parseSchedule(text);
  if (!schedule.ok) throw new Error(schedule.error);
  return schedule.value;
}

describe('what a schedule says', () => {
  test.each([
    { text: '*/15 * * * *', minutes: [0, 15, 30, 45] },
    { text: '5-20/5,59 * * * *', minutes: [5, 10, 15, 20, 59] },
    { text: '0,0,30 * * * *', minutes: [0, 30] },
    { text: '59,5-7,0 * * * *', minutes: [0, 5, 6, 7, 59] },
    { text: '0-59/30,7-7 * * * *', minutes: [0, 7, 30] },
    { text: '*/1000 * * * *', minutes: [0] },
    { text: '@hourly', minutes: [0] },
    { text: '  7   *\t* * * ', minutes: [7] },
  ])('minutes of $text', ({ text, minutes }) => {
    expect(parsed(text).minutes).toEqual(minutes);
    expect(parsed(text)).toMatchObject({ hours: Array.from({ length: 24 }, (_, hour) => hour), byInterval: true });
  });

  test.each([
    { text: '0 9-17 * * MON-FRI', hours: [9, 10, 11, 12, 13, 14, 15, 16, 17], byInterval: false },
    { text: '0 */6 * * *', hours: [0, 6, 12, 18], byInterval: true },
    { text: '@daily', hours: [0], byInterval: false },
    { text: '@midnight', hours: [0], byInterval: false },
  ])('hours of $text', ({ text, hours, byInterval }) => {
    expect(parsed(text)).toMatchObject({ hours, byInterval });
  });

  test.each([
    { text: '0 0 * * FRI-SUN', days: ['2026-05-01', '2026-05-02', '2026-05-03'], not: ['2026-05-04', '2026-04-30'] },
    { text: '0 0 * * 5-7', days: ['2026-05-01', '2026-05-02', '2026-05-03'], not: ['2026-05-04'] },
    { text: '0 0 * * SUN-SUN', days: ['2026-05-03'], not: ['2026-05-02', '2026-05-04'] },
    { text: '0 0 * * 0-1', days: ['2026-05-03', '2026-05-04'], not: ['2026-05-02', '2026-05-05'] },
    { text: '0 0 * * THU-sun/2', days: ['2026-04-30', '2026-05-02'], not: ['2026-05-01', '2026-05-03'] },
    { text: '0 0 */2 * FRI', days: ['2026-05-01', '2026-05-15'], not: ['2026-05-03', '2026-05-08'] },
    { text: '0 0 1-3 * *', days: ['2026-05-01', '2026-05-03'], not: ['2026-05-04'] },
    { text: '0 0 * * 7', days: ['2026-05-03'], not: ['2026-05-02', '2026-05-04'] },
    { text: '0 0 * * sun,Tue', days: ['2026-05-03', '2026-05-05'], not: ['2026-05-04'] },
    { text: '0 0 31 * *', days: ['2026-05-31', '2026-07-31'], not: ['2026-06-30', '2026-05-30'] },
    { text: '0 0 29 2 *', days: ['2028-02-29', '2000-02-29'], not: ['2026-02-28', '2026-03-01'] },
    // Both are restricted: either may match.
    { text: '0 0 13 * FRI', days: ['2026-05-13', '2026-05-15', '2026-11-13'], not: ['2026-05-14'] },
    // One of them begins with a star: both must match.
    { text: '0 0 1-7 * */7', days: ['2026-05-03'], not: ['2026-05-10', '2026-05-01'] },
    { text: '@weekly', days: ['2026-05-03'], not: ['2026-05-04'] },
    { text: '@monthly', days: ['2026-05-01'], not: ['2026-05-02'] },
    { text: '@yearly', days: ['2026-01-01'], not: ['2026-02-01'] },
    { text: '@annually', days: ['2026-01-01'], not: ['2026-01-02'] },
    { text: '0 0 * JAN,jun-aug *', days: ['2026-01-15', '2026-07-01'], not: ['2026-05-01', '2026-09-01'] },
  ])('days of $text', ({ text, days, not }) => {
    const schedule = parsed(text);
    expect(days.filter((day) => !matchesDay(schedule, dayOf(day)))).toEqual([]);
    expect(not.filter((day) => matchesDay(schedule, dayOf(day)))).toEqual([]);
  });
});

test.each([
  { names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC', field: 'months', at: 3, first: 1 },
  { names: 'SUN MON TUE WED THU FRI SAT', field: 'weekdays', at: 4, first: 0 },
] as const)('the $field have names, in any capitalization', ({ names, field, at, first }) => {
  names.split(' ').forEach((name, index) => {
    for (const text of [name, name.toLowerCase()]) {
      const fields = ['0', '0', '*', '*', '*'].with(at, text);
      expect([text, ...parsed(fields.join(' '))[field]]).toEqual([text, first + index]);
    }
  });
});

test('a star is every value once', () => {
  const every = parsed('* * * * *');
  const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
  expect(every).toEqual({
    minutes: from(0, 59),
    hours: from(0, 23),
    days: new Set(from(1, 31)),
    months: new Set(from(1, 12)),
    weekdays: new Set(from(0, 6)),
    eitherDay: false,
    byInterval: true,
  });
});

const FIVE = 'and five are needed: minute, hour, day of month, month, day of week.';
const MACROS = 'use @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or five fields.';
const MINUTE = 'is not a number from 0 to 59, a range, a list or *.';

test.each([
  { text: '', problem: `it has 0 fields, ${FIVE}` },
  { text: '* * * *', problem: `it has 4 fields, ${FIVE}` },
  { text: '0 * * * * *', problem: `it has 6 fields, ${FIVE} There is no field for seconds.` },
  { text: '@reboot', problem: `"@reboot" is not known: ${MACROS}` },
  { text: '@constructor', problem: `"@constructor" is not known: ${MACROS}` },
  { text: `@${'x'.repeat(50)}`, problem: `"@${'x'.repeat(39)}" is not known: ${MACROS}` },
  { text: '* * * * * * *', problem: `it has 7 fields, ${FIVE}` },
  { text: '60 * * * *', problem: 'minute "60" is not a number from 0 to 59, a range, a list or *.' },
  { text: '* 24 * * *', problem: 'hour "24" is not a number from 0 to 23, a range, a list or *.' },
  { text: '* * 0 * *', problem: 'day of month "0" is not a number from 1 to 31, a range, a list or *.' },
  { text: '* * * 13 *', problem: 'month "13" is not a number from 1 to 12 (or JAN to DEC), a range, a list or *.' },
  { text: '* * * * 8', problem: 'day of week "8" is not a number from 0 to 7 (or SUN to SAT), a range, a list or *.' },
  { text: '* * * * L', problem: 'day of week "L" is not a number from 0 to 7 (or SUN to SAT), a range, a list or *.' },
  { text: '? * * * *', problem: `minute "?" ${MINUTE}` },
  { text: '-5 * * * *', problem: `minute "-5" ${MINUTE}` },
  { text: '1-2-3 * * * *', problem: `minute "1-2-3" ${MINUTE}` },
  { text: '1, * * * *', problem: `minute "" ${MINUTE}` },
  { text: '*/ * * * *', problem: `minute "*/" ${MINUTE}` },
  { text: '5- * * * *', problem: `minute "5-" ${MINUTE}` },
  { text: '005 * * * *', problem: `minute "005" ${MINUTE}` },
  { text: '5x * * * *', problem: `minute "5x" ${MINUTE}` },
  { text: 'x5 * * * *', problem: `minute "x5" ${MINUTE}` },
  { text: '*/12345 * * * *', problem: `minute "*/12345" ${MINUTE}` },
  { text: '*/5x * * * *', problem: `minute "*/5x" ${MINUTE}` },
  { text: '*/5/2 * * * *', problem: `minute "*/5/2" ${MINUTE}` },
  { text: '0-60 * * * *', problem: `minute "0-60" ${MINUTE}` },
  { text: 'JAN * * * *', problem: `minute "JAN" ${MINUTE}` },
  { text: '7-7/2 * * * *', problem: 'minute "7-7/2" steps through a single value: write 7-59/2.' },
  { text: '* * * * 5-0', problem: 'day of week "5-0" runs backwards: write two ranges with a comma.' },
  { text: '* * * * FRI-MON', problem: 'day of week "FRI-MON" runs backwards: write two ranges with a comma.' },
  { text: '*/0 * * * *', problem: 'minute "*/0" has a step of 0.' },
  { text: '5/15 * * * *', problem: 'minute "5/15" steps through a single value: write 5-59/15.' },
  { text: '* 22-2 * * *', problem: 'hour "22-2" runs backwards: write two ranges with a comma.' },
  { text: '0 0 31 2 *', problem: 'no month has such a day, so it would never run.' },
  { text: '0 0 31 4,6,9,11 *', problem: 'no month has such a day, so it would never run.' },
])('refuses $text', ({ text, problem }) => {
  expect(parseSchedule(text)).toEqual({ ok: false, error: problem });
});
