import {
  app,
  crashed,
  dyno,
  type InFull,
  inFull,
  MINUTE_MS,
  NOW_MS,
  type Situation,
  starting,
  taskOf,
  up,
} from './records.ts';

interface Case extends Situation, InFull {
  readonly name: string;
}

const deleted = { deletedAtMs: NOW_MS };

/** What is observed and what the clock brings, without any change of the user. */
const CASES: readonly Case[] = [
  {
    name: 'an app without dynos',
    app: app({}),
    plan: [],
    seconds: 86400,
  },
  {
    name: 'an app with a dyno that is up',
    app: app({ web: 1 }),
    known: [up('web.1')],
    plan: [],
    seconds: 900,
  },
  {
    name: 'an app that cannot be seen whole',
    app: app({}),
    complete: false,
    plan: [],
    seconds: 5,
  },
  {
    name: "a task that is nobody's",
    app: app({}),
    strays: [taskOf(dyno('web.9'))],
    plan: ['stop task-id-web.9 within 30 s'],
    seconds: 30,
  },
  {
    name: "a task that was nobody's and is gone",
    app: app({}),
    strays: [taskOf(dyno('web.9'), { state: 'stopped' })],
    plan: [],
    seconds: 86400,
  },
  {
    name: 'the live task of a dyno that has crashed',
    app: app({ web: 1 }),
    known: [{ ...crashed('web.1'), task: taskOf(dyno('web.1')) }],
    plan: ['stop task-id-web.1 within 30 s'],
    waits: ['web.1 to be started again after a crash'],
    seconds: 30,
  },
  {
    name: 'a deleted app of which a task still runs',
    app: app({}, deleted),
    strays: [taskOf(dyno('web.9'))],
    plan: ['stop task-id-web.9 within 30 s'],
    seconds: 30,
  },
  {
    name: 'a deleted app of which nothing runs',
    app: app({}, deleted),
    strays: [taskOf(dyno('web.9'), { state: 'stopped' })],
    plan: ['purge'],
    seconds: 30,
  },
  {
    name: 'a deleted app that cannot be seen whole',
    app: app({}, deleted),
    complete: false,
    plan: [],
    seconds: 5,
  },
  {
    name: 'a web dyno that listens',
    app: app({ web: 1 }),
    known: [starting('web.1', {}, { listening: true })],
    plan: ['note web.1 up'],
    says: ['web.1: State changed from starting to up'],
    seconds: 900,
  },
  {
    name: 'a web dyno that moved to another port',
    app: app({ web: 1 }),
    known: [up('web.1', {}, { address: { host: '127.0.0.1', port: 1 } })],
    plan: ['note web.1 up'],
    seconds: 900,
  },
  {
    name: 'a web dyno that moved to another host',
    app: app({ web: 1 }),
    known: [up('web.1', {}, { address: { host: '127.0.0.2', port: 5_001 } })],
    plan: ['note web.1 up'],
    seconds: 900,
  },
  {
    name: 'a web dyno whose address is not seen',
    app: app({ web: 1 }),
    known: [up('web.1', {}, { address: undefined })],
    plan: [],
    seconds: 900,
  },
  {
    name: 'a web dyno that boots',
    app: app({ web: 1 }),
    known: [starting('web.1', {}, { launchedAtMs: NOW_MS - 59_000 })],
    plan: [],
    waits: ['web.1 to be up'],
    seconds: 1,
  },
  {
    name: 'a web dyno that has not bound to its port for a minute',
    app: app({ web: 1 }),
    known: [starting('web.1', {}, { launchedAtMs: NOW_MS - 60_000 })],
    plan: ['note web.1 starting', 'stop task-id-web.1 within 0 s'],
    causes: ['boot-timeout'],
    says: [
      'web.1: Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch',
      'web.1: Stopping process with SIGKILL',
    ],
    waits: ['web.1 to be killed'],
    seconds: 30,
  },
  {
    name: 'a dyno that was accepted and not launched for ten minutes',
    app: app({ web: 1 }),
    known: [starting('web.1', { intentAtMs: NOW_MS - 10 * MINUTE_MS }, { state: 'pending', launchedAtMs: undefined })],
    plan: ['note web.1 stopping', 'stop task-id-web.1 within 30 s'],
    causes: ['pending-timeout'],
    says: [
      'web.1: Error R99 (Platform error) -> Failed to start process: its process was not launched within 10 minutes',
    ],
    waits: ['web.1 to exit'],
    seconds: 0,
  },
  {
    name: 'a dyno far over its quota',
    app: app({ web: 1 }),
    memory: new Map([['id-web.1', 1_024]]),
    known: [up('web.1')],
    plan: ['note web.1 up', 'stop task-id-web.1 within 0 s'],
    causes: ['memory-quota'],
    says: [
      'web.1: Process running mem=1024M(200.0%)',
      'web.1: Error R15 (Memory quota vastly exceeded)',
      'web.1: Stopping process with SIGKILL',
    ],
    waits: ['web.1 to be killed'],
    seconds: 30,
  },
  {
    name: 'a dyno that is cycled in a minute',
    app: app({ web: 1 }),
    known: [up('web.1', { cycleAtMs: NOW_MS + MINUTE_MS })],
    plan: [],
    seconds: 60,
  },
  {
    name: 'a dyno that is never cycled',
    app: app({ web: 1 }, { dynoManager: { cycling: false } }),
    known: [up('web.1', { cycleAtMs: NOW_MS - MINUTE_MS })],
    plan: [],
    seconds: 900,
  },
  {
    name: 'a cycle that is due while some tasks cannot be read',
    app: app({ web: 1 }),
    complete: false,
    known: [up('web.1', { cycleAtMs: NOW_MS - MINUTE_MS })],
    plan: [],
    seconds: 5,
  },
  {
    name: 'a cycle that was missed by fifteen minutes is made up for',
    app: app({ worker: 1 }),
    known: [up('worker.1', { cycleAtMs: NOW_MS - 15 * MINUTE_MS })],
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
    name: 'cycles of all that were missed by more get new times',
    app: app({ worker: 2 }),
    known: [
      up('worker.1', { cycleAtMs: NOW_MS - 16 * MINUTE_MS }),
      up('worker.2', { cycleAtMs: NOW_MS - 16 * MINUTE_MS }),
    ],
    plan: ['note worker.1 up', 'note worker.2 up'],
    seconds: 900,
  },
];

test.each(CASES)('$name', ({ name: _name, plan, causes = [], says = [], waits = [], seconds, ...situation }) => {
  expect(inFull(situation)).toEqual({ plan, causes, says, waits, seconds });
});
