import type { Dyno, StopCause } from '../../../core/dyno/dyno.ts';
import type { TaskObservation } from '../../../core/ports.ts';
import {
  app,
  type Changes,
  crashed,
  dyno,
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

const v6 = { releaseVersion: 6, releaseId: 'release-6' };
const deleted = { deletedAtMs: NOW_MS };
const restarted = (scope: string) => ({ restarts: { last: 1, byScope: { [scope]: 1 } } });
const allOf = (size: string, quantities: Readonly<Record<string, number>>) => {
  const { formation, ...rest } = app(quantities);
  return { ...rest, formation: formation.map((entry) => ({ ...entry, size })) };
};
const eco = (quantities: Readonly<Record<string, number>>) => allOf('Eco', quantities);
const sized = (size: string) => allOf(size, { web: 1 });
const successor = (cause: StopCause, changes: Changes<Dyno> = {}, task: Changes<TaskObservation> = {}) => {
  const createdAtMs = NOW_MS - 10_000;
  const replaces = { dynoId: 'id-web.1', cause, sinceMs: createdAtMs };
  return starting('web.1', { id: 'new', createdAtMs, replaces, ...changes }, task);
};

/** What changes without an exit: each change of the wish, for each condition that a dyno of the formation can be in. */
const CASES: readonly Case[] = [
  {
    name: 'a missing dyno starts',
    app: app({ worker: 1 }),
    plan: ['new worker.1 starting', 'start worker.1'],
    causes: ['new'],
    says: ['worker.1: State changed from created to starting', 'worker.1: Starting process with command `run worker`'],
    waits: ['worker.1 to start'],
    seconds: 30,
  },
  {
    name: 'a sleeping app that is scaled up gets a dyno that sleeps',
    app: eco({ web: 2 }),
    known: [{ dyno: dyno('web.1', { state: 'idle', size: 'Eco' }) }],
    plan: ['new web.2 idle'],
    causes: ['idle'],
    seconds: 900,
  },
  {
    name: 'an intent that is not wanted goes',
    app: app({ web: 0 }),
    known: [{ dyno: dyno('web.1') }],
    plan: ['remove web.1'],
    says: ['web.1: State changed from starting to down'],
    seconds: 86400,
  },
  {
    name: 'an intent that stands for a replacement goes without a word once another dyno has its name',
    app: app({ web: 1 }),
    known: [up('web.1', { createdAtMs: 1 }), { dyno: dyno('web.1', { id: 'old', ...v6 }) }],
    plan: ['remove web.1'],
    seconds: 900,
  },
  {
    name: 'an intent of an older release carries on as one of the new',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1', v6) }],
    plan: ['remove web.1', 'new web.1 starting', 'start web.1'],
    causes: ['release'],
    says: ['web.1: Starting process with command `run web`'],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'an intent that was asked for long ago is not asked for again while some tasks cannot be read',
    app: app({ web: 1 }),
    complete: false,
    known: [{ dyno: dyno('web.1', { intentAtMs: NOW_MS - 55 * MINUTE_MS }) }],
    plan: [],
    waits: ['web.1: its task cannot be read'],
    seconds: 5,
  },
  {
    name: 'an intent that was asked for a moment less long ago is asked for again',
    app: app({ web: 1 }),
    complete: false,
    known: [{ dyno: dyno('web.1', { intentAtMs: NOW_MS - 55 * MINUTE_MS + 1 }) }],
    plan: ['note web.1 starting', 'start web.1'],
    waits: ['web.1 to start'],
    seconds: 5,
  },
  {
    name: 'an intent that was asked for long ago is asked for again where all tasks can be seen',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1', { intentAtMs: NOW_MS - 56 * MINUTE_MS }) }],
    plan: ['note web.1 starting', 'start web.1'],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'an intent that may be tried again at another time waits for it',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1', { nextStartAtMs: NOW_MS + 5_000 }) }],
    plan: [],
    waits: ['web.1 to be started again'],
    seconds: 5,
  },
  {
    name: 'an intent whose time to be tried again has come',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1', { nextStartAtMs: NOW_MS }) }],
    plan: ['note web.1 starting', 'start web.1'],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a dyno that boots, on a new release',
    app: app({ web: 1 }),
    known: [starting('web.1', v6)],
    plan: ['note web.1 stopping v6', 'new web.1 starting', 'stop task-id-web.1 within 30 s', 'start web.1'],
    causes: ['release', 'release'],
    says: ['web.1: Restarting', 'web.1: Stopping all processes with SIGTERM'],
    waits: ['web.1 to be replaced (task-id-web.1)'],
    seconds: 30,
  },
  {
    name: 'a dyno that is up, on a new release',
    app: app({ web: 1 }),
    known: [up('web.1', v6)],
    plan: ['note web.1 stopping v6', 'new web.1 starting'],
    causes: ['release', 'release'],
    says: [
      'web.1: Restarting',
      'web.1: State changed from up to starting',
      'web.1: Stopping all processes with SIGTERM',
    ],
    waits: ['web.1 to be replaced (task-id-web.1)'],
    seconds: 0.15,
  },
  {
    name: 'a worker that is up, on a new release',
    app: app({ worker: 1 }),
    known: [up('worker.1', v6)],
    plan: ['note worker.1 stopping v6', 'new worker.1 starting', 'stop task-id-worker.1 within 30 s', 'start worker.1'],
    causes: ['release', 'release'],
    says: [
      'worker.1: Restarting',
      'worker.1: State changed from up to starting',
      'worker.1: Stopping all processes with SIGTERM',
    ],
    waits: ['worker.1 to be replaced (task-id-worker.1)'],
    seconds: 30,
  },
  {
    name: 'a dyno that boots and is scaled away',
    app: app({ web: 0 }),
    known: [starting('web.1')],
    plan: ['note web.1 stopping', 'stop task-id-web.1 within 30 s'],
    causes: ['scale'],
    says: ['web.1: Stopping all processes with SIGTERM', 'web.1: State changed from starting to down'],
    waits: ['web.1 to exit'],
    seconds: 35,
  },
  {
    name: 'a dyno that is up and is scaled away',
    app: app({ web: 0 }),
    known: [up('web.1')],
    plan: ['note web.1 stopping'],
    causes: ['scale'],
    says: ['web.1: Stopping all processes with SIGTERM', 'web.1: State changed from up to down'],
    waits: ['web.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'a worker that is scaled away',
    app: app({ worker: 0 }),
    known: [up('worker.1')],
    plan: ['note worker.1 stopping', 'stop task-id-worker.1 within 30 s'],
    causes: ['scale'],
    says: ['worker.1: Stopping all processes with SIGTERM', 'worker.1: State changed from up to down'],
    waits: ['worker.1 to exit'],
    seconds: 35,
  },
  {
    name: 'what is scaled away while some tasks cannot be read',
    app: app({ worker: 0 }),
    complete: false,
    known: [up('worker.1')],
    plan: [],
    waits: ['worker.1 to be stopped once all tasks can be read'],
    seconds: 5,
  },
  {
    name: 'an app that is deleted',
    app: app({ worker: 1 }, deleted),
    known: [up('worker.1')],
    plan: ['note worker.1 stopping', 'stop task-id-worker.1 within 30 s'],
    causes: ['app-deleted'],
    says: ['worker.1: Stopping all processes with SIGTERM', 'worker.1: State changed from up to down'],
    waits: ['worker.1 to exit'],
    seconds: 35,
  },
  {
    name: 'an app that is deleted, its dyno asleep',
    app: app({ worker: 1 }, deleted),
    known: [{ dyno: dyno('worker.1', { state: 'idle' }) }],
    plan: ['remove worker.1', 'purge'],
    seconds: 30,
  },
  {
    name: 'a restart of one dyno',
    app: app({ worker: 1 }, restarted('worker.1')),
    known: [up('worker.1')],
    plan: ['note worker.1 stopping', 'new worker.1 starting', 'stop task-id-worker.1 within 30 s', 'start worker.1'],
    causes: ['restart', 'restart'],
    says: [
      'worker.1: Restarting',
      'worker.1: State changed from up to starting',
      'worker.1: Stopping all processes with SIGTERM',
    ],
    waits: ['worker.1 to be replaced (task-id-worker.1)'],
    seconds: 30,
  },
  {
    name: 'a restart of one web dyno, its second instance boots',
    app: app({ web: 1 }, restarted('web.1')),
    known: [up('web.1'), successor('restart', { restartEpoch: 1 })],
    plan: [],
    waits: ['web.1 to be up'],
    seconds: 30,
  },
  {
    name: 'a restart of one web dyno',
    app: app({ web: 1 }, restarted('web.1')),
    known: [up('web.1')],
    plan: ['new web.1 starting', 'start web.1'],
    causes: ['restart'],
    says: [
      'web.1: Restarting',
      'web.1: State changed from up to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a restart of a web dyno that boots',
    app: app({ web: 1 }, restarted('web.1')),
    known: [starting('web.1')],
    plan: ['note web.1 stopping', 'new web.1 starting', 'stop task-id-web.1 within 30 s', 'start web.1'],
    causes: ['restart', 'restart'],
    says: ['web.1: Restarting', 'web.1: Stopping all processes with SIGTERM'],
    waits: ['web.1 to be replaced (task-id-web.1)'],
    seconds: 30,
  },
  {
    name: 'a restart of a type in a private space',
    app: { ...sized('Private-S'), ...restarted('web') },
    known: [up('web.1', { size: 'Private-S' })],
    rollouts: {
      web: {
        mode: 'rolling',
        startedAtMs: NOW_MS,
        progressAtMs: NOW_MS,
        proven: 0,
        from: { releaseVersion: 7, releaseId: 'release-7', command: 'run web', size: 'Private-S', epoch: 0 },
        target: { releaseVersion: 7, releaseId: 'release-7', command: 'run web', size: 'Private-S', epoch: 1 },
      },
    },
    plan: ['new web.1 starting', 'start web.1'],
    causes: ['restart'],
    says: [
      'web.1: Restarting',
      'web.1: State changed from up to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a restart of a crashed dyno',
    app: app({ web: 1 }, restarted('*')),
    known: [crashed('web.1')],
    plan: ['remove web.1', 'new web.1 starting', 'start web.1'],
    causes: ['restart'],
    says: ['web.1: State changed from crashed to starting', 'web.1: Starting process with command `run web`'],
    waits: ['web.1 to start'],
    seconds: 30,
  },
  {
    name: 'a restart of a dyno that sleeps',
    app: { ...eco({ web: 1 }), ...restarted('*') },
    known: [{ dyno: dyno('web.1', { state: 'idle', size: 'Eco' }) }],
    plan: ['remove web.1', 'new web.1 starting', 'start web.1'],
    causes: ['restart'],
    says: ['web.1: State changed from down to starting', 'web.1: Starting process with command `run web`'],
    waits: ['web.1 to start'],
    seconds: 30,
  },
];

test.each(CASES)('$name', ({ name: _name, plan, causes = [], says = [], waits = [], seconds, ...situation }) => {
  expect(inFull(situation)).toEqual({ plan, causes, says, waits, seconds });
});
