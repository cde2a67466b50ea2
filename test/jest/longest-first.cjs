const { default: Sequencer } = require('@jest/test-sequencer');

/** Small files with long tests. jest knows how long a file took last time; on a fresh checkout it sorts by size. */
const LONG = [
  'test/contract/process-runtime.test.ts',
  'test/infrastructure/',
  'test/core/dyno-manager/killed.test.ts',
  // They wait for minutes: for preboot's window.
  'test/cli/lifecycle.test.ts',
  'test/docker/cli-lifecycle.test.ts',
];

/** Long files start first, so that no worker is left alone with one at the end. */
class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isLong = ({ path }) => LONG.some((long) => path.includes(`/${long}`));
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}

module.exports = LongestFirst;
