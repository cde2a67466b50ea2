import type { LogLine } from '../../core/records/log-line.ts';

/** A line of an app's history. */
export interface StoredLine extends LogLine {
  /** Grows within one app, across restarts too, so that a reader can resume behind the last line it saw. */
  readonly id: number;
}
