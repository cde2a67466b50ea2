import type { Dyno, StopCause } from '../../../core/dyno/dyno.ts';
import type { TaskObservation } from '../../../core/ports.ts';
import {
  app,
  type Changes,
  crashed,
  exitedWith,
  type InFull,
  inFull,
  MINUTE_MS,
  NOW_MS,
  type Situation,
  starting,
  up,
} from './records.ts';

interface Case extends Situation, InFull {
  readonly name: string;
}

const past = { cycleAtMs: NOW_MS - MINUTE_MS };
const v6 = { releaseVersion: 6, releaseId: 'release-6' };
const allOf = (size: string, quantities: Readonly<Record<string, number>>) => {
  const { formation, ...rest } = app(quantities);
  return { ...rest, formation: formation.map((entry) => ({ ...entry, size })) };
};
const sized = (size: string) => allOf(size, { web: 1 });
const successor = (cause: StopCause, changes: Changes<Dyno> = {}, task: Changes<TaskObservation> = {}) => {
  const createdAtMs = NOW_MS - 10_000;
  const replaces = { dynoId: 'id-web.1', cause, sinceMs: createdAtMs };
  return starting('web.1', { id: 'new', createdAtMs, replaces, ...changes }, task);
};

/** Two dynos of one name, and who goes first: the old one or the new one. */
const CASES: readonly Case[] = [
  {
    name: 'a duplicate',
    app: app({ worker: 1 }),
    known: [up('worker.1', { createdAtMs: 1 }), up('worker.1', { id: 'copy' })],
    plan: ['note worker.1 stopping', 'stop task-copy within 30 s'],
    causes: ['duplicate'],
    says: ['worker.1: Stopping all processes with SIGTERM', 'worker.1: State changed from up to down'],
    waits: ['worker.1 to exit'],
    seconds: 35,
  },
  {
    name: 'a dyno whose replacement boots goes on',
    app: app({ web: 1 }),
    known: [up('web.1', past), successor('cycle')],
    plan: [],
    waits: ['web.1 to be up'],
    seconds: 30,
  },
  {
    name: 'a dyno whose replacement is up goes',
    app: app({ web: 1 }),
    known: [up('web.1', past), successor('cycle', { state: 'up' }, { listening: true })],
    plan: ['note web.1 stopping'],
    causes: ['cycle'],
    says: ['web.1: Stopping all processes with SIGTERM'],
    waits: ['web.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'a dyno whose replacement has not come up for fifteen minutes goes',
    app: app({ web: 1 }),
    known: [
      up('web.1', past),
      successor('cycle', { replaces: { dynoId: 'id-web.1', cause: 'cycle', sinceMs: NOW_MS - 15 * MINUTE_MS } }),
    ],
    plan: ['note web.1 stopping'],
    causes: ['cycle'],
    says: ['web.1: Stopping all processes with SIGTERM'],
    waits: ['web.1 to be up', 'web.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'a dyno whose replacement has not come up for fourteen minutes goes on',
    app: app({ web: 1 }),
    known: [
      up('web.1', past),
      successor('cycle', { replaces: { dynoId: 'id-web.1', cause: 'cycle', sinceMs: NOW_MS - 14 * MINUTE_MS } }),
    ],
    plan: [],
    waits: ['web.1 to be up'],
    seconds: 30,
  },
  {
    name: 'a dyno on a Spot machine whose replacement has not come up for 89 seconds goes on',
    app: app({ web: 1 }),
    known: [
      up('web.1', {}, { hostFault: 'spot-notice' }),
      successor('host-fault', { replaces: { dynoId: 'id-web.1', cause: 'host-fault', sinceMs: NOW_MS - 89_000 } }),
    ],
    plan: [],
    waits: ['web.1 to be up'],
    seconds: 1,
  },
  {
    name: 'a dyno on a Spot machine whose replacement has not come up for 90 seconds goes',
    app: app({ web: 1 }),
    known: [
      up('web.1', {}, { hostFault: 'spot-notice' }),
      successor('host-fault', { replaces: { dynoId: 'id-web.1', cause: 'host-fault', sinceMs: NOW_MS - 90_000 } }),
    ],
    plan: ['note web.1 stopping'],
    causes: ['host-fault'],
    says: ['web.1: Stopping all processes with SIGTERM'],
    waits: ['web.1 to be up', 'web.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'a replacement that crashes is followed by another, and the old dyno goes on',
    app: app({ web: 1 }),
    known: [up('web.1', past), exitedWith(successor('cycle'), 1)],
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
    name: 'a dyno that exits while its replacement boots',
    app: app({ web: 1 }),
    known: [exitedWith(up('web.1', past), 1), successor('cycle')],
    plan: ['remove web.1'],
    says: ['web.1: Process exited with status 1'],
    waits: ['web.1 to be up'],
    seconds: 30,
  },
  {
    name: 'a dyno that is due for its cycle, its turn not yet come',
    app: app({ web: 2 }),
    known: [up('web.1', past), starting('web.2')],
    plan: [],
    waits: ['web.2 to be up', 'web.1 to have its turn'],
    seconds: 30,
  },
  {
    name: 'a dyno that is due for its cycle',
    app: app({ web: 1 }),
    known: [up('web.1', past)],
    plan: ['new web.1 starting', 'start web.1'],
    causes: ['cycle'],
    says: [
      'web.1: Cycling',
      'web.1: State changed from up to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a worker that is due for its cycle',
    app: app({ worker: 1 }),
    known: [up('worker.1', past)],
    plan: ['note worker.1 stopping', 'new worker.1 starting', 'stop task-id-worker.1 within 30 s', 'start worker.1'],
    causes: ['cycle', 'cycle'],
    says: [
      'worker.1: Cycling',
      'worker.1: State changed from up to starting',
      'worker.1: Stopping all processes with SIGTERM',
    ],
    waits: ['worker.1 to be replaced (task-id-worker.1)'],
    seconds: 30,
  },
  {
    name: 'a Basic web dyno that is due for its cycle',
    app: sized('Basic'),
    known: [up('web.1', { ...past, size: 'Basic' })],
    plan: ['note web.1 stopping', 'new web.1 starting'],
    causes: ['cycle', 'cycle'],
    says: ['web.1: Cycling', 'web.1: State changed from up to starting', 'web.1: Stopping all processes with SIGTERM'],
    waits: ['web.1 to be replaced (task-id-web.1)'],
    seconds: 0.15,
  },
  {
    name: 'a Performance web dyno that is due for its cycle',
    app: sized('Performance-M'),
    known: [up('web.1', { ...past, size: 'Performance-M' })],
    plan: ['new web.1 starting', 'start web.1'],
    causes: ['cycle'],
    says: [
      'web.1: Cycling',
      'web.1: State changed from up to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a worker of Fir that is due for its cycle',
    app: allOf('dyno-1c-0.5gb', { worker: 1 }),
    known: [up('worker.1', { ...past, size: 'dyno-1c-0.5gb' })],
    plan: ['new worker.1 starting', 'start worker.1'],
    causes: ['cycle'],
    says: [
      'worker.1: Cycling',
      'worker.1: State changed from up to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a worker of a shield space that is due for its cycle',
    app: allOf('Shield-S', { worker: 1 }),
    known: [up('worker.1', { ...past, size: 'Shield-S' })],
    plan: ['new worker.1 starting', 'start worker.1'],
    causes: ['cycle'],
    says: [
      'worker.1: Cycling',
      'worker.1: State changed from up to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a private worker that is due for its cycle',
    app: allOf('Private-S', { worker: 1 }),
    known: [up('worker.1', { ...past, size: 'Private-S' })],
    plan: ['new worker.1 starting', 'start worker.1'],
    causes: ['cycle'],
    says: [
      'worker.1: Cycling',
      'worker.1: State changed from up to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a dyno on a machine that is to go',
    app: app({ worker: 1 }),
    known: [up('worker.1', {}, { hostFault: 'retiring' })],
    plan: ['new worker.1 starting', 'start worker.1'],
    causes: ['host-fault'],
    says: [
      'worker.1: Moving to another host: this one is going away',
      'worker.1: Restarting',
      'worker.1: State changed from up to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a dyno over the threshold of its app',
    app: app({ worker: 1 }, { dynoManager: { cycling: true, memoryThresholdPercent: 80 } }),
    overThreshold: ['id-worker.1'],
    known: [up('worker.1')],
    plan: ['note worker.1 stopping', 'new worker.1 starting', 'stop task-id-worker.1 within 30 s', 'start worker.1'],
    causes: ['memory-threshold', 'memory-threshold'],
    says: [
      'worker.1: Memory stayed above 80% of the quota, as set for this app',
      'worker.1: Cycling',
      'worker.1: State changed from up to starting',
      'worker.1: Stopping all processes with SIGTERM',
    ],
    waits: ['worker.1 to be replaced (task-id-worker.1)'],
    seconds: 30,
  },
  {
    name: 'a dyno over a threshold that is not set any more',
    app: app({ worker: 1 }),
    overThreshold: ['id-worker.1'],
    known: [up('worker.1')],
    plan: ['note worker.1 stopping', 'new worker.1 starting', 'stop task-id-worker.1 within 30 s', 'start worker.1'],
    causes: ['memory-threshold', 'memory-threshold'],
    says: [
      'worker.1: Cycling',
      'worker.1: State changed from up to starting',
      'worker.1: Stopping all processes with SIGTERM',
    ],
    waits: ['worker.1 to be replaced (task-id-worker.1)'],
    seconds: 30,
  },
  {
    name: 'two that are both of an older release: the one that serves is replaced',
    app: app({ worker: 1 }),
    known: [starting('worker.1', { ...v6, id: 'boots', createdAtMs: 1 }), up('worker.1', v6)],
    plan: [
      'note worker.1 stopping v6',
      'note worker.1 stopping v6',
      'new worker.1 starting',
      'stop task-id-worker.1 within 30 s',
      'stop task-boots within 30 s',
      'start worker.1',
    ],
    causes: ['release', 'release', 'release'],
    says: [
      'worker.1: Stopping all processes with SIGTERM',
      'worker.1: Restarting',
      'worker.1: Stopping all processes with SIGTERM',
    ],
    waits: ['worker.1 to exit', 'worker.1 to be replaced (task-boots)'],
    seconds: 30,
  },
  {
    name: 'two that are both of an older release, neither up: the older is replaced',
    app: app({ worker: 1 }),
    known: [crashed('worker.1', { ...v6, id: 'older', createdAtMs: 1 }), starting('worker.1', v6)],
    plan: [
      'remove worker.1',
      'note worker.1 stopping v6',
      'new worker.1 starting',
      'stop task-id-worker.1 within 30 s',
      'start worker.1',
    ],
    causes: ['release', 'release'],
    says: ['worker.1: Restarting', 'worker.1: Stopping all processes with SIGTERM'],
    waits: ['worker.1 to be replaced (task-id-worker.1)'],
    seconds: 30,
  },
  {
    name: 'a move goes on though the machine is to stay after all',
    app: app({ web: 1 }),
    known: [up('web.1'), successor('host-fault')],
    plan: [],
    waits: ['web.1 to be up'],
    seconds: 30,
  },
  {
    name: 'a move that is done though the machine is to stay after all',
    app: app({ web: 1 }),
    known: [up('web.1'), successor('host-fault', { state: 'up' }, { listening: true })],
    plan: ['note web.1 stopping'],
    causes: ['host-fault'],
    says: ['web.1: Stopping all processes with SIGTERM'],
    waits: ['web.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'a replacement for the threshold goes on though its memory has fallen',
    app: app({ web: 1 }),
    known: [up('web.1'), successor('memory-threshold')],
    plan: [],
    waits: ['web.1 to be up'],
    seconds: 30,
  },
  {
    name: 'the replacement of another dyno is no replacement of this',
    app: app({ web: 1 }),
    known: [up('web.1', past), successor('cycle', { replaces: { dynoId: 'gone', cause: 'cycle', sinceMs: NOW_MS } })],
    plan: ['note web.1 stopping'],
    causes: ['cycle'],
    says: ['web.1: Stopping all processes with SIGTERM'],
    waits: ['web.1 to be up', 'web.1 to exit'],
    seconds: 0.15,
  },
];

test.each(CASES)('$name', ({ name: _name, plan, causes = [], says = [], waits = [], seconds, ...situation }) => {
  expect(inFull(situation)).toEqual({ plan, causes, says, waits, seconds });
});
