import { printScript } from './script.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';

/** The same worlds each time, so that a green test stays green; `npm run simulate` uses others. */
const seed = Number(process.env.SIMULATION_SEED ?? 1);
/** The first worlds of the three million steps that CI runs. */
const WORLDS = 3;
const STEPS = 3_000;

test(`no rule is broken, and each world settles once faults stop (SIMULATION_SEED=${seed})`, async () => {
  for (let world = 0; world < WORLDS; world += 1) {
    const { violation, script, world: simulated } = await simulate(seed + world, STEPS);
    if (violation === undefined) {
      expect(simulated.stepCount).toBeGreaterThanOrEqual(STEPS);
      continue;
    }
    const shorter = await shrink(seed + world, script, violation.rule);
    throw new Error(`${violation.rule}: ${violation.detail} (seed ${seed + world})\n${printScript(shorter)}`);
  }
}, 120_000);

test('one seed decides everything', async () => {
  const history = async () => {
    const { world, script } = await simulate(seed, 800);
    const records = world.appIds.flatMap((appId) => world.dynos(appId));
    return { script, steps: world.stepCount, passes: world.controlPlane.passes, records };
  };
  expect(await history()).toEqual(await history());
}, 60_000);
