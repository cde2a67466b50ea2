/** Heroku Dev Center, "Heroku Error Codes": what the log shows and what the client gets. */
export interface RouterCode {
  readonly code: string;
  readonly description: string;
  readonly level: 'info' | 'warning' | 'error';
  /** 0: the connection just ends, without a status. */
  readonly status: number;
  /** Which side's socket broke. */
  readonly sock?: 'client' | 'backend';
  /** H26 names what was wrong with the request. */
  readonly cause?: string;
}

const error = (code: string, description: string, status = 503): RouterCode => ({
  code,
  description,
  level: 'error',
  status,
});
const badRequest = (cause: string, status: number): RouterCode => ({ ...error('H26', 'Request Error', status), cause });

export const APP_CRASHED = error('H10', 'App crashed');
export const BACKLOG_TOO_DEEP = error('H11', 'Backlog too deep');
export const REQUEST_TIMEOUT = error('H12', 'Request timeout');
export const CLOSED_WITHOUT_RESPONSE = error('H13', 'Connection closed without response');
export const NO_WEB_PROCESSES = error('H14', 'No web processes running');
export const IDLE_CONNECTION = error('H15', 'Idle connection');
export const POORLY_FORMATTED_RESPONSE = error('H17', 'Poorly formatted HTTP response');
export const SERVER_INTERRUPTED: RouterCode = { ...error('H18', 'Server Request Interrupted'), sock: 'backend' };
export const CONNECTION_TIMEOUT = error('H19', 'Backend connection timeout');
export const BOOT_TIMEOUT = error('H20', 'App boot timeout');
export const CONNECTION_REFUSED = error('H21', 'Backend connection refused');
export const FORCED_CLOSE = error('H24', 'Forced close', 0);
export const INVALID_CONTENT_LENGTH = error('H25', 'HTTP restriction: invalid content length', 502);
export const OVERSIZED_COOKIE = error('H25', 'HTTP restriction: oversized cookie', 502);
export const OVERSIZED_HEADER = error('H25', 'HTTP restriction: oversized header', 502);
export const OVERSIZED_STATUS_LINE = error('H25', 'HTTP restriction: oversized status line', 502);
export const BAD_HEADER = badRequest('bad header', 400);
export const BAD_CHUNK = badRequest('bad chunk', 400);
export const UNSUPPORTED_EXPECT = badRequest('unsupported expect header value', 417);
export const CLIENT_INTERRUPTED: RouterCode = {
  code: 'H27',
  description: 'Client Request Interrupted',
  level: 'warning',
  status: 499,
  sock: 'client',
};
export const CLIENT_IDLE: RouterCode = {
  code: 'H28',
  description: 'Client Connection Idle',
  level: 'warning',
  status: 499,
};
export const ALL_QUARANTINED = error('H34', 'All up dynos are quarantined');
export const MAINTENANCE: RouterCode = { code: 'H80', description: 'Maintenance mode', level: 'info', status: 503 };
export const BLANK_APP: RouterCode = { code: 'H81', description: 'Blank app', level: 'info', status: 502 };
export const DYNO_HOURS_USED_UP: RouterCode = {
  code: 'H82',
  description: "You've used up your dyno hour pool",
  level: 'info',
  status: 503,
};
export const PLATFORM_ERROR = error('H99', 'Platform error');
