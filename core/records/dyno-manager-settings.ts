import { count, fields, flag, optional, text } from './checks.ts';

/** Settings of the dyno manager that an app's users can change, beyond Heroku. */
export interface DynoManagerSettings {
  /** False: dynos of the formation are not cycled, however old they get. */
  readonly cycling: boolean;
  readonly cycleWindow?: CycleWindow;
  /** A dyno whose memory stays above this share of its quota is cycled. */
  readonly memoryThresholdPercent?: number;
}

/** Every day from `start` to `end`, local time; over midnight if `end` is earlier. */
export interface CycleWindow {
  /** Minutes since midnight. */
  readonly startMinute: number;
  readonly endMinute: number;
  readonly timeZone: string;
  /** When it was set: a night before that was not missed. */
  readonly sinceMs: number;
}

export const DEFAULT_SETTINGS: DynoManagerSettings = { cycling: true };

/** A window without its minutes contains no moment, and the search for one would never end. */
const cycleWindowShape = fields<CycleWindow>({ startMinute: count, endMinute: count, timeZone: text, sinceMs: count });

export const settingsShape = fields<DynoManagerSettings>({
  cycling: flag,
  cycleWindow: optional(cycleWindowShape),
  memoryThresholdPercent: optional(count),
});
