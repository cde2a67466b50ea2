/**
 * Numbers and log lines from Heroku's documentation (or, where it has none, from docs/dyno-manager.md), written a second time:
 * the model must not use the dyno manager's own constants.
 */
const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

/** Dev Center: "Dynos", "Dyno Restarts", "Dyno Shutdown Behavior", "Error Codes", "Preboot", "Rolling Deploys", "Eco Dyno Hours". */
export const HEROKU = {
  graceMs: 30 * SECOND,
  bootMs: 60 * SECOND,
  releasePhaseMs: 3_600 * SECOND,
  dayMs: 24 * HOUR,
  cycleSpreadMs: 216 * MINUTE,
  /** The longest wait before the restart after each crash in a row. */
  crashWaitMinutes: [0, 20, 40, 60, 180, 320],
  survivedMs: 10 * MINUTE,
  prebootMs: 180 * SECOND,
  rollingShare: 0.25,
  ecoIdleMs: 1_800 * SECOND,
  hangUps: 3,
  hangUpEveryMs: 5 * SECOND,
} as const;

/** What this platform promises beyond Heroku, and where Heroku says nothing. */
export const OURS = {
  /** From the routes without a dyno to its SIGTERM. */
  drainMs: 150,
  rolloutPatienceMs: 15 * MINUTE,
  replacementPatienceMs: 15 * MINUTE,
  spotPatienceMs: 90 * SECOND,
  refusalsMax: 2,
  notLaunchedMs: 10 * MINUTE,
  /** An intent without an answer is renewed after this long, and abandoned after this long. */
  intentMs: MINUTE,
  repeatableMs: 55 * MINUTE,
  overdueMs: 15 * MINUTE,
  spaceBreathMs: SECOND,
  /** Passes that are only there in case an event was lost. */
  partialLookMs: 5 * SECOND,
  movingLookMs: 30 * SECOND,
  steadyLookMs: 15 * MINUTE,
  emptyLookMs: 24 * HOUR,
  stopAgainMs: 5 * SECOND,
  attemptsMax: 5,
} as const;

export type Tier = 'eco' | 'basic' | 'standard' | 'performance' | 'private' | 'shield' | 'fir';

export function tierOf(size: string): Tier | undefined {
  if (size.startsWith('dyno-')) return 'fir';
  const [family] = size.toLowerCase().split('-');
  return (['eco', 'basic', 'standard', 'performance', 'private', 'shield'] as const).find((tier) => tier === family);
}

/** Dedicated machines: rolling deploys, no back-off after crashes. */
export function isInSpace(size: string): boolean {
  const tier = tierOf(size);
  return tier === 'private' || tier === 'shield' || tier === 'fir';
}

/** MiB of the sizes that worlds have. */
const QUOTA_MIB: Readonly<Record<string, number>> = {
  Eco: 512,
  Basic: 512,
  'Standard-1X': 512,
  'Standard-2X': 1_024,
  'Performance-M': 2_560,
  'Private-S': 1_024,
  'Shield-M': 2_560,
  'dyno-1c-0.5gb': 512,
};

export type MemoryCase = 'fine' | 'R14' | 'R15';

/** Shared machines swap up to twice the quota, dedicated ones do not swap; spaces log no R14; on Fir the kernel decides. */
export function memoryCase(size: string, usedMiB: number): MemoryCase {
  const quota = QUOTA_MIB[size];
  if (quota === undefined) throw new Error(`the model knows no quota of ${size}`);
  const tier = tierOf(size);
  if (tier === 'fir' || usedMiB <= quota) return 'fine';
  if (tier === 'private' || tier === 'shield' || tier === 'performance') return 'R15';
  return usedMiB >= 2 * quota ? 'R15' : 'R14';
}

export const percentOfQuota = (size: string, usedMiB: number): number => (100 * usedMiB) / (QUOTA_MIB[size] ?? 1);

/** The wait after this crash in a row, from half of the ceiling to all of it. */
export function crashWait(crash: number, size: string): { readonly leastMs: number; readonly mostMs: number } {
  if (crash < 2) return { leastMs: 0, mostMs: 0 };
  if (isInSpace(size)) return { leastMs: OURS.spaceBreathMs, mostMs: OURS.spaceBreathMs };
  const minutes = HEROKU.crashWaitMinutes[crash - 1] ?? 320;
  return { leastMs: (minutes * MINUTE) / 2, mostMs: minutes * MINUTE };
}
