import { reconcile } from '../../../core/dyno-manager/plan/reconcile.ts';
import { type Case, testInFull } from './in-full.ts';
import {
  allOf,
  app,
  crashed,
  dyno,
  eco,
  exitedWith,
  MINUTE_MS,
  NOW_MS,
  planned,
  show,
  snapshot,
  starting,
  stopping,
  taskOf,
  up,
  v6,
  vanished,
} from './records.ts';

const missed = { cycleAtMs: NOW_MS - 16 * MINUTE_MS };
const ofSpace = { size: 'Private-S' };
const oldOnes = (...numbers: readonly number[]) =>
  numbers.map((number) => up(`web.${number}`, { ...v6, ...ofSpace, id: `old-web.${number}`, createdAtMs: 1 }));
const turns = (...numbers: readonly number[]) => numbers.map((number) => `web.${number} to have its turn`);

/** What one pass does, in which order, and how much of it. */
const CASES: readonly Case[] = [
  {
    name: 'facts come first, then what goes on, then what goes, then what is replaced, then what is missing',
    app: app({ worker: 5 }),
    known: [
      up('worker.1', v6),
      starting('worker.2'),
      vanished(up('worker.3')),
      exitedWith(stopping('worker.4'), 0),
      exitedWith(up('worker.5'), 1),
      up('worker.6'),
    ],
    plan: [
      'remove worker.3',
      'new worker.3 starting',
      'remove worker.4',
      'remove worker.5',
      'new worker.5 starting crashes=1',
      'note worker.2 up',
      'note worker.6 stopping',
      'note worker.1 stopping v6',
      'new worker.1 starting',
      'new worker.4 starting',
      'stop task-id-worker.6 within 30 s',
      'stop task-id-worker.1 within 30 s',
      'start worker.3',
      'start worker.5',
      'start worker.1',
      'start worker.4',
    ],
    causes: ['lost', 'crash', 'scale', 'release', 'release', 'new'],
    says: [
      'worker.3: Restarting',
      'worker.3: State changed from up to starting',
      'worker.3: Starting process with command `run worker`',
      'worker.4: Process exited with status 0',
      'worker.5: Process exited with status 1',
      'worker.5: State changed from up to crashed',
      'worker.5: State changed from crashed to starting',
      'worker.5: Starting process with command `run worker`',
      'worker.2: State changed from starting to up',
      'worker.6: Stopping all processes with SIGTERM',
      'worker.6: State changed from up to down',
      'worker.1: Restarting',
      'worker.1: State changed from up to starting',
      'worker.1: Stopping all processes with SIGTERM',
      'worker.4: State changed from created to starting',
      'worker.4: Starting process with command `run worker`',
    ],
    waits: [
      'worker.3 to start',
      'worker.5 to start',
      'worker.6 to exit',
      'worker.1 to be replaced (task-id-worker.1)',
      'worker.4 to start',
    ],
    seconds: 30,
  },
  {
    name: 'of two records of one name and one age the one with the lower id stays',
    app: app({ worker: 1 }),
    known: [up('worker.1', { id: 'b' }), up('worker.1', { id: 'a' })],
    plan: ['note worker.1 stopping', 'stop task-b within 30 s'],
    causes: ['duplicate'],
    says: ['worker.1: Stopping all processes with SIGTERM', 'worker.1: State changed from up to down'],
    waits: ['worker.1 to exit'],
    seconds: 35,
  },
  {
    name: "of tasks that are nobody's those that have ended are not stopped",
    app: app({}),
    strays: [taskOf(dyno('web.8')), taskOf(dyno('web.9'), { state: 'stopped' })],
    plan: ['stop task-id-web.8 within 30 s'],
    seconds: 30,
  },
  {
    name: 'the live task of a dyno that sleeps',
    app: eco({ web: 1 }),
    known: [{ dyno: dyno('web.1', { state: 'idle', size: 'Eco' }), task: taskOf(dyno('web.1')) }],
    plan: ['stop task-id-web.1 within 30 s'],
    seconds: 30,
  },
  {
    name: 'a dyno that vanished and whose name another dyno has goes without a word',
    app: app({ web: 1 }),
    known: [up('web.1', { createdAtMs: 1 }), vanished(up('web.1', { id: 'old', ...v6 }))],
    plan: ['remove web.1'],
    seconds: 900,
  },
  {
    name: 'an Eco app sleeps by its web dynos, however long its workers have run',
    app: eco({ web: 1, worker: 1 }),
    known: [
      up('web.1', { size: 'Eco', upAtMs: NOW_MS - 29 * MINUTE_MS }),
      up('worker.1', { size: 'Eco', upAtMs: NOW_MS - MINUTE_MS }),
    ],
    plan: [],
    seconds: 60,
  },
  {
    name: 'a rolling deploy has a turn less for each dyno that is still to exit',
    app: allOf('Private-S', { web: 5 }),
    known: [
      ...oldOnes(2, 3, 4, 5),
      up('web.1', ofSpace),
      stopping('web.1', { ...v6, ...ofSpace, id: 'leaves', stoppingAtMs: NOW_MS }),
    ],
    plan: ['new web.2 starting', 'stop task-leaves within 30 s', 'start web.2'],
    causes: ['release'],
    says: [
      'web.2: Restarting',
      'web.2: State changed from up to starting',
      'web.2: Starting process with command `run web`',
    ],
    waits: ['web.1 to exit', 'web.2 to be replaced', ...turns(3, 4, 5)],
    seconds: 30,
  },
  {
    name: 'a rolling deploy waits while as many are to exit as may go at a time',
    app: allOf('Private-S', { web: 5 }),
    known: [
      ...oldOnes(2, 3, 4, 5),
      up('web.1', ofSpace),
      ...['one', 'two'].map((id) => stopping('web.1', { ...v6, ...ofSpace, id, stoppingAtMs: NOW_MS })),
    ],
    plan: ['stop task-one within 30 s', 'stop task-two within 30 s'],
    waits: ['web.1 to exit', 'web.1 to exit', ...turns(2, 3, 4, 5)],
    seconds: 30,
  },
  {
    name: 'a one-off of the same type that is to exit takes no turn, nor does a dyno that has exited',
    app: allOf('Private-S', { web: 1 }),
    known: [
      ...oldOnes(1),
      stopping('web.1234', { kind: 'one-off', stoppingAtMs: NOW_MS }),
      exitedWith(stopping('web.1', { id: 'gone' }), 143),
    ],
    plan: ['remove web.1', 'new web.1 starting', 'stop task-id-web.1234 within 30 s', 'start web.1'],
    causes: ['release'],
    says: [
      'web.1: Process exited with status 143',
      'web.1: Restarting',
      'web.1: State changed from up to starting',
      'web.1: Starting process with command `run web`',
    ],
    waits: ['web.1234 to exit', 'web.1 to be replaced'],
    seconds: 30,
  },
];

testInFull(CASES);

test('a pass asks for a hundred starts, and the next one, at once, for the rest', () => {
  const known = Array.from({ length: 101 }, (_, index) => ({
    dyno: dyno(`worker.${index + 1}`, { intentAtMs: NOW_MS - 1 }),
  }));
  const { starts, writes, dynos, waiting, nextPassAtMs } = reconcile(snapshot({ app: app({ worker: 101 }), known }));
  expect([starts.length, writes, nextPassAtMs - NOW_MS]).toEqual([100, [], 0]);
  expect(waiting.at(-1)).toBe('the next pass: this one is full');
  // What is left for the next pass has no record of this one: nothing was written.
  expect(dynos).toHaveLength(100);
});

test('what starts nothing is done though the pass can start no more', () => {
  const intents = Array.from({ length: 100 }, (_, index) => ({
    dyno: dyno(`worker.${index + 1}`, { intentAtMs: NOW_MS - 1 }),
  }));
  const { starts, writes, waiting } = reconcile(
    snapshot({ app: app({ worker: 100 }), known: [...intents, up('worker.101')] }),
  );
  expect([starts.length, writes.map((write) => write.dyno.name)]).toEqual([100, ['worker.101']]);
  expect(waiting).not.toContain('the next pass: this one is full');
});

test('a deleted app with more records than one pass can remove is purged by a later one', () => {
  const known = Array.from({ length: 97 }, (_, index) => crashed(`web.${index + 1}`));
  const of = app({}, { deletedAtMs: NOW_MS });
  const { writes, purge, dynos } = reconcile(snapshot({ app: of, known }));
  expect([writes.length, purge, dynos.map(({ name }) => name)]).toEqual([95, false, ['web.2', 'web.1']]);
  expect(planned({ app: of, known: known.slice(0, 1) })).toEqual(['remove web.1', 'purge']);
});

test('without a release no missed cycle gets a new time', () => {
  const known = ['worker.1', 'worker.2'].map((name) => up(name, missed));
  const { release: _release, ...without } = snapshot({ app: app({ worker: 2 }), known });
  expect(show(reconcile(without))).toEqual([]);
  expect(planned({ app: app({ worker: 2 }), known })).toEqual(['note worker.1 up', 'note worker.2 up']);
});

test('a dyno whose task cannot be read stays, and requests go to it', () => {
  const { dynos, routes } = reconcile(
    snapshot({ app: app({ web: 1 }), known: [vanished(up('web.1'))], complete: false }),
  );
  expect(dynos.map(({ name }) => name)).toEqual(['web.1']);
  expect(routes).toMatchObject({ situation: 'serving', dynos: [{ name: 'web.1' }] });
});
