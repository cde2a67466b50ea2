import { openSqliteStore, type SqliteStore } from '../../../adapters/local/sqlite-store.ts';
import { EVENT_PUBLISHING, eventReconciler } from '../../../core/event/event-reconciler.ts';
import { writeEvents } from '../../../core/event/write-events.ts';
import type { Store } from '../../../core/ports/store.ts';
import { sweep } from '../../../core/reconcile/sweep.ts';
import { type DomainEvent, type PublishedEvent, releaseEvent } from '../../../core/records/domain-event.ts';
import { EVENTS_QUEUE, outboxPartition } from '../../../core/records/outbox.ts';
import { app, NOW_MS, release } from '../dyno-manager/records.ts';

let store: SqliteStore;
let nowMs: number;
let ids: number;
let published: PublishedEvent[];
beforeEach(() => {
  store = openSqliteStore(':memory:');
  [nowMs, ids, published] = [NOW_MS, 0, []];
});
afterEach(() => store.close());

const clock = { nowMs: () => nowMs };
const platform = {
  clock,
  ids: {
    // The order of the ids says nothing, as with random ones.
    uuid: () => `id-${1_000 - ++ids}`,
    sequence: () => ++ids,
    secret: () => '',
    sha256: () => '',
  },
};
const event = (version: number): DomainEvent => releaseEvent('create', app({}), release(version));
const write = async (...versions: readonly number[]) => {
  expect(await store.transact(writeEvents(platform, 'app-1', versions.map(event)))).toEqual({ ok: true });
};
const publish = async (events: readonly PublishedEvent[]): Promise<void> => void published.push(...events);
const pass = (of: { store?: Store; publish?: typeof publish; deadlineMs?: number } = {}) => {
  const reconciler = eventReconciler({ clock, store: of.store ?? store }, { publish: of.publish ?? publish });
  return reconciler.pass('app-1', { deadlineMs: of.deadlineMs, due: [] });
};
const versions = () => published.map(({ data }) => ('version' in data ? data.version : undefined));
const waiting = () => store.list({ partition: outboxPartition('app-1'), prefix: '' });
const DONE = { kind: 'done', nextPassInMs: Number.POSITIVE_INFINITY, failures: [] };

test('its items are of one app each, and a pass that fails is told of in these words', async () => {
  await write(1);
  const { name, failure, queue, quarantineMaxMs, idOf } = eventReconciler({ store, clock }, { publish });
  expect([name, failure, queue, quarantineMaxMs]).toEqual(['events', 'could not publish events', 'events', 300_000]);
  const [due] = await store.due(EVENTS_QUEUE, nowMs, 10);
  expect(due && idOf(due)).toBe('app-1');
});

test('nothing that changes is no write', () => {
  expect(writeEvents(platform, 'app-1', [])).toEqual([]);
});

test('events are published in the order in which they were written, also within a millisecond, and then forgotten', async () => {
  await write(3);
  await write(1, 2);
  nowMs += 1;
  await write(5);
  await write(4);
  expect(await pass()).toEqual(DONE);
  expect(versions()).toEqual([3, 1, 2, 5, 4]);
  expect(new Set(published.map(({ id }) => id)).size).toBe(5);
  expect(await waiting()).toEqual([]);
  expect(await pass()).toEqual(DONE);
  expect(published).toHaveLength(5);
});

test('an app is as long in the queue as it has events', async () => {
  await write(1);
  const found: string[] = [];
  const reconciler = eventReconciler({ store, clock }, { publish });
  const look = () => sweep(reconciler, { store, clock }, (id) => found.push(id));
  await look();
  await pass();
  await look();
  expect(found).toEqual(['app-1']);
});

test('all of many transactions are published by one pass', async () => {
  const all = Array.from({ length: 45 }, (_, index) => index + 1);
  for (const version of all) await write(version);
  expect(await pass()).toEqual(DONE);
  expect(versions()).toEqual(all);
});

test('what cannot be published stays, and is published later with the same ids', async () => {
  await write(1);
  const refused: PublishedEvent[] = [];
  const refuse = async (events: readonly PublishedEvent[]) => {
    refused.push(...events);
    throw new Error('out of reach');
  };
  await expect(pass({ publish: refuse })).rejects.toThrow('out of reach');
  expect(await waiting()).toHaveLength(1);
  await write(2);
  await pass();
  expect(versions()).toEqual([1, 2]);
  expect(published[0]).toEqual(refused[0]);
});

test('a process that dies before they are forgotten publishes them again, with the same ids', async () => {
  await write(1, 2);
  const dies: Store = {
    get: (key) => store.get(key),
    list: (query) => store.list(query),
    due: (queue, beforeMs, limit) => store.due(queue, beforeMs, limit),
    transact: () => Promise.reject(new Error('killed')),
  };
  await expect(pass({ store: dies })).rejects.toThrow('killed');
  await pass();
  expect(versions()).toEqual([1, 2, 1, 2]);
  expect(published.slice(2)).toEqual(published.slice(0, 2));
});

test('a function whose time is over leaves the rest to another pass', async () => {
  for (let version = 1; version <= 25; version += 1) await write(version);
  const slow = async (events: readonly PublishedEvent[]) => {
    nowMs += 1_000;
    await publish(events);
  };
  expect(await pass({ publish: slow, deadlineMs: NOW_MS + 1_000 })).toEqual({ kind: 'repeat' });
  expect(versions()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  await pass();
  expect(versions()).toHaveLength(25);
});

test('an entry that cannot be read is told to the operator, and what follows it waits', async () => {
  await write(1);
  const [entry] = await waiting();
  if (entry === undefined) throw new Error('an entry');
  const { partition, sort } = entry;
  await store.transact([
    { kind: 'put', key: { partition, sort }, value: { events: [{ entity: 'x' }] }, expect: 'any' },
  ]);
  await write(2);
  await expect(pass()).rejects.toThrow('its outbox record is corrupt: events');
  expect(published).toEqual([]);
});

test('of an app whose events wait, its owner reads it', async () => {
  const { readStatus } = EVENT_PUBLISHING;
  expect(await readStatus(store, 'app-1', nowMs)).toEqual({ waiting: [] });
  await write(1);
  expect(await readStatus(store, 'app-1', nowMs)).toEqual({ nextPassAtMs: nowMs, waiting: ['events to be published'] });
});
