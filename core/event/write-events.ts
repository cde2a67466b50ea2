import type { Platform } from '../platform.ts';
import type { Write } from '../ports/store.ts';
import type { DomainEvent } from '../records/domain-event.ts';
import { EVENTS_QUEUE, type OutboxEntry, outboxKey } from '../records/outbox.ts';

/**
 * The write that records what a transaction changes, to be part of that transaction: then no crash loses an event, and no event
 * is published of something that did not happen. Empty without events. Request a pass afterwards (`eventRequests`).
 */
export function writeEvents(
  { ids, clock }: Pick<Platform, 'ids' | 'clock'>,
  appId: string,
  events: readonly DomainEvent[],
): readonly Write[] {
  if (events.length === 0) return [];
  const atMs = clock.nowMs();
  const value: OutboxEntry = { events: events.map((event) => ({ id: ids.uuid(), ...event })) };
  const key = outboxKey(appId, atMs, ids.sequence(), ids.uuid());
  return [{ kind: 'put', key, value, expect: 'absent', due: { queue: EVENTS_QUEUE, atMs } }];
}
