/**
 * What `import fc from 'fast-check'` gives a test. Property tests are part of `npm test`, so that a green tree stays green
 * they draw the same cases each time; `FAST_CHECK_SEED=random npm test` (or a number) draws others. A property that
 * fails is shrunk for so long at most: on a slow machine shrinking once held the whole run for an hour and a half.
 */
const fastCheck = require('../node_modules/fast-check/lib/cjs/fast-check.js');

const wanted = process.env.FAST_CHECK_SEED ?? '20261121';
fastCheck.configureGlobal({
  interruptAfterTimeLimit: 45_000,
  ...(wanted === 'random' ? {} : { seed: Number(wanted) }),
});

module.exports = fastCheck;
