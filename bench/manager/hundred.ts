import { NO_SAMPLES, readSnapshot } from '../../core/dyno-manager/observe/read-snapshot.ts';
import { reconcile } from '../../core/dyno-manager/plan/reconcile.ts';
import { cost } from './cost.ts';
import { Fleet } from './fleet.ts';

const TURNS = 20;

/** One app with the most dynos that an app may have. */
export async function benchHundred(): Promise<void> {
  const fleet = await Fleet.of(100, [100]);
  const read = await readSnapshot(fleet.platform, fleet.tasks, fleet.appIds[0] ?? '', NO_SAMPLES);
  if (read?.snapshot.release === undefined) throw new Error('the app is gone');
  const { snapshot } = read;
  const deploy = { ...snapshot, release: { ...read.snapshot.release, version: 2 } };
  const blind = { ...snapshot, observations: { complete: true, tasks: [] } };
  console.log('\nreconcile of one app with 100 dynos (target ≤ 2 ms)');
  for (const [name, one] of [
    ['nothing to do', snapshot],
    ['a deploy', deploy],
    ['all dynos lost', blind],
  ] as const) {
    const { microseconds } = await cost(7, () => {
      for (let turn = 0; turn < TURNS; turn += 1) reconcile(one);
    });
    console.log(`  ${name.padEnd(32)}${(microseconds / TURNS / 1_000).toFixed(3)} ms`);
  }
}
