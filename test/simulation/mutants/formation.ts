import { type Mutant, manager, slip, slipForTest } from './mutant.ts';

export const FORMATION: readonly Mutant[] = [
  {
    name: 'restarts are ignored',
    edits: [
      manager(
        'plan/formation-decisions.ts',
        "epochOf(app, dyno.name)) ? 'restart' : undefined",
        "epochOf(app, dyno.name)) - 1_000 ? 'restart' : undefined",
      ),
    ],
  },
  {
    name: 'a scale-down takes the lowest numbers',
    edits: [
      manager(
        'plan/formation-decisions.ts',
        'if (dyno.number > quantity) decisions',
        'if (dyno.number <= active.length - quantity) decisions',
      ),
    ],
  },
  {
    name: 'what cannot be read is taken for gone',
    edits: [manager('observe/classify.ts', "  if (!complete) return 'unknown';\n", '')],
  },
  {
    name: 'dynos are stopped on partial knowledge',
    test: 'test/core/dyno-manager/reconcile.test.ts',
    edits: [
      manager('plan/formation-step.ts', '  if (!planning.observations.complete) {', '  if (planning.nowMs < 0) {'),
    ],
  },
  slip(
    'a scale-down takes one too many',
    'plan/formation-decisions.ts',
    'if (dyno.number > quantity) decisions',
    'if (dyno.number >= quantity) decisions',
  ),
  slip(
    'a restart needs all of its scopes',
    'plan/formation-decisions.ts',
    'Math.max(desired.epoch, epochOf(app, dyno.name))',
    'Math.min(desired.epoch, epochOf(app, dyno.name))',
  ),
  slip(
    'a new size waits for the next release',
    'plan/formation-decisions.ts',
    "  if (dyno.size !== desired.size) return 'resize';\n",
    '',
  ),
  slip(
    'one beyond the quantity is made',
    'plan/missing.ts',
    'number <= quantity; number',
    'number <= Math.min(quantity + 1, 2); number',
  ),
  slipForTest(
    'host-fault',
    'a machine that retires is not left',
    'plan/formation-decisions.ts',
    "hostFault !== 'lost' && task?.state",
    "hostFault !== 'lost' && hostFault !== 'retiring' && task?.state",
  ),
  slip(
    'workers run beside their replacements',
    'plan/formation-decisions.ts',
    "return type === 'web' && (tier === 'standard'",
    "return (tier === 'standard'",
  ),
  slip(
    'Standard web dynos go before their replacement is there',
    'plan/formation-decisions.ts',
    "(tier === 'standard' || tier === 'performance')",
    "tier === 'performance'",
  ),
  slipForTest(
    'cycling',
    'a replacement is not waited for',
    'plan/formation-decisions.ts',
    'return nowMs >= untilMs ? replaced',
    'return nowMs >= untilMs - REPLACEMENT_PATIENCE_MS + 10_000 ? replaced',
  ),
  slipForTest(
    'cycling',
    'a replacement is waited for without an end',
    'plan/formation-decisions.ts',
    'return nowMs >= untilMs ? replaced',
    'return nowMs >= 100 * untilMs ? replaced',
  ),
  slip(
    'the old dyno goes after one refusal too few',
    'plan/formation-decisions.ts',
    'keeper.dyno.attempt > REFUSALS_MAX',
    'keeper.dyno.attempt >= REFUSALS_MAX',
  ),
  slip(
    'an old dyno goes though its replacement is not up',
    'plan/formation-decisions.ts',
    "if (keeper.condition === 'up') return replaced(cause);",
    'if (keeper.task !== undefined) return replaced(cause);',
  ),
  slip(
    'a restarted dyno is of the epoch that it was',
    'plan/new-dyno.ts',
    'restartEpoch: app.restarts.last,',
    'restartEpoch: Math.max(0, app.restarts.last - 1),',
  ),
  slip(
    'a new dyno has no day of its own',
    'plan/new-dyno.ts',
    '    cycleAtMs: cycleAtMs(nowMs, random),\n    restartEpoch',
    '    restartEpoch',
  ),
  slipForTest(
    'during-a-deploy',
    'the size of a type is that of its last dyno',
    'plan/generation.ts',
    'size: entry.size,',
    "size: entry.type === 'web' ? entry.size : (app.formation[0]?.size ?? entry.size),",
  ),
];
