import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Edit, MUTANTS, type Mutant } from './mutants.ts';

/** Enough for each planted bug by a wide margin; a survivor costs this much. */
const STEPS = 400_000;
const STEPS_PER_WORLD = 3_000;
const SEED = 1;
const WORKERS = 2;

interface Verdict {
  readonly mutant: Mutant;
  readonly caughtBy?: string;
  readonly steps: number;
}

const root = path.resolve(import.meta.dirname, '../..');
const say = (text: string) => process.stdout.write(`${text}\n`);

const only = process.argv[2];
const mutants = MUTANTS.filter(({ name }) => only === undefined || name.includes(only));
const verdicts: Verdict[] = [];
const queue = [...mutants];
const startedMs = performance.now();
await Promise.all(Array.from({ length: WORKERS }, work));

const survivors = verdicts.filter(({ caughtBy }) => caughtBy === undefined);
const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
say(`\n${verdicts.length - survivors.length} of ${verdicts.length} planted bugs caught in ${seconds} s`);
if (survivors.length > 0) process.exitCode = 1;

async function work(): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const verdict = await judge(mutant);
    verdicts.push(verdict);
    const caught = verdict.caughtBy ?? 'SURVIVED';
    say(`${String(verdict.steps).padStart(8)} steps  ${mutant.name}\n                → ${caught}`);
  }
}

/** Simulates a copy of the tree with this bug in it. */
async function judge(mutant: Mutant): Promise<Verdict> {
  const copy = mkdtempSync(path.join(tmpdir(), 'mutant-'));
  try {
    for (const part of ['core', 'test/simulation', 'package.json', 'tsconfig.json']) {
      cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
    for (const edit of mutant.edits) plant(copy, mutant, edit);
    const { totals, found } = await simulated(copy);
    if (found === undefined) return { mutant, steps: totals.steps };
    return {
      mutant,
      steps: totals.steps,
      caughtBy: `${found.violation.rule}: ${found.violation.detail.slice(0, 160)}`,
    };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function plant(copy: string, { name }: Mutant, { file, find, replace }: Edit): void {
  const at = path.join(copy, file);
  const text = readFileSync(at, 'utf8');
  const times = text.split(find).length - 1;
  if (times !== 1)
    throw new Error(`"${name}": its text occurs ${times} times in ${file}; it must occur once:\n${find}`);
  writeFileSync(
    at,
    text.replace(find, () => replace),
  );
}

interface Outcome {
  readonly totals: { readonly steps: number };
  readonly found?: { readonly violation: { readonly rule: string; readonly detail: string } };
}

async function simulated(copy: string): Promise<Outcome> {
  const run = path.join(copy, 'test/simulation/run.ts');
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', run, '--json', '--seed', String(SEED)],
      ...['--steps', String(STEPS), '--steps-per-world', String(STEPS_PER_WORLD)],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the simulation ended with ${code}`);
  return JSON.parse(output) as Outcome;
}
