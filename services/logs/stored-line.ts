import type { LogLine } from '../../core/records/log-line.ts';

/** A line of an app's history. */
export interface StoredLine extends LogLine {
  /** Grows within one app, also across restarts, so that a reader can resume after the last line it saw. */
  readonly id: number;
}
