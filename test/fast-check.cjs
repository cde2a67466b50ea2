/**
 * What `import fc from 'fast-check'` gives a test. Property tests are part of `npm test`, so that a green tree stays green
 * they draw the same cases each time; `FAST_CHECK_SEED=random npm test` (or a number) draws others, and
 * `PROPERTY_EFFORT=8` eight times as many (`npm run test:general`). A property that fails is shrunk for so long at most:
 * on a slow machine shrinking once held the whole run for an hour and a half.
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
