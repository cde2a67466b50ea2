import { type Mutant, manager, slip, slipForTest } from './mutant.ts';

export const STOPS: readonly Mutant[] = [
  {
    name: 'a lost stop is never repeated',
    edits: [
      manager(
        'plan/leave.ts',
        '    stops: [{ taskRef: task.taskRef, deadlineMs }],\n    lines: timeout.lines,',
        '    lines: timeout.lines,',
      ),
    ],
  },
  {
    name: 'tasks without a record are left alone',
    edits: [
      manager(
        'plan/reconcile.ts',
        ".filter((task) => task.state !== 'stopped' && !owned",
        ".filter((task) => task.state !== 'stopped' && owned.has('') && !owned",
      ),
    ],
  },
  {
    name: 'an app is purged while its dynos run',
    test: 'test/core/dyno-manager/reconcile.test.ts',
    edits: [manager('plan/reconcile.ts', 'const idle = dynos.length === 0 &&', 'const idle = dynos.length >= 0 ||')],
  },
  slip(
    'each look sends the stop again',
    'execute/sent-stops.ts',
    'earlier(deadlineMs, before, nowMs) || nowMs >= before.againAtMs',
    'nowMs >= 0',
  ),
  slip(
    'each look begins the grace anew',
    'plan/leave.ts',
    'const deadlineMs = termAtMs + GRACE_MS;',
    'const deadlineMs = nowMs + GRACE_MS;',
  ),
  slip(
    'the drain is not waited for',
    'plan/leave.ts',
    'lookAtMs: termAtMs > nowMs ? termAtMs : nowMs',
    'lookAtMs: nowMs',
  ),
  slipForTest(
    'reconcile',
    'an orphan is killed at once',
    'plan/reconcile.ts',
    'deadlineMs: snapshot.nowMs + GRACE_MS',
    'deadlineMs: snapshot.nowMs',
  ),
  slip(
    'a replaced dyno is forgotten with its task alive',
    'plan/leave.ts',
    "state: 'stopping',\n    stopCause: cause,",
    "state: 'stopping',\n    stopCause: 'stop',",
  ),
];
