import type { DomainEvent } from '../records/domain-event.ts';

/** For subscribers that want to know; those that must know read the API. */
export interface Events {
  /**
   * Call it after the change is stored. Never blocks, never throws. A crash in between loses an event, a repeat after a lost answer
   * may deliver it twice, and events of different calls may overtake each other.
   */
  publish(events: readonly DomainEvent[]): void;
}
