import type { DomainEvent } from '../records/domain-event.ts';

/** For whoever wants to know; who must know reads the API. */
export interface Events {
  /**
   * Once it is true in the store. Never blocks, never throws. A crash in between loses an event, a repeat after a lost
   * answer may bring it twice, and events of different calls may overtake each other.
   */
  publish(events: readonly DomainEvent[]): void;
}
