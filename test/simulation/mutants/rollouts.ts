import { type Mutant, manager, slip, slipForTest } from './mutant.ts';

export const ROLLOUTS: readonly Mutant[] = [
  {
    name: 'preboot stops the old dynos at once',
    edits: [
      manager(
        'plan/formation-decisions.ts',
        "return rollout.switchedAtMs === undefined ? { kind: 'outgoing' } : replaced(cause);",
        'return replaced(cause);',
      ),
    ],
  },
  slipForTest(
    'preboot',
    'a preboot that has switched is taken for one that has not',
    'plan/rollout.ts',
    'const switched = before.switchedAtMs !== undefined;',
    'const switched = before.switchedAtMs === 0;',
  ),
  slip(
    'preboot switches as soon as all are up',
    'plan/rollout.ts',
    'all && nowMs >= next.startedAtMs + PREBOOT_WINDOW_MS',
    'all',
  ),
  slip(
    'preboot switches when some are up',
    'plan/rollout.ts',
    '.every((number) => upNumbers',
    '.some((number) => upNumbers',
  ),
  slip(
    'preboot switches a minute early',
    'plan/timers.ts',
    'BOOT_TIMEOUT_MS + 2 * MINUTE_MS',
    'BOOT_TIMEOUT_MS + MINUTE_MS',
  ),
  slip('preboot is for workers as well', 'plan/rollout.ts', "prebooted && entry.type === 'web' &&", 'prebooted &&'),
  slip(
    'a rollout of nothing goes on',
    'plan/rollout.ts',
    'if (entry.quantity === 0) return undefined;',
    'if (entry.quantity < 0) return undefined;',
  ),
  slip(
    'an abandoned rollout is tried again',
    'plan/rollout.ts',
    'if (last.abandonedAtMs !== undefined) return last;',
    'if (last.abandonedAtMs === 0) return last;',
  ),
  slip(
    'a rollout is not overtaken',
    'plan/rollout.ts',
    'before !== undefined && sameGeneration(before.target, target) ?',
    'before !== undefined ?',
  ),
  slipForTest(
    'during-a-deploy',
    'a new size makes no generation',
    'plan/generation.ts',
    'dyno.releaseVersion === releaseVersion && dyno.size === size &&',
    'dyno.releaseVersion === releaseVersion &&',
  ),
  slip(
    'a dyno that was restarted by itself is of no generation',
    'plan/generation.ts',
    'dyno.restartEpoch >= epoch',
    'dyno.restartEpoch === epoch',
  ),
  slipForTest(
    'preboot',
    'that a rollout is abandoned is not said',
    'plan/type-plans.ts',
    'if (abandoned && before?.abandonedAtMs === undefined)',
    'if (abandoned && before === undefined)',
  ),
  slip(
    'the later of two times moves a rollout on',
    'plan/rollout.ts',
    '.sort((left, right) => left - right)[0]',
    '.sort((left, right) => right - left)[0]',
  ),
  slipForTest(
    'rolling',
    'a quarter is rounded down',
    'plan/rollout.ts',
    'Math.ceil(quantity / 4)',
    'Math.max(1, Math.floor(quantity / 4))',
  ),
  slip(
    'dynos on their way out count for nothing in a rolling deploy',
    'plan/formation-decisions.ts',
    'underWay(active, plan.desired) - leaving',
    'underWay(active, plan.desired)',
  ),
  slip(
    'places that change over count once they are up',
    'plan/formation-decisions.ts',
    'fresh.filter(({ condition }) => condition !==',
    'fresh.filter(({ condition }) => condition ===',
  ),
  slipForTest(
    'preboot',
    'an abandoned release starts where it was',
    'plan/type-plans.ts',
    'const desired = abandoned ? rollout.from : target;',
    'const desired = target;',
  ),
  slipForTest(
    'preboot',
    'a scale-down during preboot takes what serves',
    'plan/formation-decisions.ts',
    "return serves && !abandoned && quantity > 0 ? { kind: 'outgoing' }",
    "return serves && abandoned && quantity > 0 ? { kind: 'outgoing' }",
  ),
];
