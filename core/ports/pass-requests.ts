/** Requests passes of one reconciler. A lost request delays a pass but never loses it: the sweep finds whatever is due. */
export interface PassRequests {
  /** A pass over this app now, or after the delay. Waiting requests are merged; passes over one app do not overlap in a process. */
  enqueue(appId: string, delayMs?: number): void;
}
