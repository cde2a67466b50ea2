import { reconcile } from '../../../core/dyno-manager/plan/reconcile.ts';
import {
  app,
  crashed,
  dyno,
  exitedWith,
  MINUTE_MS,
  NOW_MS,
  planned,
  release,
  releaseWithoutCode,
  type Situation,
  snapshot,
  starting,
  stopping,
  taskOf,
  up,
  vanished,
} from './records.ts';

interface Case extends Situation {
  readonly name: string;
  readonly plan: readonly string[];
}

const restarted = (...scopes: readonly string[]) => ({
  restarts: { last: 1, byScope: Object.fromEntries(scopes.map((scope) => [scope, 1])) },
});
const deletedAtMs = NOW_MS;
const overdue = { cycleAtMs: NOW_MS };

const formation: readonly Case[] = [
  {
    name: 'starts what is missing',
    app: app({ web: 2 }),
    known: [up('web.1')],
    plan: ['new web.2 starting', 'start web.2'],
  },
  {
    name: 'does nothing once converged',
    app: app({ web: 1, worker: 1 }),
    known: [up('web.1'), up('worker.1')],
    plan: [],
  },
  {
    name: 'starts nothing before there is code',
    app: app({ web: 1 }),
    release: releaseWithoutCode(),
    plan: [],
  },
  {
    name: 'asks again for an intent that no task answers',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1', { intentAtMs: NOW_MS - 1 }) }],
    plan: ['start web.1'],
  },
  {
    name: 'renews an intent that has waited through an outage',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1', { intentAtMs: NOW_MS - MINUTE_MS }) }],
    plan: ['note web.1 starting', 'start web.1'],
  },
  {
    name: 'waits until a failed start may be tried again',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1', { nextStartAtMs: NOW_MS + 1 }) }],
    plan: [],
  },
  {
    name: 'notes a web dyno that listens',
    app: app({ web: 1 }),
    known: [starting('web.1', {}, { listening: true, address: { host: '127.0.0.1', port: 1 } })],
    plan: ['note web.1 up'],
  },
  { name: 'waits for a web dyno that does not listen', app: app({ web: 1 }), known: [starting('web.1')], plan: [] },
  {
    name: 'notes a worker that runs',
    app: app({ worker: 1 }),
    known: [starting('worker.1')],
    plan: ['note worker.1 up'],
  },
  {
    name: 'adopts a task whose reference was not written',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1'), task: taskOf(dyno('web.1')) }],
    plan: ['note web.1 starting'],
  },
  {
    name: 'removes the highest numbers, the highest first',
    app: app({ web: 1 }),
    known: [up('web.1'), up('web.2'), up('web.3')],
    plan: ['note web.3 stopping', 'note web.2 stopping'],
  },
  {
    name: 'asks for the exit of a web dyno once it has left the routes',
    app: app({ web: 0 }),
    known: [stopping('web.1', { stoppingAtMs: NOW_MS })],
    plan: ['stop task-id-web.1 within 30 s'],
  },
  {
    name: 'stops no web dyno while requests may be on their way to it',
    app: app({ web: 0 }),
    known: [stopping('web.1', { stoppingAtMs: NOW_MS + 1 })],
    plan: [],
  },
  {
    name: 'removes a type that the release no longer has',
    app: app({ web: 1 }),
    known: [up('web.1'), up('old.1')],
    plan: ['note old.1 stopping', 'stop task-id-old.1 within 30 s'],
  },
  {
    name: 'removes a crashed dyno without a stop',
    app: app({ web: 0 }),
    known: [crashed('web.1')],
    plan: ['remove web.1'],
  },
  {
    name: 'removes an intent without a task',
    app: app({ web: 0 }),
    known: [{ dyno: dyno('web.1') }],
    plan: ['remove web.1'],
  },
  {
    name: 'replaces on a new release: SIGTERM, and the start at once',
    app: app({ worker: 1 }),
    release: release(8),
    known: [up('worker.1')],
    plan: ['note worker.1 stopping', 'new worker.1 starting v8', 'stop task-id-worker.1 within 30 s', 'start worker.1'],
  },
  {
    name: 'replaces a web dyno once it has left the routes',
    app: app({ web: 1 }),
    release: release(8),
    known: [up('web.1')],
    plan: ['note web.1 stopping', 'new web.1 starting v8'],
  },
  {
    name: 'replaces a web dyno that nobody routes to at once',
    app: app({ web: 1 }),
    release: release(8),
    known: [starting('web.1')],
    plan: ['note web.1 stopping', 'new web.1 starting v8', 'stop task-id-web.1 within 30 s', 'start web.1'],
  },
  {
    name: 'a crashed dyno keeps its back-off, however much memory it used before',
    app: app({ web: 1 }),
    known: [crashed('web.1', { nextStartAtMs: NOW_MS + MINUTE_MS })],
    overThreshold: ['id-web.1'],
    plan: [],
  },
  {
    name: 'starts the replacement when its predecessor gets SIGTERM',
    app: app({ web: 1 }),
    known: [
      stopping('web.1', { stoppingAtMs: NOW_MS }),
      { dyno: dyno('web.1', { id: 'id-new', intentAtMs: NOW_MS - 150, nextStartAtMs: NOW_MS }) },
    ],
    plan: ['note web.1 starting', 'stop task-id-web.1 within 30 s', 'start web.1'],
  },
  {
    name: 'replaces an intent on a new release without a stop',
    app: app({ web: 1 }),
    release: release(8),
    known: [{ dyno: dyno('web.1') }],
    plan: ['remove web.1', 'new web.1 starting v8', 'start web.1'],
  },
  {
    name: 'starts a crashed dyno at once on a new release, its crashes forgotten',
    app: app({ web: 1 }),
    release: release(8),
    known: [crashed('web.1')],
    plan: ['remove web.1', 'new web.1 starting v8', 'start web.1'],
  },
  {
    name: 'restarts all',
    app: app({ web: 1, worker: 1 }, restarted('*')),
    known: [up('web.1'), up('worker.1')],
    plan: [
      'note web.1 stopping',
      'new web.1 starting',
      'note worker.1 stopping',
      'new worker.1 starting',
      'stop task-id-worker.1 within 30 s',
      'start worker.1',
    ],
  },
  {
    name: 'restarts one type',
    app: app({ web: 1, worker: 1 }, restarted('worker')),
    known: [up('web.1'), up('worker.1')],
    plan: ['note worker.1 stopping', 'new worker.1 starting', 'stop task-id-worker.1 within 30 s', 'start worker.1'],
  },
  {
    name: 'restarts one web dyno with its replacement first',
    app: app({ web: 2 }, restarted('web.2')),
    known: [up('web.1'), up('web.2')],
    plan: ['new web.2 starting', 'start web.2'],
  },
  {
    name: 'restarts one worker',
    app: app({ worker: 2 }, restarted('worker.2')),
    known: [up('worker.1'), up('worker.2')],
    plan: ['note worker.2 stopping', 'new worker.2 starting', 'stop task-id-worker.2 within 30 s', 'start worker.2'],
  },
  {
    name: 'restarts nothing twice',
    app: app({ web: 1 }, restarted('*')),
    known: [up('web.1', { restartEpoch: 1 })],
    plan: [],
  },
  {
    name: 'restarts a type whose size has changed',
    app: app({ web: 1 }),
    known: [up('web.1', { size: 'Standard-2X' })],
    plan: ['note web.1 stopping', 'new web.1 starting'],
  },
  {
    name: 'cycles at its time',
    app: app({ web: 2 }),
    known: [up('web.1', overdue), up('web.2')],
    plan: ['new web.1 starting', 'start web.1'],
  },
  {
    name: 'starts a first crash again at once',
    app: app({ web: 1 }),
    known: [exitedWith(up('web.1'), 0)],
    plan: ['remove web.1', 'new web.1 starting crashes=1', 'start web.1'],
  },
  {
    name: 'lets a second crash wait',
    app: app({ web: 1 }),
    known: [exitedWith(up('web.1', { crashCount: 1 }), 1)],
    plan: ['note web.1 crashed crashes=2'],
  },
  {
    name: 'starts a crashed dyno when its wait is over',
    app: app({ web: 1 }),
    known: [crashed('web.1', { nextStartAtMs: NOW_MS })],
    plan: ['remove web.1', 'new web.1 starting crashes=2', 'start web.1'],
  },
  { name: 'leaves a crashed dyno while it waits', app: app({ web: 1 }), known: [crashed('web.1')], plan: [] },
  {
    name: 'does not count a lost task as a crash',
    app: app({ web: 1 }),
    known: [vanished(up('web.1'))],
    plan: ['remove web.1', 'new web.1 starting', 'start web.1'],
  },
  {
    name: 'kills a web dyno at its boot timeout',
    app: app({ web: 1 }),
    known: [starting('web.1', {}, { launchedAtMs: NOW_MS - MINUTE_MS })],
    plan: ['note web.1 starting', 'stop task-id-web.1 within 0 s'],
  },
  {
    name: 'kills a dyno far over its memory quota',
    app: app({ web: 1 }),
    known: [up('web.1')],
    memory: new Map([['id-web.1', 1_024]]),
    plan: ['note web.1 up', 'stop task-id-web.1 within 0 s'],
  },
  {
    name: 'asks again for a kill that had no effect yet',
    app: app({ web: 1 }),
    known: [up('web.1', { stopCause: 'memory-quota' })],
    plan: ['stop task-id-web.1 within 0 s'],
  },
  {
    name: 'asks for what is left of the grace',
    app: app({ web: 1 }),
    known: [stopping('web.1'), up('web.1', { id: 'id-new' })],
    plan: ['stop task-id-web.1 within 20 s'],
  },
  {
    name: 'forgets what has stopped',
    app: app({ web: 0 }),
    known: [exitedWith(stopping('web.1'), 143)],
    plan: ['remove web.1'],
  },
  {
    name: 'keeps the older of two records of one name',
    app: app({ web: 1 }),
    known: [up('web.1', { id: 'id-b', createdAtMs: NOW_MS }), up('web.1', { id: 'id-a' })],
    plan: ['note web.1 stopping'],
  },
  {
    name: 'stops a task that no record stands for',
    app: app({ web: 0 }),
    strays: [taskOf(dyno('web.9'))],
    plan: ['stop task-id-web.9 within 30 s'],
  },
  {
    name: 'stops the task of an earlier attempt',
    app: app({ web: 1 }),
    known: [up('web.1', { attempt: 2 })],
    strays: [taskOf(dyno('web.1'), { taskRef: 'task-old' })],
    plan: ['stop task-old within 30 s'],
  },
  {
    name: 'stops everything of a deleted app',
    app: app({ web: 1 }, { deletedAtMs }),
    known: [up('web.1'), up('run.1234'), crashed('web.2')],
    plan: ['note run.1234 stopping', 'remove web.2', 'note web.1 stopping', 'stop task-id-run.1234 within 30 s'],
  },
  {
    name: 'waits for the dynos of a deleted app',
    app: app({ web: 1 }, { deletedAtMs }),
    known: [stopping('web.1')],
    plan: ['stop task-id-web.1 within 20 s'],
  },
  { name: 'purges a deleted app once nothing is left', app: app({ web: 1 }, { deletedAtMs }), plan: ['purge'] },
];

const partialKnowledge: readonly Case[] = [
  { name: 'a missing task proves nothing', app: app({ web: 1 }), known: [vanished(up('web.1'))], plan: [] },
  {
    name: 'what is missing is started',
    app: app({ web: 2 }),
    known: [vanished(up('web.1'))],
    plan: ['new web.2 starting', 'start web.2'],
  },
  { name: 'nothing is scaled down', app: app({ web: 0 }), known: [up('web.1')], plan: [] },
  { name: 'nothing is replaced', app: app({ web: 1 }), release: release(8), known: [up('web.1')], plan: [] },
  { name: 'nothing is cycled', app: app({ web: 1 }), known: [up('web.1', overdue)], plan: [] },
  {
    name: 'a crash that is seen is a crash',
    app: app({ web: 1 }),
    known: [exitedWith(up('web.1'), 1)],
    plan: ['remove web.1', 'new web.1 starting crashes=1', 'start web.1'],
  },
  { name: 'a deleted app is not purged', app: app({ web: 0 }, { deletedAtMs }), plan: [] },
].map((each) => ({ ...each, complete: false }));

describe.each([
  { of: 'the formation', cases: formation },
  { of: 'partial knowledge', cases: partialKnowledge },
])('$of', ({ cases }) => {
  test.each(cases)('$name', ({ plan, ...situation }) => {
    expect(planned(situation)).toEqual(plan);
  });
});

test('without a release nothing starts, and nothing that runs is touched', () => {
  const { release: _release, ...without } = snapshot({
    app: app({ web: 2 }),
    known: [up('web.1', { releaseVersion: 6 })],
  });
  expect(reconcile(without)).toMatchObject({ writes: [], starts: [], stops: [] });
});

test('one pass fits one transaction, says that it is not done, and takes note of facts first', () => {
  const known = Array.from({ length: 100 }, (_, index) => up(`web.${index + 1}`));
  known[99] = exitedWith(up('web.100'), 1);
  const plan = reconcile(snapshot({ app: app({ web: 100 }, restarted('*')), known }));
  expect(plan.writes).toHaveLength(94);
  expect(plan.writes[0]?.dyno.name).toBe('web.100');
  expect(plan.nextPassAtMs).toBe(NOW_MS);
  expect(plan.dynos).toHaveLength(146);
  expect(plan.waiting).toContain('the next pass: this one is full');
});

test.each([
  { name: 'a boot timeout', known: starting('web.1'), seconds: 30 },
  { name: 'the end of a crash back-off', known: crashed('web.1'), seconds: 60 },
  { name: 'an exit that should have come', known: stopping('web.1'), seconds: 25 },
  { name: 'a lost event of a dyno that is up', known: up('web.1'), seconds: 900 },
  { name: 'a cycle', known: up('web.1', { cycleAtMs: NOW_MS + 60_000 }), seconds: 60 },
])('looks again for $name', ({ known, seconds }) => {
  const { nextPassAtMs } = reconcile(
    snapshot({
      app: app({ web: 1 }),
      known: [known, up('web.1', { id: 'other' })].slice(0, known.dyno.state === 'stopping' ? 2 : 1),
    }),
  );
  expect((nextPassAtMs - NOW_MS) / 1_000).toBe(seconds);
});

test('the same look makes the same plan', () => {
  const situation = { app: app({ web: 3, worker: 1 }), known: [up('web.1'), exitedWith(up('web.2'), 1)] };
  expect(reconcile(snapshot(situation))).toEqual(reconcile(snapshot(situation)));
});
