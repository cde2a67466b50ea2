import type { Platform } from '../platform.ts';
import type { LogFilter } from '../records/log-line.ts';

/** What a reader may see, carried by the session's URL itself: nothing is stored. */
export interface LogSession {
  readonly appId: string;
  readonly filter: LogFilter;
  /** Lines of history to begin with. */
  readonly lines: number;
  /** Stay open and send new lines. */
  readonly tail: boolean;
}

export const LOG_LINES_DEFAULT = 100;
/** The history of an app holds no more. */
export const LOG_LINES_MAX = 1_500;
/** Heroku's URLs live 5 to 6 minutes; a tail that is already open is not cut. */
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
