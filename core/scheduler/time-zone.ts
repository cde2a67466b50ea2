import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts';
import { dayOfDate } from './civil.ts';

/** Names only: offsets such as `+02:00` are time zones in some versions of Node and not in others. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

/** Making one takes longer than a hundred uses of it. There are as many as time zones in use. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** `Europe/Berlin`, `UTC`: a name of the IANA time zone database. */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Local time minus UTC at that moment. */
export function offsetMs(timeZone: string, atMs: number): number {
  if (timeZone === 'UTC') return 0;
  const fields = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatOf(timeZone).formatToParts(atMs)) {
    if (type in fields) fields[type as keyof typeof fields] = Number(value);
  }
  const localMs =
    dayOfDate(fields) * DAY_MS + fields.hour * HOUR_MS + fields.minute * MINUTE_MS + fields.second * SECOND_MS;
  return localMs - Math.floor(atMs / SECOND_MS) * SECOND_MS;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}
