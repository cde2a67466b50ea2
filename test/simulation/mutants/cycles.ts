import { type Mutant, manager, slip, slipForTest } from './mutant.ts';

export const CYCLES: readonly Mutant[] = [
  {
    name: 'cycles have no offset of their own',
    edits: [
      manager(
        'plan/new-dyno.ts',
        ' + Math.floor(random.next() * CYCLE_SPREAD_MS)',
        ' + 0 * random.next() * CYCLE_SPREAD_MS',
      ),
    ],
  },
  {
    name: 'cycles that waited through an outage all go at once',
    test: 'test/core/dyno-manager/cycling.test.ts',
    edits: [
      manager(
        'plan/formation-decisions.ts',
        "if (this.#cycling-- <= 0) return replace('later');",
        'this.#cycling -= 1;',
      ),
      manager(
        'plan/formation-decisions.ts',
        'lateMs > CYCLE_OVERDUE_MS).length > batch',
        'lateMs > CYCLE_OVERDUE_MS).length > 1_000',
      ),
    ],
  },
  {
    name: 'dynos are never cycled',
    edits: [
      manager(
        'plan/formation-decisions.ts',
        "this.#late.has(dyno.id) && !this.#overdue ? 'cycle'",
        "this.#late.has('') ? 'cycle'",
      ),
    ],
  },
  slipForTest(
    'cycle-windows',
    "a night that begins on another day than UTC's is missed by a day",
    'plan/cycling.ts',
    'Math.floor((oldestMs + offset) / DAY_MS)',
    'Math.floor(oldestMs / DAY_MS)',
  ),
  slipForTest(
    'cycling',
    'cycling cannot be switched off',
    'plan/cycling.ts',
    'if (cycleAtMs === undefined || settings?.cycling === false)',
    'if (cycleAtMs === undefined)',
  ),
  slipForTest(
    'cycle-windows',
    'a night may be a day too late',
    'plan/cycling.ts',
    'if (atMs <= oldestMs) return atMs;',
    'if (atMs <= oldestMs + DAY_MS) return atMs;',
  ),
  slip('local time is taken away from UTC', 'plan/cycling.ts', 'localMs - knownOffsetMs(', 'localMs + knownOffsetMs('),
  slipForTest(
    'cycle-windows',
    'all cycle at the beginning of the window',
    'plan/cycling.ts',
    'window.startMinute + fraction * windowMinutes(window)',
    'window.startMinute + 0 * fraction * windowMinutes(window)',
  ),
  slipForTest(
    'reconcile',
    'a cycle is noticed a quarter of an hour late',
    'plan/progress.ts',
    'return dueMs > nowMs ? dueMs : nowMs + MOVING_RECHECK_MS;',
    'return dueMs > nowMs ? dueMs + 15 * 60_000 : nowMs + MOVING_RECHECK_MS;',
  ),
  {
    name: 'a window over midnight has no end',
    test: 'test/core/dyno-manager/cycle-windows.test.ts',
    edits: [
      {
        file: 'core/dyno/manager-settings.ts',
        find: '(endMinute - startMinute + MINUTES_PER_DAY) % MINUTES_PER_DAY',
        replace: 'Math.abs(endMinute - startMinute) % MINUTES_PER_DAY',
      },
    ],
  },
];
