import type { FailureLog } from '../../../core/reconcile/failure-log.ts';

/** For tests that are not about failed passes. */
export const NO_FAILURES: FailureLog = { failed: async () => undefined, recovered: async () => undefined };
