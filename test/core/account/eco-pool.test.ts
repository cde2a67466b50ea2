import fc from 'fast-check';
import {
  chargeEco,
  ecoUseMs,
  emptyAtMs,
  monthStartMs,
  nextMonthMs,
  poolAt,
  usedMs,
  usesEcoHours,
} from '../../../core/account/eco-pool.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { type EcoPool, ecoPoolKey } from '../../../core/records/eco-pool.ts';
import { dyno } from '../dyno-manager/records.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 1, 10, 12);

const eco = (id: string, intentAtMs: number, changes: Partial<Dyno> = {}): Dyno =>
  dyno('web.1', { id, size: 'Eco', intentAtMs, state: 'up', ...changes });

test.each([
  { now: '2026-02-10T12:00:00Z', start: '2026-02-01T00:00:00Z', next: '2026-03-01T00:00:00Z' },
  { now: '2026-12-31T23:59:59Z', start: '2026-12-01T00:00:00Z', next: '2027-01-01T00:00:00Z' },
  { now: '2028-02-29T00:00:00Z', start: '2028-02-01T00:00:00Z', next: '2028-03-01T00:00:00Z' },
])('the month of $now', ({ now, start, next }) => {
  expect([monthStartMs(Date.parse(now)), nextMonthMs(Date.parse(now))]).toEqual([Date.parse(start), Date.parse(next)]);
});

test.each<{ name: string; dyno: Dyno; hours: number }>([
  { name: 'a dyno that is up', dyno: eco('a', NOON - 2 * HOUR), hours: 2 },
  { name: 'one that boots', dyno: eco('a', NOON - HOUR, { state: 'starting' }), hours: 1 },
  { name: 'one that is on its way out', dyno: eco('a', NOON - HOUR, { state: 'stopping' }), hours: 1 },
  { name: 'a one-off', dyno: eco('a', NOON - HOUR, { kind: 'one-off', type: 'run' }), hours: 1 },
  { name: 'one that sleeps', dyno: eco('a', NOON - HOUR, { state: 'idle' }), hours: 0 },
  { name: 'one that has crashed', dyno: eco('a', NOON - HOUR, { state: 'crashed' }), hours: 0 },
  { name: 'one of another size', dyno: eco('a', NOON - HOUR, { size: 'Basic' }), hours: 0 },
])('$name has used $hours h', ({ dyno: one, hours }) => {
  expect(usedMs(chargeEco(poolAt(undefined, NOON), 'shop', [one], NOON), NOON)).toBe(hours * HOUR);
});

test('what ends is settled, what runs goes on counting, and a look without news writes nothing', () => {
  const begun = chargeEco(poolAt(undefined, NOON), 'shop', [eco('a', NOON), eco('b', NOON)], NOON);
  expect(chargeEco(begun, 'shop', [eco('a', NOON), eco('b', NOON)], NOON + HOUR)).toBe(begun);
  expect(chargeEco(begun, 'blog', [], NOON + HOUR)).toBe(begun);
  const ended = chargeEco(begun, 'shop', [eco('b', NOON)], NOON + HOUR);
  expect(usedMs(ended, NOON + 3 * HOUR)).toBe(4 * HOUR);
  const both = chargeEco(ended, 'blog', [eco('c', NOON + HOUR)], NOON + HOUR);
  expect([...ecoUseMs(both, NOON + 2 * HOUR)]).toEqual([
    ['shop', 3 * HOUR],
    ['blog', HOUR],
  ]);
});

test('the record holds what has ended by app, and what runs by dyno', () => {
  const start = { monthStartMs: Date.UTC(2026, 1, 1), settledMs: {}, running: {} };
  expect(poolAt(undefined, NOON)).toEqual(start);
  const begun = chargeEco(start, 'shop', [eco('a', NOON)], NOON);
  expect(begun).toEqual({ ...start, running: { a: { appId: 'shop', sinceMs: NOON } } });
  expect(chargeEco(begun, 'shop', [], NOON + HOUR)).toEqual({ ...start, settledMs: { shop: HOUR } });
  // No time has passed, also by a clock that is behind: nothing is charged.
  expect(chargeEco(begun, 'shop', [], NOON)).toEqual(start);
  expect(chargeEco(begun, 'shop', [], NOON - HOUR)).toEqual(start);
  expect([...ecoUseMs(begun, NOON - HOUR)]).toEqual([['shop', 0]]);
  expect(ecoPoolKey('me')).toEqual({ partition: 'account#me', sort: 'eco-pool' });
});

test('a dyno of another app with the same pool goes on, and nothing is told of it', () => {
  const blog = chargeEco(poolAt(undefined, NOON), 'blog', [eco('b', NOON)], NOON);
  const both = chargeEco(blog, 'shop', [eco('a', NOON)], NOON);
  const left = chargeEco(both, 'shop', [], NOON + HOUR);
  expect(left.running).toEqual({ b: { appId: 'blog', sinceMs: NOON } });
  expect(chargeEco(left, 'shop', [eco('c', NOON)], NOON + HOUR).settledMs).toEqual({ shop: HOUR });
});

test.each([
  { name: 'that nobody has asked to start', changes: { intentAtMs: undefined } },
  { name: 'that has ended for good', changes: { outcome: 'failed' } },
  { name: 'that is down', changes: { state: 'down' } },
  { name: 'of a size that does not exist', changes: { size: 'huge' } },
])('a dyno $name uses nothing', ({ changes }) => {
  expect(usesEcoHours({ ...eco('a', NOON), ...changes } as Dyno)).toBe(false);
  expect(usesEcoHours(eco('a', NOON))).toBe(true);
});

test('the hours are used up at the end of the month: they are not, and a moment before: they are', () => {
  const pool = chargeEco(poolAt(undefined, NOON), 'shop', [eco('a', NOON)], NOON);
  const left = Date.UTC(2026, 2, 1) - NOON;
  expect(emptyAtMs(pool, left, NOON)).toBeUndefined();
  expect(emptyAtMs(pool, left - 1, NOON)).toBe(NOON + left - 1);
  expect(emptyAtMs(pool, 10 * HOUR, NOON + 4 * HOUR)).toBe(NOON + 10 * HOUR);
  const two = chargeEco(pool, 'shop', [eco('a', NOON), eco('b', NOON)], NOON);
  expect(emptyAtMs(two, 3, NOON)).toBe(NOON + 2);
});

test('a new month begins at nothing, for dynos that go on as well', () => {
  const march = Date.UTC(2026, 2, 1);
  const pool = chargeEco(poolAt(undefined, NOON), 'shop', [eco('a', NOON)], NOON);
  expect(usedMs(pool, march - 1)).toBe(march - 1 - NOON);
  expect(usedMs(pool, march + HOUR)).toBe(HOUR);
  expect(usedMs(chargeEco(pool, 'shop', [], march + HOUR), march + 5 * HOUR)).toBe(HOUR);
});

test('a dyno that has run since the month before, and is first counted now, has used the hours of this month', () => {
  const march = Date.UTC(2026, 2, 1);
  const pool = chargeEco(poolAt(undefined, march + HOUR), 'shop', [eco('a', NOON)], march + HOUR);
  expect(usedMs(pool, march + 3 * HOUR)).toBe(3 * HOUR);
});

test('a clock that is still in the old month does not bring it back', () => {
  const march = Date.UTC(2026, 2, 1);
  const pool = chargeEco(poolAt(undefined, NOON), 'shop', [eco('a', march - 2 * HOUR)], march + HOUR);
  for (const behindMs of [1, HOUR, 24 * HOUR]) expect(poolAt(pool, march - behindMs)).toBe(pool);
});

test.each([
  { name: 'two dynos use it twice as fast', running: 2, limit: 10, emptyAfter: 5 },
  { name: 'used up already', running: 1, limit: 0, emptyAfter: 0 },
  { name: 'nothing runs', running: 0, limit: 10, emptyAfter: undefined },
  { name: 'the month is over before', running: 1, limit: 1_000, emptyAfter: undefined },
])('empty when: $name', ({ running, limit, emptyAfter }) => {
  const dynos = Array.from({ length: running }, (_, index) => eco(`${index}`, NOON));
  const pool = chargeEco(poolAt(undefined, NOON), 'shop', dynos, NOON);
  expect(emptyAtMs(pool, limit * HOUR, NOON)).toBe(emptyAfter === undefined ? undefined : NOON + emptyAfter * HOUR);
});

test('whatever starts and ends, the use is the sum of the times that dynos ran', () => {
  const step = fc.record({ ms: fc.integer({ min: 0, max: HOUR }), up: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let nowMs = NOON;
      let pool: EcoPool = poolAt(undefined, NOON);
      let expected = 0;
      const since = new Map<string, number>();
      for (const { ms, up } of steps) {
        nowMs += ms;
        expected += ms * since.size;
        for (const id of since.keys()) if (!up.includes(id as never)) since.delete(id);
        for (const id of up) if (!since.has(id)) since.set(id, nowMs);
        const dynos = [...since].map(([id, startedMs]) => eco(id, startedMs));
        pool = chargeEco(pool, 'shop', dynos, nowMs);
        expect(usedMs(pool, nowMs)).toBe(expected);
      }
    }),
  );
});
