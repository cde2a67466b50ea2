import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { AREAS, areaOf } from './areas.ts';
import { mutable, projectFiles, testFilesOf } from './files.ts';
import { measure } from './measure.ts';
import { missingRule } from './missing-rule.ts';
import type { Sample } from './sample.ts';
import { type Judged, judge, partOf, type Score, total } from './score.ts';
import { hashOf, type Recorded, readScores, writeScores } from './scores.ts';

const USAGE = `npm run mutants -- PATH...      each mutant of these files or folders; ends with 1 if one of them is below its goal
npm run mutants -- --all        the same for all areas (hours)
npm run mutants -- --changed    files that have changed since they were measured, at most --most mutants of them

  --record        write down what was measured (test/mutants/scores.json)
  --sample PART   run only this part of the mutants, as 0.1
  --seed TEXT     which ones (default: 1)
  --workers N     processes (default: 2)
  --log LEVEL     of StrykerJS (default: error)
`;

/** Fewer mutants do not judge a single file; they count for their area. */
const MUTANTS_OF_A_FILE_MIN = 20;
/** Approximate mutants per line: for choosing the sample before they are counted. */
const MUTANTS_PER_LINE = 0.75;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    changed: { type: 'boolean', default: false },
    most: { type: 'string', default: '600' },
    record: { type: 'boolean', default: false },
    sample: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    log: { type: 'string', default: 'error' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help || (positionals.length === 0 && !values.all && !values.changed)) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 1);
}

const files = projectFiles();
const recorded = new Map(readScores());
const isChanged = (file: string) => recorded.get(file)?.hash !== hashOf(file);
const wanted = mutable(files, positionals).filter((file) => !values.changed || isChanged(file));
const say = (line: string) => process.stdout.write(`${line}\n`);

const expected = wanted.reduce((sum, file) => sum + linesOf(file), 0) * MUTANTS_PER_LINE;
const part = values.changed ? Math.min(1, Number(values.most) / Math.max(1, expected)) : Number(values.sample);
const sample: Sample = { part, seed: values.seed };
if (part < 1) say(`a sample: ${percent(part)} of the mutants of ${wanted.length} files, seed ${values.seed}`);

let isBelow = false;
for (const area of AREAS) {
  const mutated = wanted.filter((file) => areaOf(file) === area);
  if (mutated.length === 0) continue;
  const startMs = performance.now();
  const judged = judge(
    await measure({
      mutated,
      testFiles: testFilesOf(area, mutated, files),
      sample,
      workers: Number(values.workers),
      log: values.log,
    }),
    sample,
  );
  report(judged);
  const all = total(judged.byFile.values());
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  say(`${area.name}: ${describe(all)}, goal ${percent(area.goal)}, ${seconds} s`);
  const small = total([...judged.byFile.values()].filter(({ mutants }) => mutants < MUTANTS_OF_A_FILE_MIN));
  for (const [file, score] of [...judged.byFile, [`the small ones of ${area.name}`, small] as const])
    if (score.mutants >= MUTANTS_OF_A_FILE_MIN && partOf(score) < area.goal) {
      say(`BELOW ITS GOAL ${file}: ${describe(score)}, goal ${percent(area.goal)}`);
      isBelow = true;
    }
  for (const file of mutated) {
    // A sample says less than what is known of the same text.
    if (part < 1 && !isChanged(file)) continue;
    const { caught, mutants } = judged.byFile.get(file) ?? { caught: 0, mutants: 0 };
    const sampled = part < 1 ? { part: Number(part.toFixed(3)) } : {};
    recorded.set(file, { hash: hashOf(file), caught, mutants, ...sampled } satisfies Recorded);
  }
}
// A sample in which something is below its goal has not judged the change.
if (values.record && (part >= 1 || !isBelow)) {
  for (const file of recorded.keys()) if (!files.includes(file)) recorded.delete(file);
  writeScores(recorded);
}
process.exitCode = isBelow ? 1 : 0;

function report({ byFile, survivors, broken }: Judged): void {
  for (const [file, score] of byFile) {
    say(`${file}: ${describe(score)}`);
    for (const survivor of survivors.filter((each) => each.file === file))
      say(`  ${survivor.line} ${survivor.mutator}: ${missingRule(survivor)}`);
  }
  for (const line of broken) say(`nothing can be said of ${line}`);
}

function describe(score: Score): string {
  return `${score.caught} of ${score.mutants} caught (${percent(partOf(score))})`;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function linesOf(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length;
}
