import type { ActionRate } from '../../core/dyno-manager/execute/action-budget.ts';

/** RunTask and StopTask share an account's 40 calls a second (Amazon ECS, "Request throttling": cluster resource modify). */
const CALLS_PER_SECOND = 40;
/** One pass may start a formation of this size at once; ECS's own bucket holds 100. */
const BURST = 30;

/**
 * One instance's share of the function's limit: all instances together never exceed the account's. ECS throttles calls above
 * it, and repeating them uses up the same bucket for which others wait.
 */
export const actionRate = (instances: number): ActionRate => ({
  perSecond: CALLS_PER_SECOND / instances,
  burst: BURST,
});
