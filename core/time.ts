/** The only place in `core/` that turns milliseconds into text; nothing here reads a clock. */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** `2012-01-01T12:00:00Z`, the Platform API's date form (heroku-behaviour §10.1). */
export function apiDate(ms: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: deterministic, formats its argument only
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
