import type { PublishedEvent } from '../records/domain-event.ts';

/** Hands events over to subscribers. Only the reconciler of events calls it. */
export interface Events {
  /** Resolves when all are handed over. Rejects when that is not sure; the caller repeats all of them, with the same ids. */
  publish(events: readonly PublishedEvent[]): Promise<void>;
}
