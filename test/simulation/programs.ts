import type { Dice } from './dice.ts';

/** How a command behaves. Times count from the launch. */
export interface Behavior {
  readonly listensAfterMs?: number;
  readonly exitsAfterMs?: number;
  readonly exitStatus?: number;
  /** Exits this long after SIGTERM; `never` ignores it. */
  readonly exitsAfterTermMs: number | 'never';
}

/** Commands by name; users deploy them as process types. */
export const PROGRAMS = {
  good: (dice) => ({ listensAfterMs: dice.between(50, 20_000), exitsAfterTermMs: dice.between(5, 3_000) }),
  slow: (dice) => ({ listensAfterMs: dice.between(40_000, 59_000), exitsAfterTermMs: dice.between(1_000, 29_000) }),
  deaf: (dice) => ({ listensAfterMs: dice.between(50, 2_000), exitsAfterTermMs: 'never' }),
  'never-binds': () => ({ exitsAfterTermMs: 10 }),
  'crashes-at-once': () => ({ exitsAfterMs: 0, exitStatus: 1, exitsAfterTermMs: 10 }),
  'crashes-early': (dice) => ({
    listensAfterMs: 500,
    exitsAfterMs: dice.between(200, 20_000),
    exitStatus: 1,
    exitsAfterTermMs: 10,
  }),
  'crashes-later': (dice) => ({
    listensAfterMs: 500,
    exitsAfterMs: dice.between(60_000, 1_500_000),
    exitStatus: dice.below(2),
    exitsAfterTermMs: 10,
  }),
  'release-good': (dice) => ({ exitsAfterMs: dice.between(100, 60_000), exitStatus: 0, exitsAfterTermMs: 10 }),
  'release-bad': (dice) => ({ exitsAfterMs: dice.between(100, 60_000), exitStatus: 1, exitsAfterTermMs: 10 }),
  job: (dice) => ({ exitsAfterMs: dice.between(100, 900_000), exitStatus: dice.below(2), exitsAfterTermMs: 10 }),
} satisfies Readonly<Record<string, (dice: Dice) => Behavior>>;

export type ProgramName = keyof typeof PROGRAMS;

export const WEB_PROGRAMS: readonly ProgramName[] = [
  'good',
  'good',
  'good',
  'slow',
  'deaf',
  'never-binds',
  'crashes-at-once',
  'crashes-early',
  'crashes-later',
];
export const RELEASE_PROGRAMS: readonly ProgramName[] = ['release-good', 'release-good', 'release-bad', 'deaf'];
export const ONE_OFF_PROGRAMS: readonly ProgramName[] = ['job', 'job', 'good', 'deaf', 'crashes-at-once'];

export function behaviorOf(command: string, dice: Dice): Behavior {
  return command in PROGRAMS ? PROGRAMS[command as ProgramName](dice) : PROGRAMS.good(dice);
}
