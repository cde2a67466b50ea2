import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import type { Score } from './score.ts';

/** The last measurement of a whole file, and of which text. Without mutants: the text is recorded, but not measured yet. */
export interface Recorded extends Score {
  readonly hash: string;
  /** Of its mutants, if only a sample was run. */
  readonly part?: number;
}

const FILE = 'test/mutants/scores.json';

/**
 * Hash of the code that runs. Comments, types, white space and the paths of imports are no rules: where only they differ, the
 * file has not changed.
 */
export function hashOfText(text: string): string {
  const { code } = transformSync(text, {
    loader: 'ts',
    format: 'esm',
    minifyWhitespace: true,
  });
  return createHash('sha256').update(code.replaceAll(IMPORT, '')).digest('hex').slice(0, 16);
}

export const hashOf = (file: string): string => hashOfText(readFileSync(file, 'utf8'));

/** As esbuild writes an import without white space: its string contains no quotation mark. */
const IMPORT = /(?<=^|;)import(?:[\w$*{},\s]*from)?"[^"]*";/g;

export function readScores(): ReadonlyMap<string, Recorded> {
  return new Map(Object.entries(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Recorded>));
}

/** One line per file, so that changes of two files by two people merge. */
export function writeScores(scores: ReadonlyMap<string, Recorded>): void {
  const lines = [...scores]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([file, { hash, caught, mutants, part }]) =>
        `  ${JSON.stringify(file)}: ${JSON.stringify({ hash, caught, mutants, part })}`,
    );
  writeFileSync(FILE, `{\n${lines.join(',\n')}\n}\n`);
}
