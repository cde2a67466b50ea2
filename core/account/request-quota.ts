import { MINUTE_MS } from '../time.ts';

/** Heroku Dev Center, Platform API Reference, "Rate limits": 4,500 calls, refilled by about 75 a minute. */
export const QUOTA_MAX = 4500;
export const QUOTA_PER_MINUTE = 75;

/** A token bucket of one account. */
export interface RequestQuota {
  readonly tokens: number;
  readonly atMs: number;
}

/** The quota now. An account that never called has a full bucket. */
export function quotaAt(quota: RequestQuota | undefined, nowMs: number): RequestQuota {
  if (quota === undefined) return { tokens: QUOTA_MAX, atMs: nowMs };
  // A clock that was set back must not drain or fill the bucket.
  const elapsedMs = Math.max(0, nowMs - quota.atMs);
  return { tokens: Math.min(QUOTA_MAX, quota.tokens + (elapsedMs / MINUTE_MS) * QUOTA_PER_MINUTE), atMs: nowMs };
}

/** Undefined: nothing is left to spend. */
export function spend(quota: RequestQuota): RequestQuota | undefined {
  return quota.tokens < 1 ? undefined : { ...quota, tokens: quota.tokens - 1 };
}

export function remainingCalls(quota: RequestQuota): number {
  return Math.floor(quota.tokens);
}
