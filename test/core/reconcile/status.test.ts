import { openSqliteStore, type SqliteStore } from '../../../adapters/local/sqlite-store.ts';
import type { Write } from '../../../core/ports/store.ts';
import { StoredFailures } from '../../../core/reconcile/failure-log.ts';
import { firstReasons, type PassStatus, readStatus, type StatusSource } from '../../../core/reconcile/status.ts';
import { UnreadableRecord } from '../../../core/records/define-record.ts';

const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 0, 1);
const APP = 'app-1';

let store: SqliteStore;
let nowMs: number;
const clock = { nowMs: () => nowMs };
const failures = () => new StoredFailures({ store, clock });
beforeEach(() => {
  store = openSqliteStore(':memory:');
  nowMs = START_MS;
});
afterEach(() => store.close());

const sourceOf = (read: () => Promise<PassStatus>): StatusSource => ({
  name: 'test',
  failure: '',
  queue: '',
  idOf: () => '',
  readStatus: read,
});
const statusOf = (status: PassStatus = { waiting: [] }) =>
  readStatus(
    sourceOf(async () => status),
    { store, clock },
    APP,
  );

test('a reconciler is asked for its own app, at this time', async () => {
  const asked: unknown[] = [];
  const source: StatusSource = {
    ...sourceOf(async () => ({ waiting: [] })),
    readStatus: async (_store, appId, atMs) => {
      asked.push([appId, atMs]);
      return { lastPassAtMs: 1, nextPassAtMs: 2, waiting: ['web.1 to start'] };
    },
  };
  expect(await readStatus(source, { store, clock }, APP)).toEqual({
    name: 'test',
    lastPassAtMs: 1,
    nextPassAtMs: 2,
    waiting: ['web.1 to start'],
  });
  expect(asked).toEqual([[APP, START_MS]]);
});

test('a record that cannot be read is what it waits for; anything else is an error', async () => {
  const broken = (error: Error) =>
    readStatus(
      sourceOf(() => Promise.reject(error)),
      { store, clock },
      APP,
    );
  expect((await broken(new UnreadableRecord('app', 'is corrupt: formation'))).waiting).toEqual([
    'a repair by the operator: its app record is corrupt: formation',
  ]);
  await expect(broken(new Error('out of reach'))).rejects.toThrow('out of reach');
});

describe('failures', () => {
  test('count in a row, over all processes, until a pass succeeds where one has failed', async () => {
    await failures().failed('test', APP, undefined);
    nowMs += 1_000;
    await failures().failed('test', APP, 30_000);
    expect((await statusOf()).failures).toEqual({
      count: 2,
      lastAtMs: START_MS + 1_000,
      quarantinedUntilMs: START_MS + 31_000,
    });
    await failures().recovered('test', APP);
    expect(await statusOf()).toEqual({ name: 'test', waiting: [] });
  });

  test('are of one app and one reconciler', async () => {
    await failures().failed('other', APP, undefined);
    await failures().failed('test', 'app-2', undefined);
    expect(await statusOf()).toEqual({ name: 'test', waiting: [] });
  });

  test.each([
    { name: 'is current for a quarter of an hour', afterMs: 15 * MINUTE - 1, shown: true },
    { name: 'is over after it: nothing has failed since', afterMs: 15 * MINUTE, shown: false },
    { name: 'stays where a pass before it has written', afterMs: 0, lastPassAtMs: START_MS, shown: true },
    { name: 'is over once a pass has written, in any process', afterMs: 1, lastPassAtMs: START_MS + 1, shown: false },
  ])('a failure $name', async ({ afterMs, lastPassAtMs, shown }) => {
    await failures().failed('test', APP, undefined);
    nowMs += afterMs;
    expect((await statusOf({ lastPassAtMs, waiting: [] })).failures !== undefined).toBe(shown);
  });

  test('vanish by themselves an hour after the last one: of an app that is gone nobody takes them away', async () => {
    const puts: Write[] = [];
    const { get } = store;
    const noting = {
      get: get.bind(store),
      transact: async (writes: readonly Write[]) => puts.push(...writes),
    } as never;
    await new StoredFailures({ store: noting, clock }).failed('test', APP, undefined);
    expect(puts).toMatchObject([{ kind: 'put', expiresAtMs: START_MS + 60 * MINUTE }]);
  });

  test('that cannot be noted fail nothing', async () => {
    const outOfReach = () => Promise.reject(new Error('out of reach'));
    const broken = new StoredFailures({ store: { ...store, get: outOfReach, transact: outOfReach } as never, clock });
    expect(await broken.failed('test', APP, undefined)).toBeUndefined();
    expect(await broken.recovered('test', APP)).toBeUndefined();
  });
});

test.each([
  { count: 10, shown: 10, last: 'web.10 to start' },
  { count: 11, shown: 11, last: '1 more' },
  { count: 40, shown: 11, last: '30 more' },
])('of $count reasons $shown are kept', ({ count, shown, last }) => {
  const reasons = firstReasons(Array.from({ length: count }, (_, index) => `web.${index + 1} to start`));
  expect([reasons.length, reasons[0], reasons.at(-1)]).toEqual([shown, 'web.1 to start', last]);
});
