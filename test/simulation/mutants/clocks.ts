import { driver, type Mutant, slipForTest } from './mutant.ts';

/** What a process keeps in its memory waits for a time that a clock which was set back comes to much later. */
export const CLOCKS: readonly Mutant[] = [
  {
    name: 'a clock that is set back makes hours of a quarantine',
    test: 'test/core/dyno-manager/clock-set-back.test.ts',
    edits: [
      driver(
        'quarantine.ts',
        'return sinceMs <= nowMs && nowMs < untilMs',
        'return sinceMs <= untilMs && nowMs < untilMs',
      ),
    ],
  },
  slipForTest(
    'clock-set-back',
    'a clock that is set back keeps a stop from being repeated',
    'execute/sent-stops.ts',
    'return nowMs < before.sentAtMs;',
    'return nowMs < 0 * before.sentAtMs;',
  ),
  slipForTest(
    'clock-set-back',
    'a clock that is set back hides requests',
    'observe/traffic.ts',
    'before <= nowMs && nowMs - before',
    'nowMs - before',
  ),
  slipForTest(
    'clock-set-back',
    'a clock that is set back hides memory above the threshold',
    'observe/memory-watch.ts',
    'sinceMs === undefined || sinceMs > nowMs',
    'sinceMs === undefined',
  ),
];
