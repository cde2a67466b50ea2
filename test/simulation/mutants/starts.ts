import { type Mutant, manager, slip } from './mutant.ts';

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
  slip(
    'a start that was refused for good is a first crash',
    'after-start.ts',
    'Math.max(2, dyno.crashCount + 1)',
    'dyno.crashCount + 1',
  ),
  slip(
    'a retry waits no less than a minute',
    'after-start.ts',
    'Math.min(MINUTE_MS, SECOND_MS',
    'Math.max(MINUTE_MS, SECOND_MS',
  ),
  slip('a failed release phase leaves no word', 'after-start.ts', "dyno.kind === 'release' || dyno.job", 'dyno.job'),
  slip(
    'a throttled repeat counts as refused',
    'start-dynos.ts',
    'result.unanswered === true && !unasked',
    'result.unanswered === false && !unasked',
  ),
  slip(
    'a retry is asked for before its time',
    'progress.ts',
    'dyno.nextStartAtMs !== undefined && dyno.nextStartAtMs > nowMs',
    'dyno.nextStartAtMs !== undefined && dyno.nextStartAtMs > nowMs + 5_000',
  ),
];
