const { availableParallelism } = require('node:os');

/** One transform for every project. CommonJS, because jest loads it. */
const shared = {
  testEnvironment: '<rootDir>/test/jest/environment.cjs',
  runtime: '<rootDir>/test/jest/runtime.cjs',
  transform: {
    '\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  globalSetup: '<rootDir>/test/temporary-directory/setup.ts',
  globalTeardown: '<rootDir>/test/temporary-directory/teardown.ts',
  transformIgnorePatterns: ['/node_modules/'],
  setupFilesAfterEnv: ['<rootDir>/test/assertions.ts'],
  moduleNameMapper: { '^fast-check$': '<rootDir>/test/fast-check.cjs' },
  modulePathIgnorePatterns: ['<rootDir>/.dynoform', '<rootDir>/.cache', '<rootDir>/cdk.out', '<rootDir>/examples'],
};

/** Everything after `--selectProjects` is read as names: a path there would name no project, and everything would run. */
function refusePathAmongProjects(projects, words) {
  if (!words.includes('--selectProjects')) return;
  for (const name of words.slice(words.indexOf('--selectProjects') + 1)) {
    if (name.startsWith('-')) return;
    if (projects.some(({ displayName }) => displayName === name)) continue;
    throw new Error(`"${name}" is no project. Paths come first: jest ${name} --selectProjects unit`);
  }
}

const config = {
  testSequencer: '<rootDir>/test/jest/longest-first.cjs',
  // A third of the time tests wait: for processes, sockets, timers. One worker more than cores uses that time.
  maxWorkers: availableParallelism() + 1,
  // For tests that do real work on a busy machine; jest's own limit is five seconds.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/cli/',
        '<rootDir>/test/platform/',
        '<rootDir>/test/docker/',
        '<rootDir>/test/contract/aws/',
        '<rootDir>/test/aws/',
      ],
    },
    { ...shared, displayName: 'platform', testMatch: ['<rootDir>/test/platform/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'docker',
      testMatch: ['<rootDir>/test/docker/**/*.test.ts'],
      globalTeardown: '<rootDir>/test/docker/teardown.ts',
    },
    { ...shared, displayName: 'aws', testMatch: ['<rootDir>/test/contract/aws/**/*.test.ts'] },
    { ...shared, displayName: 'end-to-end', testMatch: ['<rootDir>/test/aws/end-to-end/**/*.test.ts'] },
    // Runs after it: judges what it made functions and services ask of AWS.
    { ...shared, displayName: 'recorded', testMatch: ['<rootDir>/test/aws/recorded/**/*.test.ts'] },
    { ...shared, displayName: 'ecs-dynos', testMatch: ['<rootDir>/test/aws/{dynos,services-image}/**/*.test.ts'] },
    { ...shared, displayName: 'cli', testMatch: ['<rootDir>/test/cli/**/*.test.ts'] },
  ],
};

refusePathAmongProjects(config.projects, process.argv);
module.exports = config;
