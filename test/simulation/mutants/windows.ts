import type { Mutant } from './mutant.ts';

const cycling = (find: string, replace: string) => ({ file: 'core/dyno-manager/plan/cycling.ts', find, replace });

/** Cycles in their window, in any zone. */
export const WINDOWS: readonly Mutant[] = [
  {
    name: 'a cycle window is looked for on the day of UTC',
    edits: [cycling('Math.floor((oldestMs + offset) / DAY_MS) * DAY_MS', 'Math.floor(oldestMs / DAY_MS) * DAY_MS')],
  },
  {
    name: 'a cycle window is looked for in the first day',
    edits: [cycling('+ CYCLE_AFTER_MS + CYCLE_SPREAD_MS;', '+ CYCLE_SPREAD_MS + 0 * CYCLE_AFTER_MS;')],
  },
  {
    name: 'a cycle window is one of UTC',
    edits: [
      cycling(
        'const offset = knownOffsetMs(window.timeZone, oldestMs);',
        "const offset = knownOffsetMs('UTC', oldestMs);",
      ),
      cycling('knownOffsetMs(window.timeZone, localMs - offset)', "knownOffsetMs('UTC', localMs - offset)"),
    ],
  },
  {
    name: 'cycles cannot be switched off',
    test: 'test/core/dyno-manager/cycling.test.ts',
    edits: [
      cycling(
        'settings?.cycling === false) return undefined;',
        'settings?.memoryThresholdPercent === -1) return undefined;',
      ),
    ],
  },
  {
    name: 'a night before clocks were changed has the offset of today',
    test: 'test/core/dyno-manager/cycle-windows.test.ts',
    edits: [cycling('knownOffsetMs(window.timeZone, localMs - offset)', 'offset')],
  },
];
