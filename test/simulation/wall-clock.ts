import { MINUTE_MS } from '../../core/time.ts';

const QUARTER_MS = 15 * MINUTE_MS;
const formats = new Map<string, Intl.DateTimeFormat>();
/** By zone and quarter of an hour: no clock changes within one. */
const offsets = new Map<string, number>();

/** The local time there at that moment, as if it were UTC, from the name of the offset, such as `GMT+05:30`. */
export function wallMs(timeZone: string, atMs: number): number {
  const quarter = Math.floor(atMs / QUARTER_MS);
  const key = `${timeZone} ${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = offsetOf(timeZone, quarter * QUARTER_MS);
    offsets.set(key, offset);
  }
  return atMs + offset;
}

function offsetOf(timeZone: string, atMs: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  const name = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}
