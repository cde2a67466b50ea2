import { Dyno } from '../../../services/router/dyno.ts';
import type { DynoConnection } from '../../../services/router/dyno-connection.ts';

const TARGET = { dynoId: 'd', name: 'web.1', host: '192.0.2.1', port: 5_000 };
const KEEP_MS = 90_000;

/** A connection of this dyno that the test can inspect. */
function connected(dyno: Dyno, socketDestroyed = false) {
  const connection = {
    user: {},
    reused: false,
    idleSinceMs: 0,
    idleUntilMs: 0,
    destroyed: false,
    socket: { destroyed: socketDestroyed },
    destroy() {
      this.destroyed = true;
      dyno.forget(this as unknown as DynoConnection);
    },
  };
  return connection;
}
const as = (connection: unknown) => connection as DynoConnection;

/** A dyno with one connection that became idle at 1,000. */
function pool(announcedSeconds?: number, keepAliveMs = KEEP_MS) {
  const dyno = new Dyno(TARGET);
  const connection = connected(dyno);
  dyno.release(as(connection), 1_000, keepAliveMs, announcedSeconds);
  return { dyno, connection };
}

test.each([
  { name: 'the same', changes: {}, is: true },
  { name: 'another name', changes: { name: 'web.2' }, is: true },
  { name: 'another dyno', changes: { dynoId: 'e' }, is: false },
  { name: 'another host', changes: { host: '192.0.2.2' }, is: false },
  { name: 'another port', changes: { port: 5_001 }, is: false },
])('a dyno is known by its id and its address: $name', ({ changes, is }) => {
  expect(new Dyno(TARGET).is({ ...TARGET, ...changes })).toBe(is);
});

test.each([
  { name: 'the router’s own time', announced: undefined, untilMs: 1_000 + KEEP_MS },
  { name: 'less, where the dyno says so, and a second for its word to arrive', announced: 5, untilMs: 5_000 },
  { name: 'no more, whatever the dyno says', announced: 600, untilMs: 1_000 + KEEP_MS },
])('an idle connection is kept for $name', ({ announced, untilMs }) => {
  const { dyno, connection } = pool(announced);
  expect(connection).toMatchObject({ user: undefined, idleSinceMs: 1_000, idleUntilMs: untilMs, destroyed: false });
  expect(dyno.takeIdle(untilMs, true)).toBeUndefined();
  expect(dyno.takeIdle(untilMs - 1, true)).toBe(connection);
  expect(connection.reused).toBe(true);
  expect(dyno.takeIdle(untilMs - 1, true)).toBeUndefined();
});

test.each([
  { name: 'that the dyno closes within a second', announced: 1, retired: false, broken: false },
  { name: 'that the dyno closes at once', announced: 0, retired: false, broken: false },
  { name: 'of a dyno that goes', announced: undefined, retired: true, broken: false },
  { name: 'that is broken', announced: undefined, retired: false, broken: true },
])('a connection $name is not kept', ({ announced, retired, broken }) => {
  const dyno = new Dyno(TARGET);
  if (retired) dyno.retire();
  const connection = connected(dyno, broken);
  dyno.release(as(connection), 1_000, KEEP_MS, announced);
  expect(connection.destroyed).toBe(true);
  expect(dyno.takeIdle(1_001, true)).toBeUndefined();
});

test('what must not be sent twice only goes where the last request ended less than a second ago', () => {
  const { dyno, connection } = pool();
  expect(dyno.takeIdle(2_000, false)).toBeUndefined();
  expect(dyno.takeIdle(1_999, false)).toBe(connection);
});

test('the connection that was used last is used next', () => {
  const { dyno, connection: first } = pool();
  const second = connected(dyno);
  dyno.release(as(second), 2_000, KEEP_MS, undefined);
  expect(dyno.takeIdle(2_001, true)).toBe(second);
  expect(dyno.takeIdle(2_001, true)).toBe(first);
});

test('a connection that the dyno closed is forgotten, and no other one', () => {
  const { dyno, connection: first } = pool();
  dyno.forget(as(connected(dyno)));
  const second = connected(dyno);
  dyno.release(as(second), 1_000, KEEP_MS, undefined);
  dyno.forget(as(first));
  expect(dyno.takeIdle(1_001, true)).toBe(second);
  expect(dyno.takeIdle(1_001, true)).toBeUndefined();
});

test('idle connections are closed when their time is over, and not before', () => {
  const { dyno, connection: short } = pool(5);
  const long = connected(dyno);
  dyno.release(as(long), 1_000, KEEP_MS, undefined);
  dyno.closeExpired(4_999);
  expect([short.destroyed, long.destroyed]).toEqual([false, false]);
  dyno.closeExpired(5_000);
  expect([short.destroyed, long.destroyed]).toEqual([true, false]);
});

test('a dyno that goes closes what is idle', () => {
  const { dyno, connection: first } = pool();
  const second = connected(dyno);
  dyno.release(as(second), 1_000, KEEP_MS, undefined);
  dyno.retire();
  expect([first.destroyed, second.destroyed, dyno.retired]).toEqual([true, true, true]);
});
