import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';
import { isEquivalent } from './equivalent.ts';
import { isDrawn, NOT_DRAWN, type Sample } from './sample.ts';

/** Of a file or an area. Neither number includes mutants that are equivalent or not in the sample. */
export interface Score {
  readonly caught: number;
  readonly mutants: number;
}

export interface Survivor {
  readonly file: string;
  readonly line: number;
  readonly mutator: string;
  readonly original: string;
  readonly replacement: string;
  /** No test covers it. */
  readonly uncovered: boolean;
  /** Tests that cover it but were too slow to run. */
  readonly notRun: number;
}

export interface Judged {
  readonly byFile: ReadonlyMap<string, Score>;
  readonly survivors: readonly Survivor[];
  /** Mutants without a result, with the reason. */
  readonly broken: readonly string[];
}

export const partOf = ({ caught, mutants }: Score): number => (mutants === 0 ? 1 : caught / mutants);

export const total = (scores: Iterable<Score>): Score => {
  let [caught, mutants] = [0, 0];
  for (const score of scores) [caught, mutants] = [caught + score.caught, mutants + score.mutants];
  return { caught, mutants };
};

/** Compile errors, ignored mutants and those outside the sample do not count. */
export function judge(results: readonly MutantResult[], sample: Sample): Judged {
  const byFile = new Map<string, Score>();
  const survivors: Survivor[] = [];
  const broken: string[] = [];
  const texts = new Map<string, readonly string[]>();
  for (const result of results) {
    const { status, location, mutatorName: mutator, replacement, statusReason } = result;
    const file = relative('', result.fileName);
    const uncovered = status === 'NoCoverage';
    // No runner gets a mutant without coverage, so the sample is applied here.
    if (statusReason?.includes(NOT_DRAWN) || (uncovered && !isDrawn(result, sample))) continue;
    const lines = texts.get(file) ?? readFileSync(file, 'utf8').split('\n');
    texts.set(file, lines);
    if (isEquivalent({ ...result, fileName: file }, lines[location.start.line - 1] ?? '')) continue;
    const caught = status === 'Killed' || status === 'Timeout';
    if (status === 'RuntimeError') broken.push(`${file}:${location.start.line} ${statusReason}`);
    if (!caught && !uncovered && status !== 'Survived') continue;
    byFile.set(file, total([byFile.get(file) ?? { caught: 0, mutants: 0 }, { caught: caught ? 1 : 0, mutants: 1 }]));
    const original = textBetween(lines, location);
    const notRun = status === 'Survived' ? (result.coveredBy?.length ?? 0) - (result.testsCompleted ?? 0) : 0;
    if (!caught) survivors.push({ file, line: location.start.line, mutator, original, replacement, uncovered, notRun });
  }
  return { byFile, survivors, broken };
}

/** As one line. StrykerJS counts lines and columns from 1. */
function textBetween(lines: readonly string[], { start, end }: MutantResult['location']): string {
  const between = lines.slice(start.line - 1, end.line);
  const last = between.length - 1;
  if (between[last] !== undefined) between[last] = between[last].slice(0, end.column - 1);
  if (between[0] !== undefined) between[0] = between[0].slice(start.column - 1);
  return between.map((line) => line.trim()).join(' ');
}
