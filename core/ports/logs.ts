import type { LogFilter, LogLine } from '../records/log-line.ts';

export interface LogIntake {
  /** Never blocks, never throws; a full intake drops lines and says so in the log. */
  append(lines: readonly LogLine[]): void;
}

/** What a log session reads. Ids grow by one per line of an app, so a reader can resume. */
export interface LogReader {
  /** The newest `count` lines that match, oldest first. */
  history(appId: string, filter: LogFilter, count: number): Promise<readonly LogLine[]>;
}
