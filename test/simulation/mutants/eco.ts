import type { Mutant } from './mutant.ts';

const sleep = (find: string, replace: string) => ({ file: 'core/dyno-manager/plan/sleep.ts', find, replace });
const pool = (find: string, replace: string) => ({ file: 'core/account/eco-pool.ts', find, replace });

/** Eco sleep, and the account's hours. */
export const ECO: readonly Mutant[] = [
  {
    name: 'an Eco app sleeps after twenty minutes',
    edits: [sleep(' + ECO_IDLE_MS;', ' + (ECO_IDLE_MS * 2) / 3;')],
  },
  {
    name: 'an Eco app sleeps after an hour',
    test: 'test/core/dyno-manager/sleep.test.ts',
    edits: [sleep(' + ECO_IDLE_MS;', ' + ECO_IDLE_MS * 2;')],
  },
  {
    name: 'requests do not keep an Eco app awake',
    test: 'test/core/dyno-manager/sleep.test.ts',
    edits: [sleep('Math.max(lastRequestAtMs, ...webs', 'Math.max(0 * lastRequestAtMs, ...webs')],
  },
  {
    name: 'a request from before it slept wakes an Eco app',
    edits: [sleep('(snapshot.lastRequestAtMs ?? 0) > sinceMs;', '(snapshot.lastRequestAtMs ?? 0) > 0 * sinceMs;')],
  },
  {
    name: 'a request wakes nobody',
    test: 'test/core/dyno-manager/sleep.test.ts',
    edits: [
      sleep(
        '(snapshot.lastRequestAtMs ?? 0) > sinceMs;',
        '(snapshot.lastRequestAtMs ?? 0) > sinceMs + snapshot.nowMs;',
      ),
    ],
  },
  {
    name: 'only apps with a web dyno run out of hours',
    test: 'test/core/dyno-manager/eco-hours.test.ts',
    edits: [sleep('return eco !== undefined && isEco(app) &&', 'return eco !== undefined && maySleep(app) &&')],
  },
  {
    name: 'an Eco one-off without hours keeps its app from rest',
    test: 'test/core/dyno-manager/eco-hours.test.ts',
    edits: [
      sleep('if (eco === undefined || !isEco(app)) return', 'if (eco === undefined || app.name === eco.pool) return'),
    ],
  },
  {
    name: 'one dyno of an account uses its hours',
    edits: [pool('/ Math.max(1, count);', '/ Math.min(1, count);')],
  },
  {
    name: 'dynos that sleep use hours',
    edits: [
      pool("state === 'up' || state === 'stopping';", "state === 'up' || state === 'idle' || state === 'stopping';"),
      pool('runs && intentAtMs !== undefined && !has', 'runs && !has'),
    ],
  },
  {
    name: 'the hours of dynos that have ended are forgotten',
    edits: [
      pool('    settledMs += Math.max(0, nowMs - sinceMs);\n', '    settledMs += 0 * Math.max(0, nowMs - sinceMs);\n'),
    ],
  },
  {
    name: 'a clock that is behind brings the old month back',
    test: 'test/core/account/eco-pool.test.ts',
    edits: [pool('if (pool.monthStartMs >= startMs) return pool;', 'if (pool.monthStartMs === startMs) return pool;')],
  },
];
