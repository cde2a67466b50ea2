/** The layers of ARCHITECTURE.md as rules: bin → operate, lambdas, services, lib, adapters → api → core; client/ is apart. */
const forbid = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    forbid(
      'core-is-pure',
      '^core/',
      '^(?!core/)',
      'core/ imports nothing but itself: no SDK, no clock, no node: module',
    ),
    forbid(
      'api-knows-only-core',
      '^api/',
      '^(adapters|client|services|lambdas|lib|operate|bin|test|bench)/',
      'api/ asks ports',
    ),
    forbid(
      'services-below-bin',
      '^services/',
      '^(bin|operate|lambdas|lib|adapters|test|bench)/',
      'services run in both homes: no adapter by name',
    ),
    forbid(
      'adapters-below-bin',
      '^adapters/',
      '^(bin|client|operate|lambdas|lib|api|test|bench)/',
      'adapters implement core/ports/',
    ),
    forbid('local-does-not-need-aws', '^adapters/local/', '^adapters/aws/', 'one file per port, per home'),
    forbid('aws-does-not-need-local', '^adapters/aws/', '^adapters/local/', 'what both need lies beside them'),
    forbid(
      'lambdas-below-bin',
      '^lambdas/',
      '^(bin|client|operate|lib|test|bench|adapters/local)/',
      'a function is wiring over adapters/aws',
    ),
    forbid(
      'infrastructure-knows-no-code',
      '^lib/',
      '^(api|adapters/(?!aws/(variables|ports)\\.ts$)|bin|client|operate|core|services|lambdas|test|bench)/',
      'templates name bundles by path; they never run them, and share two tables with them',
    ),
    forbid(
      'client-is-a-strangers',
      '^client/',
      '^(adapters|api|bench|bin|core|lambdas|lib|operate|services|test)/',
      'it knows the platform by its public API, as any client of it',
    ),
    forbid(
      'shared-tables-import-nothing',
      '^adapters/aws/(variables|ports)\\.ts$',
      '.',
      'code and infrastructure both read them',
    ),
    forbid(
      'product-does-not-need-tests',
      '^(api|adapters|bin|client|operate|core|services|lib|lambdas)/',
      '^(test|bench)/',
      'tests import the product',
    ),
    forbid(
      'operators-tools-below-bin',
      '^operate/',
      '^(bin/(local|services)|api|lambdas|test|bench|adapters/local)/',
      'doctor, teardown and verify see a platform from outside',
    ),
    forbid(
      'records-below-rules',
      '^core/(records|ports)/',
      '^core/(?!(records|ports)/|time\\.ts)',
      'what is stored, and what is asked of the world, know no use case',
    ),
    forbid(
      'plan-before-execute',
      '^core/dyno-manager/(observe|plan)/',
      '^core/dyno-manager/execute/',
      'observe, plan, execute: in the order of a pass',
    ),
    {
      name: 'no-circle-in-the-product',
      severity: 'error',
      comment: 'a circle hides which part is the deeper one, also one of types alone',
      from: { path: '^(api|adapters|bench|bin|client|core|lambdas|lib|operate|services)/' },
      to: { circular: true },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'a circle hides which part is the deeper one',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|examples|fixtures)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'] },
  },
};
