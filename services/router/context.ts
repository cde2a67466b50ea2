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
  /** Milliseconds that never jump, for timeouts: a machine's clock is set, and stands still while a laptop sleeps. */
  readonly monotonicMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly requestId: () => string;
  readonly log: (line: RouterLogLine) => void;
  /** Requests for apps that may sleep; absent: nobody wants to know. */
  readonly traffic?: Traffic;
  /** An exception in the router itself: the request gets H99, the operator gets this. */
  readonly report: (problem: unknown) => void;
  /** Peers whose X-Forwarded-* count; absent: nobody's do. */
  readonly trustedProxies?: TrustedProxies;
  /** Closing: requests under way are the last ones of their connections. */
  draining: boolean;
}
