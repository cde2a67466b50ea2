import { quotaAt, type RequestQuota, remainingCalls, spend } from '../../core/account/request-quota.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** One bucket per account, in this process's memory: a restart gives everybody a full bucket, which does no harm. */
export class QuotaMeter {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, RequestQuota>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False: the account has to wait. */
  spend(accountId: string): boolean {
    const bucket = quotaAt(this.#buckets.get(accountId), this.#clock.nowMs());
    const after = spend(bucket);
    this.#buckets.set(accountId, after ?? bucket);
    return after !== undefined;
  }

  remaining(accountId: string): number {
    return remainingCalls(quotaAt(this.#buckets.get(accountId), this.#clock.nowMs()));
  }
}
