import { type Mutant, manager, slip, slipForTest } from './mutant.ts';

export const STARTS: readonly Mutant[] = [
  {
    name: 'a retry uses the token of the failed attempt',
    edits: [manager('after-start.ts', 'const attempt = dyno.attempt + 1;', 'const attempt = dyno.attempt;')],
  },
  {
    name: 'a dyno is started before its intent is written',
    edits: [
      manager(
        'carry-out.ts',
        '  if (hasEffects || news || newRollouts',
        '  for (const dyno of plan.starts) {\n    const spec = await new DynoSpecs(platform, app).specFor(dyno);\n    if (spec.ok) await runtime.start(spec.value);\n  }\n  if (hasEffects || news || newRollouts',
      ),
    ],
  },
  {
    name: 'a start without an answer is repeated as another attempt',
    edits: [
      manager(
        'progress.ts',
        'const renewed: Dyno = { ...dyno, intentAtMs',
        'const renewed: Dyno = { ...dyno, attempt: dyno.attempt + 1, intentAtMs',
      ),
    ],
  },
  slipForTest(
    'after-start',
    'a start that was refused for good is a first crash',
    'after-start.ts',
    'Math.max(2, dyno.crashCount + 1)',
    'dyno.crashCount + 1',
  ),
  slip('a retry waits for milliseconds', 'after-start.ts', 'SECOND_MS * 2 **', '2 **'),
  slip(
    'a retry waits no less than a minute',
    'after-start.ts',
    'Math.min(MINUTE_MS, SECOND_MS',
    'Math.max(MINUTE_MS, SECOND_MS',
  ),
  slipForTest(
    'after-start',
    'a retry is as old as the attempt before it',
    'after-start.ts',
    'const { firstIntentAtMs: _answered, ...rest } = dyno;',
    'const { ...rest } = dyno;',
  ),
  slipForTest(
    'after-start',
    'what runs once is tried without an end',
    'after-start.ts',
    'dyno.attempt < ATTEMPTS_MAX)',
    'dyno.attempt < 1_000 * ATTEMPTS_MAX)',
  ),
  slip(
    'the task of an accepted start is not noted',
    'after-start.ts',
    '{ ...dyno, taskRef: result.taskRef }',
    '{ ...dyno }',
  ),
  slipForTest(
    'after-start',
    'a failed release phase leaves no word',
    'after-start.ts',
    "dyno.kind === 'release' || dyno.job",
    'dyno.job',
  ),
  slipForTest(
    'races',
    'answers of starts that lost a race ask for no look',
    'start-dynos.ts',
    'if (failed || !written.ok) platform',
    'if (failed) platform',
  ),
  slip(
    'a start that failed asks for no look',
    'start-dynos.ts',
    'if (failed || !written.ok) platform',
    'if (!written.ok) platform',
  ),
  slip(
    'answers are written over whatever is there',
    'start-dynos.ts',
    "versions.get(before.id) ?? 'absent'",
    "'any' as const",
  ),
  slip(
    'refusals are not told',
    'start-dynos.ts',
    '  logSystemLines(platform, app.id, lines);\n',
    '  if (lines.length > 99) logSystemLines(platform, app.id, lines);\n',
  ),
  slip(
    'an intent is always new',
    'progress.ts',
    'nowMs - dyno.intentAtMs < INTENT_FRESH_MS',
    'nowMs - dyno.intentAtMs < 100 * INTENT_FRESH_MS',
  ),
  slipForTest(
    'unanswered',
    'each repeat of a start makes it young again',
    'progress.ts',
    'const firstIntentAtMs = dyno.firstIntentAtMs ?? dyno.intentAtMs;',
    'const firstIntentAtMs = dyno.intentAtMs;',
  ),
  slip(
    'a retry is asked for before its time',
    'progress.ts',
    'dyno.nextStartAtMs !== undefined && dyno.nextStartAtMs > nowMs',
    'dyno.nextStartAtMs !== undefined && dyno.nextStartAtMs > nowMs + 5_000',
  ),
  slip(
    'a retry that is due keeps the intent of the attempt before',
    'progress.ts',
    '{ ...rest, intentAtMs: nowMs, updatedAtMs: nowMs }',
    '{ ...rest, updatedAtMs: nowMs }',
  ),
  slip(
    'a task that is not launched waits for ever',
    'progress.ts',
    'nowMs - (dyno.intentAtMs ?? nowMs) >= PENDING',
    'nowMs - (dyno.upAtMs ?? nowMs) >= PENDING',
  ),
  slipForTest(
    'own-tasks',
    'the older of two pictures of a task counts',
    'own-tasks.ts',
    'left.version > right.version',
    'left.version < right.version',
  ),
];
