import type { LogFilter, LogLine } from '../records/log-line.ts';

/** A source matches exactly. `web` matches `web` and every `web.<n>`; `web.1` matches only itself. */
export function matchesFilter(line: Pick<LogLine, 'source' | 'process'>, filter: LogFilter): boolean {
  if (filter.source !== undefined && filter.source !== line.source) return false;
  if (filter.process === undefined || filter.process === line.process) return true;
  if (filter.process.includes('.')) return false;
  return line.process.startsWith(filter.process) && line.process[filter.process.length] === '.';
}
