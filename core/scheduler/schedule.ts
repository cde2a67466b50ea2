import { err, ok, type Result } from '../result.ts';
import { dateOfDay, weekdayOfDay } from './civil.ts';

/** When a job runs, in the fields of cron. */
export interface Schedule {
  /** Ascending, as are `hours`. */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** Day of month and day of week are both restricted: either may match (POSIX: crontab). */
  readonly eitherDay: boolean;
  /** The hour begins with `*`: it follows elapsed time instead of the time of day, which matters when clocks change. */
  readonly byInterval: boolean;
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  // 7 is Sunday too, as in every cron.
  { name: 'day of week', min: 0, max: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
];

/** The longest wait for a day that any schedule can name: 29 February on one day of the week, around the year 2100. */
export const LONGEST_WAIT_DAYS = 41 * 366;

/** Five fields or a macro. The error explains what is wrong. */
export function parseSchedule(text: string): Result<Schedule, string> {
  const trimmed = text.trim();
  if (trimmed.startsWith('@')) {
    const fields = Object.hasOwn(MACROS, trimmed) ? MACROS[trimmed] : undefined;
    if (fields !== undefined) return parseSchedule(fields);
    return err(`${shown(trimmed)} is not known: use ${Object.keys(MACROS).join(', ')} or five fields.`);
  }
  const texts = trimmed === '' ? [] : trimmed.split(/\s+/);
  if (texts.length !== FIELDS.length) {
    const hint = texts.length === 6 ? ' There is no field for seconds.' : '';
    return err(
      `it has ${texts.length} fields, and five are needed: minute, hour, day of month, month, day of week.${hint}`,
    );
  }
  const values: (readonly number[])[] = [];
  for (const [index, field] of FIELDS.entries()) {
    const parsed = parseField(field, texts[index] ?? '');
    if (!parsed.ok) return parsed;
    values.push(parsed.value);
  }
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = values;
  const starred = texts.map((each) => each.startsWith('*'));
  const schedule: Schedule = {
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays.map((weekday) => weekday % 7)),
    eitherDay: !starred[2] && !starred[4],
    byInterval: starred[1] === true,
  };
  return hasAnyDay(schedule) ? ok(schedule) : err('no month has such a day, so it would never run.');
}

/** The values of one field, ascending. */
function parseField(field: Field, text: string): Result<readonly number[], string> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(part) ?? [];
    const bounds = rangeOf(field, range);
    if (bounds === undefined) return err(`${field.name} ${shown(part)} is not ${meant(field)}.`);
    const { first, last } = bounds;
    if (step !== undefined && first === last) {
      return err(`${field.name} ${shown(part)} steps through a single value: write ${first}-${field.max}/${step}.`);
    }
    if (step !== undefined && Number(step) === 0) return err(`${field.name} ${shown(part)} has a step of 0.`);
    if (first > last) return err(`${field.name} ${shown(part)} runs backwards: write two ranges with a comma.`);
    for (let value = first; value <= last; value += Number(step ?? 1)) values.add(value);
  }
  return ok([...values].sort((left, right) => left - right));
}

function rangeOf(field: Field, text: string): { readonly first: number; readonly last: number } | undefined {
  if (text === '*') return { first: field.min, last: field.max };
  const [firstText = '', lastText, ...more] = text.split('-');
  const first = numberOf(field, firstText);
  const last = lastText === undefined ? first : numberOf(field, lastText);
  if (first === undefined || last === undefined || more.length > 0) return undefined;
  // `FRI-SUN` ends with the following Sunday.
  return { first, last: first > 0 && lastText?.toUpperCase() === 'SUN' ? 7 : last };
}

function numberOf({ min, max, names = [] }: Field, text: string): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return min + named;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

function meant({ min, max, names }: Field): string {
  const named = names === undefined ? '' : ` (or ${names[0]} to ${names.at(-1)})`;
  return `a number from ${min} to ${max}${named}, a range, a list or *`;
}

export function matchesDay(schedule: Schedule, day: number): boolean {
  const date = dateOfDay(day);
  if (!schedule.months.has(date.month)) return false;
  const byDate = schedule.days.has(date.day);
  const byWeekday = schedule.weekdays.has(weekdayOfDay(day));
  return schedule.eitherDay ? byDate || byWeekday : byDate && byWeekday;
}

function hasAnyDay(schedule: Schedule): boolean {
  for (let day = 0; day < LONGEST_WAIT_DAYS; day += 1) if (matchesDay(schedule, day)) return true;
  return false;
}

const shown = (text: string) => JSON.stringify(text.slice(0, 40));
