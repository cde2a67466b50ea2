import { mayRun } from '../bin/no-options.ts';
import type { AppSnapshot } from '../core/dyno-manager/observe/app-snapshot.ts';
import { NO_SAMPLES, readSnapshot } from '../core/dyno-manager/observe/read-snapshot.ts';
import { reconcile } from '../core/dyno-manager/plan/reconcile.ts';
import { cost, retained } from './manager/cost.ts';
import { benchDay } from './manager/day.ts';
import { Fleet } from './manager/fleet.ts';
import { benchHundred } from './manager/hundred.ts';
import { crashes, restartAll } from './manager/work.ts';

/**
 * `npm run bench:manager`: the cost of the dyno manager by number of dynos, and the calls of a day. Times are CPU time of this
 * process. Memory is what is allocated per dyno, most of it garbage at once, and what is kept. Store, tasks and clock are in
 * memory and cost next to nothing: the cost of a real store or runtime is added to this. `--short`: fewer dynos and days; `--costs`:
 * without the calls of a day, which depend neither on the machine nor on its Node.js.
 */
const isShort = process.argv.includes('--short');
const SIZES = isShort ? [1_000, 10_000] : [1_000, 10_000, 100_000];
const DAYS = isShort ? 3 : 10;
const ROUNDS = 7;
/** Allocation is measured on at most this many dynos: no garbage collection may happen meanwhile. */
const SAMPLE_DYNOS = 5_000;

const COLUMNS = [10, 18, 22, 22, 12, 16, 14, 0] as const;
const table = (...cells: readonly string[]) =>
  console.log(cells.map((cell, index) => cell.padEnd(COLUMNS[index] ?? 0)).join(''));

if (
  !mayRun(
    process.argv.slice(2).filter((word) => word !== '--short' && word !== '--costs'),
    'Usage: npm run bench:manager [-- --short] [--costs]. The cost of the dyno manager by number of dynos, and the calls of a day; --short without 100,000 and with fewer days, --costs without the day.\n',
  )
)
  process.exit();
console.log(`Node.js ${process.versions.node}`);
console.log('The dyno manager: per dyno, in brackets the ratio to the row above (1.0 is linear)\n');
table('dynos', 'reconcile', 'a pass', 'allocated by a pass', 'kept', 'a crash', 'restart', '');
table('target', '', '≤ 10 µs', '≤ 2 KiB', '0', '', '', '');
await warmUp();
let above: { readonly reconcileMicroseconds: number; readonly passMicroseconds: number } | undefined;
for (const size of SIZES) above = await benchSize(size);
await benchHundred();
if (!process.argv.includes('--costs')) await benchDay(DAYS);

/** V8 compiles in stages while code runs: without a warm-up the first row would measure that. */
async function warmUp(): Promise<void> {
  const { appIds, driver } = await Fleet.of(10_000);
  for (let round = 0; round < 5; round += 1) for (const appId of appIds) await driver.run(appId);
}

async function benchSize(size: number): Promise<NonNullable<typeof above>> {
  const fleet = await Fleet.of(size);
  const { appIds, driver, tasks, platform } = fleet;
  const looks: AppSnapshot[] = [];
  for (const appId of appIds) {
    const read = await readSnapshot(platform, tasks, appId, NO_SAMPLES);
    if (read !== undefined) looks.push(read.snapshot);
  }
  const planned = await cost(ROUNDS, () => {
    for (const snapshot of looks) reconcile(snapshot);
  });
  const pass = async (apps: readonly string[]) => {
    for (const appId of apps) await driver.run(appId);
  };
  const passed = await cost(ROUNDS, () => pass(appIds));
  const sample = fleet.appsWith(SAMPLE_DYNOS);
  const allocated = await cost(ROUNDS, () => pass(sample.appIds));
  const kept = await retained(() => pass(appIds));
  const reconcileMicroseconds = planned.microseconds / fleet.dynos;
  const passMicroseconds = passed.microseconds / fleet.dynos;
  table(
    size.toLocaleString('en'),
    `${reconcileMicroseconds.toFixed(2)} µs${ratio(reconcileMicroseconds, above?.reconcileMicroseconds)}`,
    `${passMicroseconds.toFixed(2)} µs${ratio(passMicroseconds, above?.passMicroseconds)}`,
    `${(allocated.bytes / sample.dynos / 1_024).toFixed(2)} KiB`,
    `${(Math.max(0, kept) / fleet.dynos).toFixed(0)} B`,
    `${(await crashes(fleet)).toFixed(0)} µs/event`,
    `${Math.round(await restartAll(fleet)).toLocaleString('en')} actions/s`,
  );
  return { reconcileMicroseconds, passMicroseconds };
}

function ratio(value: number, before: number | undefined): string {
  return before === undefined ? '' : ` (${(value / before).toFixed(2)})`;
}
