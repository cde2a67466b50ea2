/** A part of the product, the tests that cover it, and how many mutants they must catch. */
export interface Area {
  readonly name: string;
  /** Folders of the product, as beginnings of paths. */
  readonly folders: readonly string[];
  /** Folders of tests and test files. A mutant that only another area's tests would catch counts as survived. */
  readonly tests: readonly string[];
  /** The share of mutants to catch, without equivalent ones, from 0 to 1. */
  readonly goal: number;
}

const area = (name: string, goal: number, folders: readonly string[], tests: readonly string[]): Area => ({
  name,
  goal,
  folders,
  tests,
});

/** A file belongs to the first area that has its folder. */
export const AREAS: readonly Area[] = [
  area(
    'dyno-manager',
    0.9,
    ['core/dyno-manager/'],
    ['test/core/dyno-manager/', 'test/core/dyno/', 'test/simulation/', 'test/api/'],
  ),
  area('core', 0.9, ['core/'], ['test/core/', 'test/api/']),
  area('api', 0.85, ['api/'], ['test/api/']),
  area('router', 0.85, ['services/router/'], ['test/services/router/', 'test/contract/']),
  area('git', 0.85, ['services/git/', 'client/'], ['test/services/git/', 'test/client/']),
  area('services', 0.8, ['services/'], ['test/services/', 'test/contract/']),
  area('adapters-aws', 0.8, ['adapters/aws/'], ['test/adapters/', 'test/contract/', 'test/lambdas/']),
  area('adapters-local', 0.8, ['adapters/'], ['test/adapters/', 'test/contract/']),
];

export function areaOf(file: string): Area | undefined {
  return AREAS.find(({ folders }) => folders.some((folder) => file.startsWith(folder)));
}
