/** `npm test` takes one point in this many, `npm run test:general` all. Odd: points alternate before and after a call. */
const STRIDE = 5;

/**
 * The moments, from the first to `last`, at which a test kills what it tests. The seed of the property tests chooses them.
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
