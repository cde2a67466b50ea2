import { type Mutant, manager, slip } from './mutant.ts';

export const CARRYING_OUT: readonly Mutant[] = [
  {
    name: 'the dirty flag is cleared as it is after the look',
    edits: [
      manager(
        'dyno-manager.ts',
        '    const held = await readMark(platform.store, appId);\n    const samples',
        '    const samples',
      ),
      manager(
        'dyno-manager.ts',
        '    if (read === undefined) return removeUnowned(appId);\n',
        '    if (read === undefined) return removeUnowned(appId);\n    const held = await readMark(platform.store, appId);\n',
      ),
    ],
  },
  {
    name: 'plans are not fenced',
    edits: [
      manager('observe/mark.ts', 'expect: held.expect, due }', "expect: 'any', due }"),
      manager('observe/mark.ts', 'key: appKey(appId), expect: appVersion }', "key: appKey(appId), expect: 'any' }"),
    ],
  },
  slip('the fourth failure is one too many', 'quarantine.ts', 'if (over < 0) {', 'if (over < -1) {'),
  slip(
    'a quarantine has no longest time',
    'quarantine.ts',
    'Math.min(LONGEST_MS, FIRST_MS',
    'Math.max(0 * LONGEST_MS, FIRST_MS',
  ),
  slip(
    'a quarantine begins where the last one ended',
    'quarantine.ts',
    'failures: FAILURES_MAX + over, since',
    'failures: FAILURES_MAX, since',
  ),
  slip(
    'an app in quarantine is looked at all the same',
    'quarantine.ts',
    'nowMs < untilMs ? untilMs',
    'nowMs < untilMs - FIRST_MS ? untilMs',
  ),
  slip(
    'a look is asked for later than a queue can wait',
    'execute/carry-out.ts',
    'NUDGE_DELAY_MAX_MS = 15 * MINUTE_MS',
    'NUDGE_DELAY_MAX_MS = 24 * 60 * MINUTE_MS',
  ),
  slip(
    'a plan that lost its race is not made again',
    'execute/carry-out.ts',
    'if (!written.ok) return platform.passRequests.enqueue(app.id);',
    'if (!written.ok) return;',
  ),
  slip(
    'a look that comes nearer is not noted',
    'observe/mark.ts',
    '|| nextLookAtMs < lookAtMs || lookAtMs <= nowMs',
    '|| lookAtMs <= nowMs',
  ),
  slip(
    'an app without dynos is looked at four times an hour',
    'plan/reconcile.ts',
    'dynos.length === 0 ? EMPTY_RECHECK_MS : STEADY',
    'dynos.length < 0 ? EMPTY_RECHECK_MS : STEADY',
  ),
  slip(
    'what cannot be seen is looked at in a quarter of an hour',
    'plan/reconcile.ts',
    'if (!observations.complete) next',
    'if (!observations.complete && nowMs < 0) next',
  ),
  slip(
    'a dyno is looked at a minute after its back-off',
    'plan/formation-step.ts',
    'return step([dyno], { lookAtMs: dueAtMs, waiting',
    'return step([dyno], { lookAtMs: dueAtMs + 60_000, waiting',
  ),
  slip(
    'the plan is written over dynos that have changed',
    'execute/carry-out.ts',
    "{ kind: 'put', key, value: write.dyno, expect: write.expect }",
    "{ kind: 'put', key, value: write.dyno, expect: write.expect === 'absent' ? 'absent' : 'any' }",
  ),
];
