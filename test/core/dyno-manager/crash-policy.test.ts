import fc from 'fast-check';
import { countCrash, crashWaitMs } from '../../../core/dyno-manager/plan/crash-policy.ts';

const MINUTE_MS = 60_000;

test.each([
  { crash: 1, atLeast: 0, atMost: 0 },
  { crash: 2, atLeast: 10, atMost: 20 },
  { crash: 3, atLeast: 20, atMost: 40 },
  { crash: 4, atLeast: 30, atMost: 60 },
  { crash: 5, atLeast: 90, atMost: 180 },
  { crash: 6, atLeast: 160, atMost: 320 },
  { crash: 7, atLeast: 160, atMost: 320 },
  { crash: 1_000, atLeast: 160, atMost: 320 },
])('crash $crash waits $atLeast to $atMost minutes', ({ crash, atLeast, atMost }) => {
  const wait = (random: number) => crashWaitMs(crash, 'Standard-1X', { next: () => random });
  expect(wait(0)).toBe(atLeast * MINUTE_MS);
  expect(wait(0.999_999_999_999)).toBe(atMost * MINUTE_MS);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      expect(wait(random)).toBeGreaterThanOrEqual(atLeast * MINUTE_MS);
      expect(wait(random)).toBeLessThanOrEqual(atMost * MINUTE_MS);
    }),
  );
});

test.each(['Private-S', 'Private-L-RAM', 'Shield-M', 'dyno-1c-0.5gb'])('%s has no back-off', (size) => {
  const waits = [1, 2, 3, 6, 50].map((crash) => crashWaitMs(crash, size, { next: () => 0.5 }));
  expect(waits).toEqual([0, 1_000, 1_000, 1_000, 1_000]);
});

test.each([
  { name: 'the first crash', dyno: { crashCount: 0 }, stoppedAtMs: 0, count: 1 },
  { name: 'a crash while starting', dyno: { crashCount: 3 }, stoppedAtMs: 0, count: 4 },
  { name: 'a crash soon after it was up', dyno: { crashCount: 3, upAtMs: 0 }, stoppedAtMs: 599_999, count: 4 },
  { name: 'a crash after ten minutes up', dyno: { crashCount: 3, upAtMs: 0 }, stoppedAtMs: 600_000, count: 1 },
])('$name is number $count', ({ dyno, stoppedAtMs, count }) => {
  expect(countCrash(dyno, stoppedAtMs)).toBe(count);
});
