import { count, fields, flag, optional, text } from './checks.ts';

/** What an app's users ask of the dyno manager beyond Heroku. */
export interface DynoManagerSettings {
  /** False: dynos of the formation are not cycled, however old they get. */
  readonly cycling: boolean;
  readonly cycleWindow?: CycleWindow;
  /** A dyno whose memory stays above this share of its quota is cycled. */
  readonly memoryThresholdPercent?: number;
}

/** Every day from `start` to `end`, local time; over midnight when `end` is the earlier one. */
export interface CycleWindow {
  /** Minutes since midnight. */
  readonly startMinute: number;
  readonly endMinute: number;
  readonly timeZone: string;
  /** When it was asked for: a night before that was not missed. */
  readonly sinceMs: number;
}

export const DEFAULT_SETTINGS: DynoManagerSettings = { cycling: true };

/** A window without its minutes has no moment in it, and would be searched for one for ever. */
const cycleWindowShape = fields<CycleWindow>({ startMinute: count, endMinute: count, timeZone: text, sinceMs: count });

export const settingsShape = fields<DynoManagerSettings>({
  cycling: flag,
  cycleWindow: optional(cycleWindowShape),
  memoryThresholdPercent: optional(count),
});
