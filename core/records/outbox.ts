import { count, fields, listOf, oneOf, optional, text, variants } from './checks.ts';
import { defineRecord } from './define-record.ts';
import type { BuildData, DynoData, PublishedEvent, ReleaseData } from './domain-event.ts';

/** Events of one transaction that wait to be published. */
export interface OutboxEntry {
  readonly events: readonly PublishedEvent[];
}

export const EVENTS_QUEUE = 'events';

/** Not among the app's own items: the end of its dynos is published after those are deleted. */
export const outboxPartition = (appId: string): string => `events#${appId}`;

export const appOfOutbox = (partition: string): string => partition.slice(outboxPartition('').length);

/** In the order of the transactions: `sequence` orders those of one process within a millisecond. */
export const outboxKey = (appId: string, atMs: number, sequence: number, id: string) => ({
  partition: outboxPartition(appId),
  sort: `${String(atMs).padStart(15, '0')}#${String(sequence).padStart(12, '0')}#${id}`,
});

const app = fields<PublishedEvent['app']>({ id: text, name: text });
const head = { id: text, action: oneOf('create', 'update'), atMs: count, app };
const state = oneOf('starting', 'up', 'idle', 'stopping', 'crashed', 'down');

export const outboxRecord = defineRecord({
  noun: 'outbox',
  version: 1,
  key: outboxKey,
  shape: fields<OutboxEntry>({
    events: listOf(
      variants<PublishedEvent, 'entity'>('entity', {
        'api:release': {
          ...head,
          data: fields<ReleaseData>({
            id: text,
            version: count,
            description: text,
            status: oneOf('pending', 'succeeded', 'failed', 'expired'),
          }),
        },
        'api:build': {
          ...head,
          data: fields<BuildData>({
            id: text,
            status: oneOf('pending', 'succeeded', 'failed'),
            release: optional(fields<NonNullable<BuildData['release']>>({ id: text })),
          }),
        },
        dyno: {
          ...head,
          data: fields<DynoData>({
            id: text,
            name: text,
            type: text,
            size: text,
            state,
            release: fields<DynoData['release']>({ id: text, version: count }),
          }),
        },
      }),
    ),
  }),
});
