/** The layers of ARCHITECTURE.md as rules: bin → lambdas, services, lib, adapters → api → core. */
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
    forbid('api-knows-only-core', '^api/', '^(adapters|services|lambdas|lib|bin|test|bench)/', 'api/ asks ports'),
    forbid(
      'services-below-bin',
      '^services/',
      '^(bin|lambdas|lib|adapters|test|bench)/',
      'services run in both homes: no adapter by name',
    ),
    forbid(
      'adapters-below-bin',
      '^adapters/',
      '^(bin|lambdas|lib|api|test|bench)/',
      'adapters implement core/ports.ts',
    ),
    forbid('local-does-not-need-aws', '^adapters/local/', '^adapters/aws/', 'one file per port, per home'),
    forbid('aws-does-not-need-local', '^adapters/aws/', '^adapters/local/', 'what both need lies beside them'),
    forbid(
      'lambdas-below-bin',
      '^lambdas/',
      '^(bin|lib|test|bench|adapters/local)/',
      'a function is wiring over adapters/aws',
    ),
    forbid(
      'infrastructure-knows-no-code',
      '^lib/',
      '^(api|adapters|bin|core|services|lambdas|test|bench)/',
      'templates name bundles by path; they never run them',
    ),
    forbid(
      'product-does-not-need-tests',
      '^(api|adapters|bin|core|services|lib|lambdas)/',
      '^(test|bench)/',
      'tests import the product',
    ),
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'a cycle hides which part is the deeper one',
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
