/** Heroku Dev Center, "HTTP Routing" and "Request Timeout". Tests pass smaller ones. */
export interface RouterTimeouts {
  /** One attempt to connect to one dyno (H19). */
  readonly connectMs: number;
  /** How long a dyno that refused or timed out gets no new connection from this router. */
  readonly quarantineMs: number;
  /** From arrival until a connection to a dyno exists, however long the app boots (H20, H34). */
  readonly queueMs: number;
  /** From the whole request sent until the first byte of the response (H12). */
  readonly firstByteMs: number;
  /** Silence in a body or in an upgraded connection (H15, H28). */
  readonly idleMs: number;
  /** A dyno's connection that serves no request. */
  readonly keepAliveMs: number;
  /** A client's connection without a request, and the longest time that one head may take. */
  readonly clientIdleMs: number;
  /** How long unread input is thrown away after the last answer, so that a reset does not destroy that answer. */
  readonly lingerMs: number;
}

/** A load balancer must be the one that closes idle connections, or its next request meets one that closes just now. */
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

/** For a router that a load balancer with an idle limit of two minutes stands before. */
export const TIMEOUTS_BEHIND_PROXY: RouterTimeouts = { ...HEROKU_TIMEOUTS, clientIdleMs: BEHIND_PROXY_IDLE_MS };
