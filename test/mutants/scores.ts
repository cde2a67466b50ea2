import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Score } from './score.ts';

/** What was last measured of a whole file, and of which text. No mutants: the text is where measuring begins, not measured yet. */
export interface Recorded extends Score {
  readonly hash: string;
}

const FILE = 'test/mutants/scores.json';

/** Where a file finds others is none of its rules: one that is moved, or whose neighbours are, has not changed. */
const IMPORTS = /^import\s[^;]*;\n+/gm;

export const hashOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file, 'utf8').replace(IMPORTS, '')).digest('hex').slice(0, 16);

export function readScores(): ReadonlyMap<string, Recorded> {
  return new Map(Object.entries(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Recorded>));
}

/** One line for each file, so that a change of two files by two people can be merged. */
export function writeScores(scores: ReadonlyMap<string, Recorded>): void {
  const lines = [...scores]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([file, { hash, caught, mutants }]) => `  ${JSON.stringify(file)}: ${JSON.stringify({ hash, caught, mutants })}`,
    );
  writeFileSync(FILE, `{\n${lines.join(',\n')}\n}\n`);
}
