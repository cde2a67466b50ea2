import type { Platform } from '../platform.ts';
import type { LogFilter } from '../records/log-line.ts';

/** What a reader may see, contained in the session's URL: nothing is stored. */
export interface LogSession {
  readonly appId: string;
  readonly filter: LogFilter;
  /** Lines of history to send first. */
  readonly lines: number;
  /** Stay open and send new lines. */
  readonly tail: boolean;
}

export const LOG_LINES_DEFAULT = 100;
/** The size of an app's history. */
export const LOG_LINES_MAX = 1_500;
/** Heroku's URLs live 5 to 6 minutes; an open tail is not cut. */
export const LOG_SESSION_SECONDS = 300;

const PURPOSE = 'logs';

/** `<api>/logs/<token>` */
export function logSessionUrl(platform: Platform, session: LogSession): string {
  const expiresAtMs = platform.clock.nowMs() + LOG_SESSION_SECONDS * 1_000;
  return `${platform.urls.services}/logs/${platform.signer.sign(PURPOSE, JSON.stringify(session), expiresAtMs)}`;
}

/** Undefined: forged, expired, or signed for something else. */
export function openLogSession(platform: Pick<Platform, 'signer' | 'clock'>, token: string): LogSession | undefined {
  const payload = platform.signer.verify(PURPOSE, token, platform.clock.nowMs());
  return payload === undefined ? undefined : (JSON.parse(payload) as LogSession);
}
