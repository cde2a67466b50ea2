import type { MutantResult } from '@stryker-mutator/api/core';
import { AREAS, areaOf } from './areas.ts';
import { EQUIVALENT } from './equivalent.ts';
import { projectFiles } from './files.ts';
import { missingRule } from './missing-rule.ts';
import { isDrawn, NOT_DRAWN, type Sample } from './sample.ts';
import { judge, partOf, total } from './score.ts';
import { selectTests } from './select-tests.ts';

const FILE = 'core/domain/hostname.ts';
/** Everything is included. */
const ALL: Sample = { part: 1, seed: '1' };
const position = { start: { line: 1, column: 1 }, end: { line: 1, column: 7 } };

const result = (status: MutantResult['status'], more: Partial<MutantResult> = {}): MutantResult => ({
  id: '1',
  fileName: FILE,
  location: position,
  mutatorName: 'StringLiteral',
  replacement: '""',
  status,
  ...more,
});

test.each([
  ['Killed', 1, 1],
  ['Timeout', 1, 1],
  ['Survived', 0, 1],
  ['NoCoverage', 0, 1],
  ['CompileError', 0, 0],
  ['Ignored', 0, 0],
] as const)('of a mutant that ended as %s, %i is caught of %i', (status, caught, mutants) => {
  expect(total(judge([result(status)], ALL).byFile.values())).toEqual({ caught, mutants });
});

test('a mutant that the sample left out is not counted, and one of which nothing can be said is told', () => {
  const judged = judge(
    [
      result('RuntimeError', { statusReason: NOT_DRAWN }),
      result('RuntimeError', { statusReason: 'x.test.ts fails without it' }),
    ],
    ALL,
  );
  expect([...judged.byFile]).toEqual([]);
  expect(judged.broken).toEqual([`${FILE}:1 x.test.ts fails without it`]);
});

test('of mutants that no test comes to, no more count than the sample draws', () => {
  const uncovered = Array.from({ length: 1_000 }, (_, index) => result('NoCoverage', { replacement: `${index}` }));
  const { mutants } = total(judge(uncovered, { part: 0.1, seed: '1' }).byFile.values());
  expect(mutants).toBeGreaterThan(50);
  expect(mutants).toBeLessThan(200);
});

test('a survivor is told with its own text, by the lines and columns of an editor', () => {
  const [survivor] = judge([result('Survived')], ALL).survivors;
  expect(survivor).toMatchObject({ file: FILE, line: 1, original: 'import', uncovered: false });
});

test.each([
  [false, 'no test asserts a case in which `a > 1` is false and it matters'],
  [true, 'no test comes to a case in which `a > 1` is false and it matters'],
])('the missing rule, where uncovered is %s', (uncovered, rule) => {
  const survivor = { file: FILE, line: 1, mutator: 'ConditionalExpression', original: 'a > 1', replacement: 'true' };
  expect(missingRule({ ...survivor, uncovered, notRun: 0 })).toBe(rule);
});

test('of a survivor it is told how many tests were too slow to be run for it', () => {
  const more = { coveredBy: ['a', 'b', 'c'], testsCompleted: 1, mutatorName: 'X' };
  const { survivors } = judge([result('Survived', more), result('Survived', { ...more, testsCompleted: 3 })], ALL);
  expect(survivors.map((each) => missingRule(each))).toEqual([
    'no test asserts `import` (2 slower tests not run)',
    'no test asserts `import`',
  ]);
});

test('of the tests that come to a mutant the quickest are run that fit into its time, at least one', () => {
  const MS: Readonly<Record<string, number>> = { 'a > x': 5, 'a > y > z': 1, 'b > x': 2, 'c > x': 90 };
  const selected = (withinMs: number) =>
    selectTests(Object.keys(MS), (id) => MS[id] ?? 0, withinMs).map(({ file, keys }) => `${file}: ${[...keys]}`);
  expect(selected(1_000)).toEqual(['b: x', 'a: y > z,x', 'c: x']);
  expect(selected(98)).toEqual(['b: x', 'a: y > z,x', 'c: x']);
  expect(selected(97)).toEqual(['b: x', 'a: y > z,x']);
  expect(selected(7)).toEqual(['a: y > z', 'b: x']);
  expect(selected(0)).toEqual(['a: y > z']);
  expect(selectTests([], () => 0, 9)).toEqual([]);
});

test('a sample draws about its part, the same mutants for a seed and others for another', () => {
  const mutants = Array.from({ length: 2_000 }, (_, line) =>
    result('Killed', { location: { start: { line, column: 1 }, end: { line, column: 2 } } }),
  );
  const drawn = (part: number, seed: string) => mutants.filter((mutant) => isDrawn(mutant, { part, seed }));
  expect(drawn(0.1, '1').length).toBeGreaterThan(150);
  expect(drawn(0.1, '1').length).toBeLessThan(250);
  expect(drawn(0.1, '1')).toEqual(drawn(0.1, '1'));
  expect(drawn(0.1, '1')).not.toEqual(drawn(0.1, '2'));
  expect(drawn(1, '1')).toHaveLength(2_000);
});

test('a file without mutants is not below its goal', () => {
  expect(partOf({ caught: 0, mutants: 0 })).toBe(1);
});

test('every file of the product that has a goal is in one area, and each area has files and tests', () => {
  const files = projectFiles();
  for (const { name, tests } of AREAS) {
    expect([name, files.some((file) => areaOf(file)?.name === name)]).toEqual([name, true]);
    for (const folder of tests) expect([folder, files.some((file) => file.startsWith(folder))]).toEqual([folder, true]);
  }
  const folders = ['core/', 'api/', 'client/', 'services/', 'adapters/'];
  const without = files.filter(
    (file) => folders.some((folder) => file.startsWith(folder)) && areaOf(file) === undefined,
  );
  expect(without).toEqual([]);
});

test('what is said to be equivalent is still there', () => {
  const files = new Set(projectFiles());
  expect(EQUIVALENT.filter(({ file }) => !files.has(file))).toEqual([]);
});
