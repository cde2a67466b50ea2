import type { ActionRate } from '../../core/dyno-manager/execute/action-budget.ts';

/** RunTask and StopTask share 40 calls a second of an account (Amazon ECS, "Request throttling": cluster resource modify). */
const CALLS_PER_SECOND = 40;
/** One pass may start a formation of this size at once; ECS's own bucket holds 100. */
const BURST = 30;

/**
 * What one instance of the function may spend: all of them together never more than the account has. What is over is
 * throttled by ECS and tried again, which costs the same bucket that others wait for.
 */
export const actionRate = (instances: number): ActionRate => ({
  perSecond: CALLS_PER_SECOND / instances,
  burst: BURST,
});
