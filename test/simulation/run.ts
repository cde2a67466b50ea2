import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { UNDER_FAULT } from './coverage.ts';
import { faultTable } from './fault-table.ts';
import { FOUND } from './found.ts';
import type { Violation } from './rules/rules.ts';
import { printScript, type ScriptEvent } from './script.ts';
import { shrink } from './shrink.ts';
import { replay, simulate } from './simulate.ts';
import { Totals } from './totals.ts';

const USAGE = `npm run simulate -- [options]: the dyno manager in simulated worlds (docs/simulation.md)

  --steps N            in all worlds together (default: 100000)
  --seed N             of the first world; the next ones have the following seeds (default: random)
  --steps-per-world N  (default: 4000)
  --workers N          processes (default: 1)
  --found NAME         only this case of test/simulation/found.ts
  --no-shrink          print a failing script as it is
  --json               print a line of JSON
`;

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100000' },
    /** Seed of the first world; the next worlds have the following seeds. */
    seed: { type: 'string' },
    'steps-per-world': { type: 'string', default: '4000' },
    workers: { type: 'string', default: '1' },
    /** Only the case of `found.ts` with this name. */
    found: { type: 'string' },
    /** Do not shrink failing scripts. */
    'no-shrink': { type: 'boolean', default: false },
    /** Print one line of JSON, for a parent process. */
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

interface Found {
  readonly seed: number;
  readonly violation: Violation;
  readonly script: readonly ScriptEvent[];
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const steps = Number(values.steps);
const stepsPerWorld = Number(values['steps-per-world']);
const workers = Number(values.workers);
const firstSeed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));

if (values.help) process.stdout.write(USAGE);
else if (values.found !== undefined) await again(values.found);
else if (workers > 1) await parallel();
else await alone();

async function again(name: string): Promise<void> {
  const known = FOUND.find((each) => each.name === name);
  if (known === undefined) throw new Error(`found.ts has no "${name}"`);
  const { world, violation, script } = await replay(known.seed, known.script);
  const found = violation && { seed: known.seed, violation, script };
  if (values.json) say(JSON.stringify({ totals: { steps: world.stepCount }, found }));
  else say(found === undefined ? 'no rule was broken' : `BROKEN: ${found.violation.rule}\n  ${found.violation.detail}`);
  if (found !== undefined && !values.json) process.exitCode = 1;
}

async function alone(): Promise<void> {
  const totals = new Totals();
  const startedMs = performance.now();
  let found: Found | undefined;
  for (let seed = firstSeed; totals.steps < steps && found === undefined; seed += 1) {
    const history = await simulate(seed, stepsPerWorld);
    totals.add(history);
    if (history.violation !== undefined) found = { seed, violation: history.violation, script: history.script };
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  if (values.json) say(JSON.stringify({ totals: totals.toJson(), found }));
  else await report(totals, found, seconds);
}

/** Each worker has its own seeds; a find does not end the other workers. */
async function parallel(): Promise<void> {
  const totals = new Totals();
  const startedMs = performance.now();
  const found: Found[] = [];
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      const seed = firstSeed + worker * 10_000_000;
      const child = spawn(
        process.execPath,
        [
          ...process.execArgv,
          import.meta.filename,
          ...['--json', '--seed', String(seed), '--steps', String(Math.ceil(steps / workers))],
          ...['--steps-per-world', String(stepsPerWorld)],
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const ended = once(child, 'exit');
      for await (const line of createInterface({ input: child.stdout })) {
        const outcome = JSON.parse(line) as { totals: ReturnType<Totals['toJson']>; found?: Found };
        totals.merge(outcome.totals);
        if (outcome.found !== undefined) found.push(outcome.found);
      }
      const [code] = await ended;
      if (code !== 0) throw new Error(`a worker ended with ${code}`);
    }),
  );
  await report(totals, found[0], (performance.now() - startedMs) / 1_000);
}

async function report(totals: Totals, found: Found | undefined, seconds: number): Promise<void> {
  const { worlds, passes, virtualHours } = totals;
  const rate = Math.round(totals.steps / seconds);
  say(
    `simulated ${totals.steps} steps in ${worlds} worlds (first seed ${firstSeed}): ${rate} steps/s, ${seconds.toFixed(1)} s`,
  );
  say(`${passes} passes of the dyno manager over ${Math.round(virtualHours / 24)} virtual days`);
  table('steps by kind', totals.kinds);
  table('faults that struck', totals.faults);
  for (const [name, counts] of totals.tables) {
    if (name !== UNDER_FAULT) table(name, counts);
    else say(`\n${name}:\n${faultTable(counts).join('\n')}`);
  }
  if (found === undefined) {
    say('\nno rule was broken');
    return;
  }
  process.exitCode = 1;
  const { seed, violation } = found;
  say(`\nBROKEN: ${violation.rule}\n  ${violation.detail}\n  seed ${seed}, step ${violation.step}`);
  const script = values['no-shrink'] ? found.script : await shrink(seed, found.script, violation.rule);
  const again = await replay(seed, script);
  say(
    `  the shortest script found (${script.length} of ${found.script.length} events): ${again.violation?.detail ?? ''}`,
  );
  say(`{ name: '', seed: ${seed}, script: [\n${printScript(script)}\n] },`);
}

function table(name: string, counts: ReadonlyMap<string, number>): void {
  const never = [...counts].filter(([, count]) => count === 0).map(([key]) => key);
  say(`\n${name}: ${counts.size - never.length}${never.length > 0 ? ` of ${counts.size}` : ''}`);
  for (const [key, count] of [...counts].sort((left, right) => right[1] - left[1])) {
    if (count > 0) say(`  ${String(count).padStart(9)}  ${key}`);
  }
  for (const key of never) say(`      never  ${key}`);
}
