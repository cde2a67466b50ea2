/** What a function may use of the time it has left: the rest is for ending in order. */
const SHARE = 0.8;

export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** Nothing new is begun after it. */
export function deadlineMs(context: RemainingTime, nowMs: number): number {
  return nowMs + Math.floor(SHARE * context.getRemainingTimeInMillis());
}
