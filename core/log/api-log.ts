import type { Platform } from '../platform.ts';

/** API events: source `app`, process `api`. Lines of one event share their timestamp. */
export function logApiEvent(platform: Platform, appId: string, ...messages: readonly string[]): void {
  const atMs = platform.clock.nowMs();
  platform.logs.append(messages.map((message) => ({ appId, atMs, source: 'app', process: 'api', message })));
}
