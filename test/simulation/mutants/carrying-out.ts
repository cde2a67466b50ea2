import { driver, type Mutant, manager, slip } from './mutant.ts';

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
  {
    name: 'the fourth failure is one too many',
    edits: [driver('quarantine.ts', 'if (over < 0) {', 'if (over < -1) {')],
  },
  {
    name: 'a quarantine has no longest time',
    edits: [driver('quarantine.ts', 'Math.min(this.#longestMs, FIRST_MS', 'Math.max(0 * this.#longestMs, FIRST_MS')],
  },
  {
    name: 'a quarantine begins where the last one ended',
    edits: [driver('quarantine.ts', 'failures: FAILURES_MAX + over, since', 'failures: FAILURES_MAX, since')],
  },
  {
    name: 'an app in quarantine is looked at all the same',
    edits: [driver('quarantine.ts', 'nowMs < untilMs ? untilMs', 'nowMs < untilMs - FIRST_MS ? untilMs')],
  },
  {
    name: 'a look is asked for later than a queue can wait',
    edits: [driver('driver.ts', 'REQUEST_AHEAD_MAX_MS = 15 * MINUTE_MS', 'REQUEST_AHEAD_MAX_MS = 24 * 60 * MINUTE_MS')],
  },
  {
    name: 'a plan that lost its race is not made again',
    edits: [
      driver(
        'driver.ts',
        "if (result.kind === 'repeat') return requests.enqueue(id);",
        "if (result.kind === 'repeat') return;",
      ),
    ],
  },
  slip(
    'a look that comes nearer is not noted',
    'observe/mark.ts',
    '|| nextPassAtMs < lookAtMs || lookAtMs <= nowMs',
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
    'return dynoPlan([dyno], { lookAtMs: dueAtMs, waiting',
    'return dynoPlan([dyno], { lookAtMs: dueAtMs + 60_000, waiting',
  ),
  slip(
    'the plan is written over dynos that have changed',
    'execute/carry-out.ts',
    "{ kind: 'put', key, value: write.dyno, expect: write.expect }",
    "{ kind: 'put', key, value: write.dyno, expect: write.expect === 'absent' ? 'absent' : 'any' }",
  ),
];
