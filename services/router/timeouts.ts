/** Heroku Dev Center, "HTTP Routing" and "Request Timeout". Tests use shorter ones. */
export interface RouterTimeouts {
  /** One attempt to connect to one dyno (H19). */
  readonly connectMs: number;
  /** How long a dyno that refused or timed out gets no new connection from this router. */
  readonly quarantineMs: number;
  /** From arrival to a connection to a dyno, however long the app boots (H20, H34). */
  readonly queueMs: number;
  /** From the end of the request to the first byte of the response (H12). */
  readonly firstByteMs: number;
  /** Silence in a body or in an upgraded connection (H15, H28). */
  readonly idleMs: number;
  /** How long an idle connection to a dyno is kept. */
  readonly keepAliveMs: number;
  /** How long a client's connection may be idle, and the longest time for one head. */
  readonly clientIdleMs: number;
  /** How long unread input is discarded after the last answer, so that a reset does not destroy that answer. */
  readonly lingerMs: number;
}

/** The load balancer must be first to close idle connections, or its next request meets a connection that is just closing. */
const BEHIND_PROXY_IDLE_MS = 150_000;

export const HEROKU_TIMEOUTS: RouterTimeouts = {
  connectMs: 5_000,
  quarantineMs: 5_000,
  queueMs: 75_000,
  firstByteMs: 30_000,
  idleMs: 55_000,
  keepAliveMs: 90_000,
  clientIdleMs: 60_000,
  lingerMs: 5_000,
};

/** For a router behind a load balancer whose idle limit is two minutes. */
export const TIMEOUTS_BEHIND_PROXY: RouterTimeouts = { ...HEROKU_TIMEOUTS, clientIdleMs: BEHIND_PROXY_IDLE_MS };
