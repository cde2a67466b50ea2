import type { PassRequests } from '../core/ports/pass-requests.ts';

/** For functions that may not send to their own queue: their marks are due, and the next tick requests the passes. */
export const TICK_FINDS_WHAT_IS_DUE: PassRequests = { enqueue: () => undefined };
