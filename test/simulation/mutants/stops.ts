import { type Mutant, manager } from './mutant.ts';

export const STOPS: readonly Mutant[] = [
  {
    name: 'a lost stop is never repeated',
    edits: [
      manager(
        'leave.ts',
        '    stops: [{ taskRef: task.taskRef, deadlineMs }],\n    lines: timeout.lines,',
        '    lines: timeout.lines,',
      ),
    ],
  },
  {
    name: 'tasks without a record are left alone',
    edits: [
      manager(
        'reconcile.ts',
        ".filter((task) => task.state !== 'stopped' && !owned",
        ".filter((task) => task.state !== 'stopped' && owned.has('') && !owned",
      ),
    ],
  },
  {
    name: 'an app is purged while its dynos run',
    edits: [manager('reconcile.ts', 'const idle = dynos.length === 0 &&', 'const idle = dynos.length >= 0 ||')],
  },
];
