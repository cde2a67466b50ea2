import type { Platform } from '../../platform.ts';
import type { SystemLine } from '../plan/system-lines.ts';

export function logSystemLines(platform: Platform, appId: string, lines: readonly SystemLine[]): void {
  if (lines.length === 0) return;
  const atMs = platform.clock.nowMs();
  platform.logs.append(lines.map(({ process, message }) => ({ appId, atMs, source: 'heroku', process, message })));
}
