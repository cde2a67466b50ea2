import type { RouteTable } from './route-table.ts';
import type { RouterTimeouts } from './timeouts.ts';
import type { Traffic } from './traffic.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

export interface RouterLogLine {
  readonly appId: string;
  readonly atMs: number;
  readonly line: string;
}

/** What all connections of one router share. */
export interface RouterContext {
  readonly table: RouteTable;
  readonly timeouts: RouterTimeouts;
  /** Milliseconds since the epoch, for people and apps to read. */
  readonly now: () => number;
  /** Milliseconds that never jump, for timeouts: the wall clock can be set, and stands still while a laptop sleeps. */
  readonly monotonicMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly requestId: () => string;
  readonly log: (line: RouterLogLine) => void;
  /** Reports requests for apps that may sleep; absent: not reported. */
  readonly traffic?: Traffic;
  /** An exception in the router itself: the request gets H99. */
  readonly onFault: (error: unknown) => void;
  /** Peers whose X-Forwarded-* are trusted; absent: none. */
  readonly trustedProxies?: TrustedProxies;
  /** Closing: each connection ends after its current request. */
  draining: boolean;
}
