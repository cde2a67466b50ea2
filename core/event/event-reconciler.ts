import type { Platform } from '../platform.ts';
import type { Events } from '../ports/events.ts';
import { done, REPEAT, type Reconciler } from '../reconcile/reconciler.ts';
import type { StatusSource } from '../reconcile/status.ts';
import { appOfOutbox, EVENTS_QUEUE, outboxPartition, outboxRecord } from '../records/outbox.ts';
import { MINUTE_MS } from '../time.ts';

export const EVENT_PUBLISHING: StatusSource = {
  name: 'events',
  failure: 'could not publish events',
  queue: EVENTS_QUEUE,
  idOf: ({ partition }) => appOfOutbox(partition),
  async readStatus(store, appId, nowMs) {
    const [first] = await store.list({ partition: outboxPartition(appId), prefix: '', limit: 1 });
    if (first === undefined) return { waiting: [] };
    return { nextPassAtMs: nowMs, waiting: ['events to be published'] };
  },
};

/** Entries of one round; each may hold the events of a hundred dynos. */
const ENTRIES_PER_ROUND = 20;

/**
 * Empties the outbox of an app: publishes its events in the order in which they were written, and removes them afterwards. After
 * a crash in between they are published again, with the same ids.
 */
export const eventReconciler = ({ store, clock }: Pick<Platform, 'store' | 'clock'>, events: Events): Reconciler => ({
  ...EVENT_PUBLISHING,
  quarantineMaxMs: 5 * MINUTE_MS,
  async pass(appId, { deadlineMs = Number.POSITIVE_INFINITY }) {
    const query = { partition: outboxPartition(appId), prefix: '', limit: ENTRIES_PER_ROUND } as const;
    for (;;) {
      if (clock.nowMs() >= deadlineMs) return REPEAT;
      const entries = await outboxRecord.list(store, query);
      if (entries.length === 0) return done(Number.POSITIVE_INFINITY);
      await events.publish(entries.flatMap(({ value }) => value.events));
      await store.transact(
        entries.map(({ partition, sort }) => ({ kind: 'delete', key: { partition, sort }, expect: 'any' })),
      );
      if (entries.length < ENTRIES_PER_ROUND) return done(Number.POSITIVE_INFINITY);
    }
  },
});
