import fc from 'fast-check';
import { QUOTA_MAX, quotaAt, type RequestQuota, remainingCalls, spend } from '../../../core/account/request-quota.ts';

/** Sends calls with these pauses; returns how many were allowed. */
function letThrough(pausesMs: readonly number[]): number {
  let quota: RequestQuota | undefined;
  let nowMs = 0;
  let count = 0;
  for (const pauseMs of pausesMs) {
    nowMs += pauseMs;
    const bucket = quotaAt(quota, nowMs);
    const after = spend(bucket);
    quota = after ?? bucket;
    if (after !== undefined) count += 1;
  }
  return count;
}

test.each([
  { name: 'a burst gets the whole bucket', pauses: Array(5000).fill(0), expected: 4500 },
  { name: 'one call per 800 ms never waits', pauses: Array(10_000).fill(800), expected: 10_000 },
  {
    name: 'a minute of rest gives 75 calls',
    pauses: [...Array(4600).fill(0), 60_000, ...Array(99).fill(0)],
    expected: 4575,
  },
  {
    name: 'a day of rest gives one bucket',
    pauses: [...Array(4600).fill(0), 86_400_000, ...Array(5000).fill(0)],
    expected: 9000,
  },
])('$name', ({ pauses, expected }) => {
  expect(letThrough(pauses)).toBe(expected);
});

test('never more than the bucket and its refill, and never negative', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -10_000, max: 2_000_000 }), { maxLength: 50 }), (pauses) => {
      let quota: RequestQuota | undefined;
      let nowMs = 0;
      for (const pauseMs of pauses) {
        nowMs += pauseMs;
        quota = quotaAt(quota, nowMs);
        quota = spend(quota) ?? quota;
        expect(quota.tokens).toBeGreaterThanOrEqual(0);
        expect(remainingCalls(quota)).toBeLessThan(QUOTA_MAX);
      }
    }),
  );
});
