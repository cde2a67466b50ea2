import { type Mutant, slipForTest } from './mutant.ts';

export const SLEEP: readonly Mutant[] = [
  slipForTest(
    'sleep',
    'the oldest sleep decides whether a request woke the app',
    'plan/sleep.ts',
    'const sinceMs = Math.max(',
    'const sinceMs = Math.min(',
  ),
  slipForTest(
    'eco-hours',
    "the month's new hours wait for the next pass",
    'plan/sleep.ts',
    "if (sleep === 'exhausted') return nextMonthMs(nowMs);",
    "if (sleep === 'exhausted') return Number.POSITIVE_INFINITY;",
  ),
];
