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
