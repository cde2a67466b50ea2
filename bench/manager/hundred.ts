import { NO_SAMPLES, readLook } from '../../core/dyno-manager/observe/read-look.ts';
import { reconcile } from '../../core/dyno-manager/plan/reconcile.ts';
import { cost } from './cost.ts';
import { Fleet } from './fleet.ts';

const TURNS = 20;

/** One app with the most dynos that an app may have. */
export async function benchHundred(): Promise<void> {
  const fleet = await Fleet.of(100, [100]);
  const read = await readLook(fleet.platform, fleet.tasks, fleet.appIds[0] ?? '', NO_SAMPLES);
  if (read?.look.release === undefined) throw new Error('the app is gone');
  const { look } = read;
  const deploy = { ...look, release: { ...read.look.release, version: 2 } };
  const blind = { ...look, observations: { complete: true, tasks: [] } };
  console.log('\nreconcile of one app with 100 dynos (target ≤ 2 ms)');
  for (const [name, one] of [
    ['nothing to do', look],
    ['a deploy', deploy],
    ['all dynos lost', blind],
  ] as const) {
    const { microseconds } = await cost(7, () => {
      for (let turn = 0; turn < TURNS; turn += 1) reconcile(one);
    });
    console.log(`  ${name.padEnd(32)}${(microseconds / TURNS / 1_000).toFixed(3)} ms`);
  }
}
