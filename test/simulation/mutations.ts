import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Edit, MUTANTS, type Mutant } from './mutants.ts';
import { THROWN } from './rules/rules.ts';

/** Enough for each planted bug by a wide margin; a survivor costs this much, and so does the tree without any. */
const STEPS = 1_000_000;
const STEPS_PER_WORLD = 3_000;
const SEED = 1;
/** On a slow machine; a planted bug may also keep a simulation from ending. */
const LIMIT_MS = 240_000;

const { values, positionals } = parseArgs({
  options: { workers: { type: 'string', default: '2' } },
  /** Part of a name: only those. */
  allowPositionals: true,
});

interface Verdict {
  readonly name: string;
  /** Undefined: no rule was broken. */
  readonly caughtBy: string | undefined;
  readonly steps: number;
}

const root = path.resolve(import.meta.dirname, '../..');
const say = (text: string) => process.stdout.write(`${text}\n`);

const [only] = positionals;
const mutants = MUTANTS.filter(({ name }) => only === undefined || name.includes(only));
const wrong: string[] = [];
const startedMs = performance.now();
// A bug of today would seem to catch every one that is planted.
const jobs = [control, ...mutants.map((mutant) => () => judge(mutant))];
const left = jobs[Symbol.iterator]();
await Promise.all(Array.from({ length: Number(values.workers) }, work));

const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
say(`\n${mutants.length} planted bugs, ${wrong.length === 0 ? 'each caught' : 'NOT AS EXPECTED:'} in ${seconds} s`);
for (const what of wrong) say(`  ${what}`);
if (wrong.length > 0 || mutants.length === 0) process.exitCode = 1;

async function work(): Promise<void> {
  for (const job of left) {
    const { name, steps, caughtBy } = await job();
    say(`${String(steps).padStart(8)} steps  ${name}\n                → ${caughtBy ?? 'no rule was broken'}`);
  }
}

async function control(): Promise<Verdict> {
  const name = 'no planted bug';
  const verdict = await inCopy([], { name, edits: [] });
  if (verdict.caughtBy !== undefined) wrong.push(`${name}: ${verdict.caughtBy}`);
  return verdict;
}

async function judge(mutant: Mutant): Promise<Verdict> {
  const { name, found } = mutant;
  try {
    const verdict = await inCopy(found === true ? ['--found', name] : [], mutant);
    if (verdict.caughtBy === undefined) wrong.push(`${name}: survived`);
    // More likely a planted bug that does not compile than one that was understood.
    else if (verdict.caughtBy.startsWith(THROWN)) wrong.push(`${name}: ${verdict.caughtBy}`);
    return verdict;
  } catch (error) {
    wrong.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return { name, steps: 0, caughtBy: 'could not be judged' };
  }
}

/** Simulates a copy of the tree with this bug in it. */
async function inCopy(options: readonly string[], { name, edits }: Mutant): Promise<Verdict> {
  const copy = mkdtempSync(path.join(tmpdir(), 'mutant-'));
  try {
    for (const part of ['core', 'test/simulation', 'package.json', 'tsconfig.json']) {
      cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
    for (const edit of edits) plant(copy, edit);
    const { totals, found } = await simulated(copy, options);
    const caughtBy = found && `${found.violation.rule}: ${found.violation.detail.slice(0, 160)}`;
    return { name, steps: totals.steps, caughtBy };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function plant(copy: string, { file, find, replace }: Edit): void {
  const at = path.join(copy, file);
  const text = readFileSync(at, 'utf8');
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Error(`its text occurs ${times} times in ${file}, and must occur once:\n${find}`);
  writeFileSync(
    at,
    text.replace(find, () => replace),
  );
}

interface Outcome {
  readonly totals: { readonly steps: number };
  readonly found?: { readonly violation: { readonly rule: string; readonly detail: string } };
}

async function simulated(copy: string, options: readonly string[]): Promise<Outcome> {
  const run = path.join(copy, 'test/simulation/run.ts');
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', run, '--json', ...options, '--seed', String(SEED)],
      ...['--steps', String(STEPS), '--steps-per-world', String(STEPS_PER_WORLD)],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT_MS, killSignal: 'SIGKILL' },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code, signal] = await once(child, 'close');
  if (signal !== null) throw new Error(`the simulation did not end within ${LIMIT_MS / 1_000} s`);
  if (code !== 0) throw new Error(`the simulation ended with ${code}`);
  return JSON.parse(output) as Outcome;
}
