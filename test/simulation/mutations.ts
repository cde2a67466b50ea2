import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { Copy, edited } from './copy.ts';
import type { Edit, Mutant } from './mutants/mutant.ts';
import { MUTANTS } from './mutants.ts';
import { THROWN } from './rules/rules.ts';

/** Steps within which each planted bug is caught, with any seed; a survivor and the tree without bugs need all of them. */
const STEPS = 200_000;
const STEPS_PER_WORLD = 3_000;
/** For a slow machine; a planted bug may also keep a simulation from ending. */
const LIMIT_MS = 600_000;

const USAGE = `npm run simulate:mutations -- [NAME] [options]: that the simulation finds planted bugs; NAME: only those with it in their names

  --workers N   processes (default: 2)
  --seed N      of the first world (default: 1)
  --part I/N    only that part of them, for several machines (default: 1/1)
`;

const { values, positionals } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' },
    /** Seed of the first world. */
    seed: { type: 'string', default: '1' },
    /** `2/3`: the second third of them, for several machines. */
    part: { type: 'string', default: '1/1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
  /** Parts of names: only these. */
  allowPositionals: true,
});

if (values.help) {
  process.stdout.write(USAGE);
  process.exit();
}

interface Verdict {
  readonly name: string;
  /** Undefined: no rule was broken. */
  readonly caughtBy: string | undefined;
  readonly steps: number;
}

const root = path.resolve(import.meta.dirname, '../..');
const say = (text: string) => process.stdout.write(`${text}\n`);

const [only] = positionals;
const [part = 1, parts = 1] = values.part.split('/').map(Number);
const mutants = MUTANTS.filter(({ name }) => only === undefined || name.includes(only)).filter(
  (_mutant, index) => index % parts === part - 1,
);
const wrong: string[] = [];
const startedMs = performance.now();
// A real bug would seem to catch every planted one.
const simulates = mutants.some(({ test }) => test === undefined);
const judging = mutants.map((mutant) => (copy: Copy) => judge(mutant, copy));
const left = [...(part === 1 && simulates ? [control] : []), ...judging][Symbol.iterator]();
await Promise.all(Array.from({ length: Number(values.workers) }, work));

const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
say(`\n${mutants.length} planted bugs, ${wrong.length === 0 ? 'each caught' : 'NOT AS EXPECTED:'} in ${seconds} s`);
for (const what of wrong) say(`  ${what}`);
if (wrong.length > 0 || mutants.length === 0) process.exitCode = 1;

async function work(): Promise<void> {
  const copy = new Copy(root);
  try {
    for (const job of left) {
      const { name, steps, caughtBy } = await job(copy);
      say(`${String(steps).padStart(8)} steps  ${name}\n                → ${caughtBy ?? 'no rule was broken'}`);
    }
  } finally {
    copy.remove();
  }
}

async function control(): Promise<Verdict> {
  const name = 'no planted bug';
  try {
    const verdict = await withBug([], { name, edits: [] });
    if (verdict.caughtBy !== undefined) wrong.push(`${name}: ${verdict.caughtBy}`);
    return verdict;
  } catch (error) {
    wrong.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return { name, steps: 0, caughtBy: undefined };
  }
}

async function judge(mutant: Mutant, copy: Copy): Promise<Verdict> {
  const { name, found, test } = mutant;
  try {
    const verdict =
      test === undefined
        ? await withBug(found === true ? ['--found', name] : [], mutant)
        : await tested(test, mutant, copy);
    if (verdict.caughtBy === undefined) wrong.push(`${name}: survived`);
    // More likely a planted bug that does not compile than one that was caught.
    else if (verdict.caughtBy.startsWith(THROWN)) wrong.push(`${name}: ${verdict.caughtBy}`);
    return verdict;
  } catch (error) {
    wrong.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return { name, steps: 0, caughtBy: 'could not be judged' };
  }
}

/** Simulates the tree with this bug in it, bundled into one file: that starts ten times as fast as a copy. */
async function withBug(options: readonly string[], { name, edits }: Mutant): Promise<Verdict> {
  const directory = mkdtempSync(path.join(tmpdir(), 'mutant-'));
  try {
    const bundle = path.join(directory, 'run.mjs');
    await build({
      entryPoints: [path.join(root, 'test/simulation/run.ts')],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'silent',
      plugins: [planting(edits)],
    });
    const { totals, found } = await simulated(bundle, options);
    const caughtBy = found && `${found.violation.rule}: ${found.violation.detail.slice(0, 160)}`;
    return { name, steps: totals.steps, caughtBy };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Replaces the bug's files while bundling; a bug in a file that nothing imports is an error. */
function planting(edits: readonly Edit[]): Plugin {
  const texts = edited(root, edits);
  return {
    name: 'planting',
    setup(building) {
      building.onLoad({ filter: /\.ts$/ }, ({ path: at }) => {
        const contents = texts.get(at);
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
    },
  };
}

/** Runs the unit tests that must catch it; without it they must pass. */
function tested(file: string, { name, edits }: Mutant, copy: Copy): Promise<Verdict> {
  return copy.planted(edits, async (directory) => {
    const jest = path.join(root, 'node_modules/jest/bin/jest.js');
    const child = spawn(process.execPath, [jest, '--selectProjects', 'unit', '--runTestsByPath', file, '--json'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    const results = JSON.parse(await outputOf(child)) as JestResults;
    const failed = results.testResults.flatMap(({ assertionResults }) => assertionResults);
    if (failed.length === 0) throw new Error(`${file} did not run`);
    const caughtBy = failed.find(({ status }) => status === 'failed')?.fullName;
    return { name, steps: 0, caughtBy: caughtBy && `${file}: ${caughtBy}` };
  });
}

interface JestResults {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

interface Outcome {
  readonly totals: { readonly steps: number };
  readonly found?: { readonly violation: { readonly rule: string; readonly detail: string } };
}

async function simulated(bundle: string, options: readonly string[]): Promise<Outcome> {
  const child = spawn(
    process.execPath,
    [
      ...[bundle, '--json', ...options, '--seed', values.seed],
      ...['--steps', String(STEPS), '--steps-per-world', String(STEPS_PER_WORLD)],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT_MS, killSignal: 'SIGKILL' },
  );
  const output = await outputOf(child);
  if (child.exitCode !== 0) throw new Error(`the simulation ended with ${child.exitCode}`);
  return JSON.parse(output) as Outcome;
}

async function outputOf(child: ChildProcessByStdio<null, Readable, Readable | null>): Promise<string> {
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [, signal] = await once(child, 'close');
  if (signal !== null) throw new Error(`it did not end within ${LIMIT_MS / 1_000} s`);
  return output;
}
