/** One in so many in `npm test`; more effort (`npm run test:general`) takes each. Odd: points are before and after a call by turns. */
const STRIDE = 5;

/**
 * The moments, of those from the first to `last`, at which a test kills what it tests. Which ones is decided by the seed of
 * the property tests.
 */
export function killPoints(last: number): readonly number[] {
  const effort = Number(process.env.PROPERTY_EFFORT ?? 1);
  const stride = Math.max(1, Math.floor(STRIDE / effort));
  const seed = Number(process.env.FAST_CHECK_SEED ?? 0) || 0;
  const first = 1 + (Math.abs(seed) % stride);
  const points: number[] = [];
  for (let point = first; point <= last; point += stride) points.push(point);
  return points;
}
