import { count, fields, oneOf, optional, text } from './checks.ts';

/** A recurring job as an app's code declares it, in the `cron` list of its `app.json`. */
export interface CronJob {
  /** Unique in its app; its runs are found by it later. */
  readonly name: string;
  /** As written: five fields of cron, or a macro such as `@daily`. */
  readonly schedule: string;
  readonly timezone: string;
  readonly command: string;
  /** Absent: the default size of the app's one-off dynos. */
  readonly size?: string;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  /** Absent: until the daily cycling of dynos. */
  readonly timeToLiveSeconds?: number;
}

export const OVERLAPS = ['skip', 'allow', 'replace'] as const;

/** If the last run has not ended: start none, start another next to it, or stop it and start another. */
export type Overlap = (typeof OVERLAPS)[number];

export const CATCH_UPS = ['none', 'last', 'all'] as const;

/** Missed runs: skip them, run the last one, or run all of them (only the newest if there are many). */
export type CatchUp = (typeof CATCH_UPS)[number];

export const cronJobShape = fields<CronJob>({
  name: text,
  schedule: text,
  timezone: text,
  command: text,
  size: optional(text),
  overlap: oneOf(...OVERLAPS),
  catchUp: oneOf(...CATCH_UPS),
  timeToLiveSeconds: optional(count),
});
