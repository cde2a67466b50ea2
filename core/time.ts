/** The only place in `core/` that formats milliseconds as text; nothing here reads a clock. */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** `2012-01-01T12:00:00Z`, the Platform API's date form. */
export function apiDate(ms: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: deterministic, formats its argument only
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

let prefixSecond = Number.NaN;
let prefix = '';

/** `2024-04-26T16:58:32.943253+00:00`, the form of log lines. The part down to the second is cached: lines come in bursts. */
export function logTimestamp(ms: number): string {
  const second = Math.floor(ms / SECOND_MS);
  if (second !== prefixSecond) {
    // biome-ignore lint/style/noRestrictedGlobals: deterministic, formats its argument only
    prefix = new Date(second * SECOND_MS).toISOString().slice(0, 19);
    prefixSecond = second;
  }
  const microseconds = Math.min(999_999, Math.round((ms - second * SECOND_MS) * 1_000));
  return `${prefix}.${String(microseconds).padStart(6, '0')}+00:00`;
}
