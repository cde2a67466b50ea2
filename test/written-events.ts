import type { Store, Write } from '../core/ports/store.ts';
import type { PublishedEvent } from '../core/records/domain-event.ts';
import { EVENTS_QUEUE, type OutboxEntry } from '../core/records/outbox.ts';

/** The events that a write adds to the outbox. */
export function eventsIn(write: Write): readonly PublishedEvent[] {
  return write.kind === 'put' && write.due?.queue === EVENTS_QUEUE ? (write.value as OutboxEntry).events : [];
}

/** The same store; adds the events of each transaction that was made to `events`. */
export function notingEvents(store: Store, events: PublishedEvent[]): Store {
  return {
    get: (key) => store.get(key),
    list: (query) => store.list(query),
    due: (queue, beforeMs, limit) => store.due(queue, beforeMs, limit),
    transact: async (writes) => {
      const written = await store.transact(writes);
      if (!written.ok) return written;
      events.push(...writes.flatMap(eventsIn));
      return written;
    },
  };
}
