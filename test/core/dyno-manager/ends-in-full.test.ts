import type { TaskExit } from '../../../core/ports.ts';
import {
  app,
  crashed,
  exitedWith,
  type InFull,
  inFull,
  MINUTE_MS,
  NOW_MS,
  type Situation,
  starting,
  up,
  vanished,
} from './records.ts';

interface Case extends Situation, InFull {
  readonly name: string;
}

const v6 = { releaseVersion: 6, releaseId: 'release-6' };
const restarted = (scope: string) => ({ restarts: { last: 1, byScope: { [scope]: 1 } } });
const allOf = (size: string, quantities: Readonly<Record<string, number>>) => {
  const { formation, ...rest } = app(quantities);
  return { ...rest, formation: formation.map((entry) => ({ ...entry, size })) };
};
const sized = (size: string) => allOf(size, { web: 1 });
const exit = (status: number, reason: TaskExit['reason'], rest: Partial<TaskExit> = {}) => ({
  exit: { status, reason, ...rest },
});

/** However a dyno of the formation ends: what the log says, and what follows. */
const CASES: readonly Case[] = [
  {
    name: 'a dyno that crashes while it is to be restarted',
    app: app({ web: 1 }, restarted('*')),
    known: [exitedWith(up('web.1', { crashCount: 3 }), 1)],
    plan: ['remove web.1', 'new web.1 starting', 'start web.1'],
    causes: ['restart'],
    says: [
      'web.1: Process exited with status 1',
      'web.1: State changed from up to crashed',
      'web.1: State changed from crashed to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a dyno that is scaled to 0 just as it exits',
    app: app({ web: 0 }),
    known: [exitedWith(up('web.1'), 1)],
    plan: ['remove web.1'],
    says: ['web.1: Process exited with status 1', 'web.1: State changed from up to down'],
    seconds: 86400,
  },
  {
    name: 'a dyno that boots and is scaled to 0 just as it exits',
    app: app({ web: 0 }),
    known: [exitedWith(starting('web.1'), 1)],
    plan: ['remove web.1'],
    says: ['web.1: Process exited with status 1', 'web.1: State changed from starting to down'],
    seconds: 86400,
  },
  {
    name: 'a first crash',
    app: app({ web: 1 }),
    known: [exitedWith(up('web.1'), 1)],
    plan: ['remove web.1', 'new web.1 starting crashes=1', 'start web.1'],
    causes: ['crash'],
    says: [
      'web.1: Process exited with status 1',
      'web.1: State changed from up to crashed',
      'web.1: State changed from crashed to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a first crash of a dyno that never was up',
    app: app({ web: 1 }),
    known: [exitedWith(starting('web.1'), 1)],
    plan: ['remove web.1', 'new web.1 starting crashes=1', 'start web.1'],
    causes: ['crash'],
    says: [
      'web.1: Process exited with status 1',
      'web.1: State changed from starting to crashed',
      'web.1: State changed from crashed to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a second crash waits',
    app: app({ web: 1 }),
    known: [exitedWith(up('web.1', { crashCount: 1 }), 1)],
    plan: ['note web.1 crashed crashes=2'],
    says: ['web.1: Process exited with status 1', 'web.1: State changed from up to crashed'],
    waits: ['web.1 to be started again after a crash'],
    seconds: 900,
  },
  {
    name: 'a second crash of a dyno that had been up for less than ten minutes when it ended, seen later',
    app: app({ worker: 1 }),
    known: [
      exitedWith(up('worker.1', { crashCount: 1, upAtMs: NOW_MS - 11 * MINUTE_MS }), 1, {
        stoppedAtMs: NOW_MS - 2 * MINUTE_MS,
      }),
    ],
    plan: ['note worker.1 crashed crashes=2'],
    says: ['worker.1: Process exited with status 1', 'worker.1: State changed from up to crashed'],
    waits: ['worker.1 to be started again after a crash'],
    seconds: 900,
  },
  {
    name: 'a crash after ten minutes is the first again',
    app: app({ worker: 1 }),
    known: [exitedWith(up('worker.1', { crashCount: 4, upAtMs: NOW_MS - 10 * MINUTE_MS }), 1)],
    plan: ['remove worker.1', 'new worker.1 starting crashes=1', 'start worker.1'],
    causes: ['crash'],
    says: [
      'worker.1: Process exited with status 1',
      'worker.1: State changed from up to crashed',
      'worker.1: State changed from crashed to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to start'],
    seconds: 30,
  },
  {
    name: 'a crash in a private space',
    app: sized('Private-S'),
    known: [exitedWith(up('web.1', { crashCount: 4, size: 'Private-S' }), 1)],
    plan: ['note web.1 crashed crashes=5'],
    says: ['web.1: Process exited with status 1', 'web.1: State changed from up to crashed'],
    waits: ['web.1 to be started again after a crash'],
    seconds: 1,
  },
  {
    name: 'a crash on a machine that is to go is a crash',
    app: app({ worker: 1 }),
    known: [exitedWith(up('worker.1'), 1, { hostFault: 'draining' })],
    plan: ['remove worker.1', 'new worker.1 starting crashes=1', 'start worker.1'],
    causes: ['crash'],
    says: [
      'worker.1: Process exited with status 1',
      'worker.1: State changed from up to crashed',
      'worker.1: State changed from crashed to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to start'],
    seconds: 30,
  },
  {
    name: 'a crashed dyno waits',
    app: app({ web: 1 }),
    known: [crashed('web.1')],
    plan: [],
    waits: ['web.1 to be started again after a crash'],
    seconds: 60,
  },
  {
    name: 'a crashed dyno without a time starts',
    app: app({ web: 1 }),
    known: [crashed('web.1', { nextStartAtMs: undefined })],
    plan: ['remove web.1', 'new web.1 starting crashes=2', 'start web.1'],
    causes: ['crash'],
    says: ['web.1: State changed from crashed to starting', 'web.1: Starting process with command `run web`'],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a crashed dyno that is scaled away',
    app: app({ web: 0 }),
    known: [crashed('web.1')],
    plan: ['remove web.1'],
    says: ['web.1: State changed from crashed to down'],
    seconds: 86400,
  },
  {
    name: 'a crashed dyno whose name another dyno has goes without a word',
    app: app({ web: 1 }),
    known: [up('web.1', { createdAtMs: 1 }), crashed('web.1', { id: 'old', ...v6 })],
    plan: ['remove web.1'],
    seconds: 900,
  },
  {
    name: 'a crashed dyno whose wait is over',
    app: app({ web: 1 }),
    known: [crashed('web.1', { nextStartAtMs: NOW_MS })],
    plan: ['remove web.1', 'new web.1 starting crashes=2', 'start web.1'],
    causes: ['crash'],
    says: ['web.1: State changed from crashed to starting', 'web.1: Starting process with command `run web`'],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a dyno that vanished',
    app: app({ web: 1 }),
    known: [vanished(up('web.1', { crashCount: 2 }))],
    plan: ['remove web.1', 'new web.1 starting crashes=2', 'start web.1'],
    causes: ['lost'],
    says: [
      'web.1: Restarting',
      'web.1: State changed from up to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a dyno that vanished while it booted',
    app: app({ web: 1 }),
    known: [vanished(starting('web.1'))],
    plan: ['remove web.1', 'new web.1 starting', 'start web.1'],
    causes: ['lost'],
    says: ['web.1: Restarting', 'web.1: Starting process with command `run web`'],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a dyno that vanished and is scaled away',
    app: app({ web: 0 }),
    known: [vanished(up('web.1'))],
    plan: ['remove web.1'],
    says: ['web.1: State changed from up to down'],
    seconds: 86400,
  },
  {
    name: 'a dyno that vanished while it booted and is scaled away',
    app: app({ web: 0 }),
    known: [vanished(starting('web.1'))],
    plan: ['remove web.1'],
    says: ['web.1: State changed from starting to down'],
    seconds: 86400,
  },
  {
    name: 'a dyno that vanished, on a new release',
    app: app({ web: 1 }),
    known: [vanished(up('web.1', { ...v6, crashCount: 2 }))],
    plan: ['remove web.1', 'new web.1 starting', 'start web.1'],
    causes: ['release'],
    says: [
      'web.1: Restarting',
      'web.1: State changed from up to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a dyno on a lost machine',
    app: app({ worker: 1 }),
    known: [up('worker.1', {}, { hostFault: 'lost' })],
    plan: ['remove worker.1', 'new worker.1 starting', 'start worker.1'],
    causes: ['lost'],
    says: [
      'worker.1: Host is lost',
      'worker.1: Restarting',
      'worker.1: State changed from up to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to start'],
    seconds: 30,
  },
  {
    name: 'a dyno that found no machine',
    app: app({ worker: 1 }),
    known: [
      exitedWith(starting('worker.1'), 1, { launchedAtMs: undefined, ...exit(1, 'no-room', { detail: 'no machine' }) }),
    ],
    plan: ['remove worker.1', 'new worker.1 starting', 'start worker.1'],
    causes: ['lost'],
    says: [
      'worker.1: Error R99 (Platform error) -> Failed to start process: no machine',
      'worker.1: Restarting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to start'],
    seconds: 30,
  },
  {
    name: 'a dyno that was not launched, nobody knows why',
    app: app({ worker: 1 }),
    known: [exitedWith(starting('worker.1'), 1, { launchedAtMs: undefined, ...exit(1, 'start-failed') })],
    plan: ['remove worker.1', 'new worker.1 starting crashes=1', 'start worker.1'],
    causes: ['crash'],
    says: [
      'worker.1: Error R99 (Platform error) -> Failed to start process: the process was not launched',
      'worker.1: State changed from starting to crashed',
      'worker.1: State changed from crashed to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to start'],
    seconds: 30,
  },
];

test.each(CASES)('$name', ({ name: _name, plan, causes = [], says = [], waits = [], seconds, ...situation }) => {
  expect(inFull(situation)).toEqual({ plan, causes, says, waits, seconds });
});
