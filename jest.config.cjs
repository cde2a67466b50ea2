/** One transform for every project, jest loads CommonJS. */
const shared = {
  testEnvironment: 'node',
  transform: {
    '\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/'],
  modulePathIgnorePatterns: ['<rootDir>/.dynoform', '<rootDir>/.cache', '<rootDir>/examples'],
};

module.exports = {
  // jest keeps one core free by default; on two cores that would double the time.
  maxWorkers: '100%',
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
      ],
    },
    { ...shared, displayName: 'platform', testMatch: ['<rootDir>/test/platform/**/*.test.ts'] },
    { ...shared, displayName: 'docker', testMatch: ['<rootDir>/test/docker/**/*.test.ts'] },
    { ...shared, displayName: 'cli', testMatch: ['<rootDir>/test/cli/**/*.test.ts'] },
  ],
};
