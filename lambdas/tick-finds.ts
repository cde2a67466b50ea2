import type { PassRequests } from '../core/ports/pass-requests.ts';

/** Of a function that may not send to its own queue: its marks are due, and the next tick asks for their passes. */
export const TICK_FINDS_WHAT_IS_DUE: PassRequests = { enqueue: () => undefined };
