import fc from 'fast-check';
import { Quarantine } from '../../../core/reconcile/quarantine.ts';
import { UnreadableRecord } from '../../../core/records/define-record.ts';
import { World } from '../dyno-manager/world.ts';

const SECOND = 1_000;
const APP = 'app-1';

/** A separate clock, and the failed or successful passes of one app. */
function patient() {
  let nowMs = 0;
  const quarantine = new Quarantine({ nowMs: () => nowMs }, 5 * 60 * SECOND);
  return {
    quarantine,
    fail: (error: unknown = new Error('throttled')) => quarantine.failed(APP, error),
    succeed: () => quarantine.succeeded(APP),
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('four failures, a success, and four more: an app that fails now and then is never left alone', () => {
  const { quarantine, fail, succeed } = patient();
  for (let round = 0; round < 10; round += 1) {
    for (let count = 0; count < 4; count += 1) expect(fail()).toBeUndefined();
    expect(quarantine.leftMs(APP)).toBeUndefined();
    succeed();
  }
});

test('from the fifth failure in a row on it is left alone, twice as long each time, five minutes at most', () => {
  const { fail } = patient();
  const seconds = Array.from({ length: 12 }, () => (fail() ?? 0) / SECOND);
  expect(seconds).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 300, 300, 300, 300]);
});

test('a record that cannot be read needs no second try', () => {
  expect(patient().fail(new UnreadableRecord('app', 'is corrupt'))).toBe(30 * SECOND);
});

test('it is over to the millisecond, and other apps are not in it', () => {
  const { quarantine, fail, advance } = patient();
  for (let count = 0; count < 5; count += 1) fail();
  expect(quarantine.leftMs(APP)).toBe(30 * SECOND);
  expect(quarantine.leftMs('app-2')).toBeUndefined();
  advance(30 * SECOND - 1);
  expect(quarantine.leftMs(APP)).toBe(1);
  advance(1);
  expect(quarantine.leftMs(APP)).toBeUndefined();
});

test('whatever its passes do: only failures since the last success count', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (passes) => {
      const { fail, succeed } = patient();
      let inARow = 0;
      for (const succeeds of passes) {
        inARow = succeeds ? 0 : inARow + 1;
        if (succeeds) succeed();
        else expect(fail()).toBe(inARow < 5 ? undefined : SECOND * Math.min(300, 30 * 2 ** (inARow - 5)));
      }
    }),
    { numRuns: 50 },
  );
});

test('a pass that succeeds ends the count of an app whose runtime breaks now and then', async () => {
  const world = new World();
  await world.createApp();
  await world.deploy({ web: 'web' });
  await world.time.advance(SECOND);
  const { observe } = world.runtime;
  for (let round = 0; round < 3; round += 1) {
    let broken = 4;
    world.runtime.observe = async (appId) => {
      if (broken-- > 0) throw new Error('throttled');
      return observe.call(world.runtime, appId);
    };
    await world.restart('web');
    await world.time.advance(10 * SECOND);
  }
  expect(world.time.failures).toHaveLength(12);
  expect(world.reports.filter((report) => report.startsWith('in quarantine'))).toEqual([]);
  world.close();
});
