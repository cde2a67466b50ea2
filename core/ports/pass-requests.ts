/** Asks for passes of one reconciler. What is lost here delays a pass and loses none: the sweep finds whatever is due. */
export interface PassRequests {
  /** A pass over this app now, or after the delay. Requests that wait are one; passes over one app do not overlap in a process. */
  enqueue(appId: string, delayMs?: number): void;
}
