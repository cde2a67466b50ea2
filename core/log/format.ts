import type { LogLine } from '../records/log-line.ts';
import { logTimestamp } from '../time.ts';

/** `2024-04-26T16:58:32.943253+00:00 app[web.1]: message`, without a newline. */
export function formatLine(line: Pick<LogLine, 'atMs' | 'source' | 'process' | 'message'>): string {
  const process = line.process === '' ? '' : `[${line.process}]`;
  return `${logTimestamp(line.atMs)} ${line.source}${process}: ${line.message}`;
}
