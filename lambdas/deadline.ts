/** The share of its remaining time that a function may use; the rest is for ending in order. */
const SHARE = 0.8;

export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** No new work begins after this. */
export function deadlineMs(context: RemainingTime, nowMs: number): number {
  return nowMs + Math.floor(SHARE * context.getRemainingTimeInMillis());
}
