import { type Mutant, manager, slip, slipForTest } from './mutant.ts';

export const STARTS: readonly Mutant[] = [
  {
    name: 'a retry uses the token of the failed attempt',
    edits: [manager('execute/after-start.ts', 'const attempt = dyno.attempt + 1;', 'const attempt = dyno.attempt;')],
  },
  {
    name: 'a dyno is started before its intent is written',
    edits: [
      manager(
        'execute/carry-out.ts',
        '  if (hasEffects || changed || newRollouts',
        '  for (const dyno of plan.starts) {\n    const spec = await new DynoSpecs(platform, app).specFor(dyno);\n    if (spec.ok) await runtime.start(spec.value);\n  }\n  if (hasEffects || changed || newRollouts',
      ),
    ],
  },
  {
    name: 'a start without an answer is repeated as another attempt',
    edits: [
      manager(
        'plan/progress.ts',
        'const renewed: Dyno = { ...dyno, intentAtMs',
        'const renewed: Dyno = { ...dyno, attempt: dyno.attempt + 1, intentAtMs',
      ),
    ],
  },
  slipForTest(
    'after-start',
    'a start that was refused for good is a first crash',
    'execute/after-start.ts',
    'Math.max(2, dyno.crashCount + 1)',
    'dyno.crashCount + 1',
  ),
  slip('a retry waits for milliseconds', 'execute/after-start.ts', 'SECOND_MS * 2 **', '2 **'),
  slip(
    'a retry waits no less than a minute',
    'execute/after-start.ts',
    'Math.min(MINUTE_MS, SECOND_MS',
    'Math.max(MINUTE_MS, SECOND_MS',
  ),
  slipForTest(
    'after-start',
    'a retry is as old as the attempt before it',
    'execute/after-start.ts',
    'const { firstIntentAtMs: _answered, ...rest } = dyno;',
    'const { ...rest } = dyno;',
  ),
  slipForTest(
    'after-start',
    'what runs once is tried without an end',
    'execute/after-start.ts',
    'dyno.attempt < ATTEMPTS_MAX)',
    'dyno.attempt < 1_000 * ATTEMPTS_MAX)',
  ),
  slip(
    'the task of an accepted start is not noted',
    'execute/after-start.ts',
    '{ ...dyno, taskRef: result.taskRef }',
    '{ ...dyno }',
  ),
  slipForTest(
    'after-start',
    'a failed release phase leaves no word',
    'execute/after-start.ts',
    "dyno.kind === 'release' || isOfJob(dyno)",
    'isOfJob(dyno)',
  ),
  slipForTest(
    'races',
    'answers of starts that lost a race ask for no look',
    'execute/start-dynos.ts',
    'if (failed || !written.ok) platform',
    'if (failed) platform',
  ),
  slip(
    'a start that failed asks for no look',
    'execute/start-dynos.ts',
    'if (failed || !written.ok) platform',
    'if (!written.ok) platform',
  ),
  slip(
    'answers are written over whatever is there',
    'execute/start-dynos.ts',
    "versions.get(before.id) ?? 'absent'",
    "'any' as const",
  ),
  slip(
    'refusals are not told',
    'execute/start-dynos.ts',
    'batch.flatMap((one) => one.lines),',
    'batch.length > 99 ? batch.flatMap((one) => one.lines) : [],',
  ),
  slip(
    'an intent is always new',
    'plan/progress.ts',
    'nowMs - dyno.intentAtMs < INTENT_FRESH_MS',
    'nowMs - dyno.intentAtMs < 100 * INTENT_FRESH_MS',
  ),
  slipForTest(
    'unanswered',
    'each repeat of a start makes it young again',
    'plan/progress.ts',
    'const firstIntentAtMs = dyno.firstIntentAtMs ?? dyno.intentAtMs;',
    'const firstIntentAtMs = dyno.intentAtMs;',
  ),
  slip(
    'a retry is asked for before its time',
    'plan/progress.ts',
    'dyno.nextStartAtMs !== undefined && dyno.nextStartAtMs > nowMs',
    'dyno.nextStartAtMs !== undefined && dyno.nextStartAtMs > nowMs + 5_000',
  ),
  slip(
    'a retry that is due keeps the intent of the attempt before',
    'plan/progress.ts',
    '{ ...rest, intentAtMs: nowMs, updatedAtMs: nowMs }',
    '{ ...rest, updatedAtMs: nowMs }',
  ),
  slip(
    'a task that is not launched waits for ever',
    'plan/progress.ts',
    'nowMs - (dyno.intentAtMs ?? nowMs) >= PENDING',
    'nowMs - (dyno.upAtMs ?? nowMs) >= PENDING',
  ),
  slipForTest(
    'own-tasks',
    'the older of two pictures of a task counts',
    'observe/own-tasks.ts',
    'left.version > right.version',
    'left.version < right.version',
  ),
];
