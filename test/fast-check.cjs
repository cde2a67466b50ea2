/**
 * Replaces `import fc from 'fast-check'` in tests. Property tests are part of `npm test`, so they use the same cases each time
 * and a green tree stays green. `FAST_CHECK_SEED=random npm test` (or a number) uses others, and `PROPERTY_EFFORT=8` eight
 * times as many (`npm run test:general`). Shrinking a failed property has a time limit: on a slow machine it once held the
 * whole run for an hour and a half.
 */
const fastCheck = require('../node_modules/fast-check/lib/cjs/fast-check.js');

const wanted = process.env.FAST_CHECK_SEED ?? '20261121';
const effort = Number(process.env.PROPERTY_EFFORT ?? 1);
const DEFAULT_RUNS = 100;
fastCheck.configureGlobal({
  interruptAfterTimeLimit: 45_000 * effort,
  ...(wanted === 'random' ? {} : { seed: Number(wanted) }),
});

const assert = (property, { numRuns = DEFAULT_RUNS, ...parameters } = {}) =>
  fastCheck.assert(property, { ...parameters, numRuns: numRuns * effort });

module.exports = { ...fastCheck, assert, default: { ...fastCheck.default, assert } };
