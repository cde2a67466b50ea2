import type { Dyno } from '../../../core/records/dyno.ts';
import { type Case, exit, restarted, sized, testInFull } from './in-full.ts';
import {
  allOf,
  app,
  type Changes,
  crashed,
  dyno,
  exitedWith,
  type Known,
  MINUTE_MS,
  NOW_MS,
  planned,
  starting,
  up,
  v6,
  vanished,
} from './records.ts';

const past = { cycleAtMs: NOW_MS - MINUTE_MS };
const missed = { cycleAtMs: NOW_MS - 16 * MINUTE_MS };
const generation = (releaseVersion: number, size: string) => ({
  releaseVersion,
  releaseId: `release-${releaseVersion}`,
  command: 'run web',
  size,
  epoch: 0,
});
const since = (minutes: number) => NOW_MS - minutes * MINUTE_MS;
const preboot = {
  web: {
    mode: 'preboot',
    target: generation(7, 'Standard-1X'),
    from: generation(6, 'Standard-1X'),
    startedAtMs: since(1),
    progressAtMs: since(1),
    proven: 0,
  },
} as const;
const rolling = {
  web: { ...preboot.web, mode: 'rolling', target: generation(7, 'Private-S'), from: generation(6, 'Private-S') },
} as const;
const replacement = (cause: 'cycle' | 'restart' | 'memory-threshold', changes: Changes<Dyno> = {}) =>
  up('web.1', {
    id: 'new',
    createdAtMs: NOW_MS,
    replaces: { dynoId: 'id-web.1', cause, sinceMs: NOW_MS - 10_000 },
    ...changes,
  });
const first = (name: string, line: 'Cycling' | 'Restarting') => [
  `${name}: ${line}`,
  `${name}: State changed from up to starting`,
  `${name}: Starting process with command \`run ${name.split('.')[0]}\``,
];
const atOnce = (name: string, line: 'Cycling' | 'Restarting') => [
  `${name}: ${line}`,
  `${name}: State changed from up to starting`,
  `${name}: Stopping all processes with SIGTERM`,
];
const workerReplaced = (name: string) => [
  `note ${name} stopping`,
  `new ${name} starting`,
  `stop task-id-${name} within 30 s`,
  `start ${name}`,
];

/** Which of several dynos is replaced first, and what needs no turn. */
const CASES: readonly Case[] = [
  {
    name: 'two whose cycles were missed by just fifteen minutes: one after the other',
    app: app({ worker: 2 }),
    known: ['worker.1', 'worker.2'].map((name) => up(name, { cycleAtMs: NOW_MS - 15 * MINUTE_MS })),
    plan: workerReplaced('worker.1'),
    causes: ['cycle', 'cycle'],
    says: atOnce('worker.1', 'Cycling'),
    waits: ['worker.1 to be replaced (task-id-worker.1)', 'worker.2 to have its turn'],
    seconds: 30,
  },
  {
    name: 'one of two whose cycle was missed by longer is no backlog',
    app: app({ worker: 2 }),
    known: [up('worker.1', missed), up('worker.2')],
    plan: workerReplaced('worker.1'),
    causes: ['cycle', 'cycle'],
    says: atOnce('worker.1', 'Cycling'),
    waits: ['worker.1 to be replaced (task-id-worker.1)'],
    seconds: 30,
  },
  {
    name: 'a backlog of missed cycles gives no new time to a dyno that is not due',
    app: app({ worker: 3 }),
    known: [up('worker.1', missed), up('worker.2', missed), up('worker.3')],
    plan: ['note worker.1 up', 'note worker.2 up'],
    seconds: 900,
  },
  {
    name: 'a backlog of missed cycles waits until all tasks can be read',
    app: app({ worker: 2 }),
    complete: false,
    known: [up('worker.1', missed), up('worker.2', missed)],
    plan: [],
    seconds: 5,
  },
  {
    name: 'one that boots of an older release takes no turn of a cycle',
    app: app({ web: 2 }),
    known: [up('web.1', past), starting('web.2', v6)],
    plan: [
      'new web.1 starting',
      'note web.2 stopping v6',
      'new web.2 starting',
      'stop task-id-web.2 within 30 s',
      'start web.1',
      'start web.2',
    ],
    causes: ['cycle', 'release', 'release'],
    says: [...first('web.1', 'Cycling'), 'web.2: Restarting', 'web.2: Stopping all processes with SIGTERM'],
    waits: ['web.1 to be replaced', 'web.2 to be replaced (task-id-web.2)'],
    seconds: 30,
  },
  {
    name: 'one that waits after a crash takes no turn of a cycle',
    app: app({ web: 2 }),
    known: [up('web.1', past), crashed('web.2')],
    plan: ['new web.1 starting', 'start web.1'],
    causes: ['cycle'],
    says: first('web.1', 'Cycling'),
    waits: ['web.2 to be started again after a crash', 'web.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a restart of one dyno waits for no turn',
    app: app({ web: 2 }, restarted('web.1')),
    known: [up('web.1'), starting('web.2')],
    plan: ['new web.1 starting', 'start web.1'],
    causes: ['restart'],
    says: first('web.1', 'Restarting'),
    waits: ['web.2 to be up', 'web.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a dyno on a Spot machine that is taken back waits for no turn',
    app: app({ worker: 2 }),
    known: [up('worker.1', {}, { hostFault: 'spot-notice' }), starting('worker.2', {}, { state: 'pending' })],
    plan: ['new worker.1 starting', 'start worker.1'],
    causes: ['host-fault'],
    says: ['worker.1: Moving to another host: this one is going away', ...first('worker.1', 'Restarting')],
    waits: ['worker.2 to be up', 'worker.1 to be replaced'],
    seconds: 30,
  },
  {
    name: 'a restart of the only Basic web dyno stops it first',
    app: { ...sized('Basic'), ...restarted('web.1') },
    known: [up('web.1', { size: 'Basic' })],
    plan: ['note web.1 stopping', 'new web.1 starting'],
    causes: ['restart', 'restart'],
    says: atOnce('web.1', 'Restarting'),
    waits: ['web.1 to be replaced (task-id-web.1)'],
    seconds: 0.15,
  },
  {
    name: 'a dyno that waits for its turn is looked at again before, should its own cycle come first',
    app: allOf('Private-S', { web: 2 }),
    rollouts: rolling,
    known: [
      up('web.1', { ...v6, size: 'Private-S' }),
      up('web.2', { ...v6, size: 'Private-S', cycleAtMs: NOW_MS + 10_000 }),
    ],
    plan: ['new web.1 starting', 'start web.1'],
    causes: ['release'],
    says: first('web.1', 'Restarting'),
    waits: ['web.1 to be replaced', 'web.2 to have its turn'],
    seconds: 10,
  },
  {
    name: 'preboot: a dyno of neither generation is replaced at once',
    app: app({ web: 2 }, { features: { preboot: true } }),
    rollouts: preboot,
    known: [
      up('web.1', { ...v6, id: 'old', createdAtMs: 1 }),
      starting('web.1'),
      up('web.2', { releaseVersion: 5, releaseId: 'release-5' }),
    ],
    plan: ['note web.2 stopping v5', 'new web.2 starting'],
    causes: ['release', 'release'],
    says: atOnce('web.2', 'Restarting'),
    waits: ['web.1 to be up', 'web.2 to be replaced (task-id-web.2)'],
    seconds: 0.15,
  },
  {
    name: 'a rolling deploy whose new dyno was accepted at its third attempt: the old one goes on',
    app: allOf('Private-S', { web: 1 }),
    rollouts: rolling,
    known: [
      up('web.1', { ...v6, id: 'old', size: 'Private-S', createdAtMs: 1 }),
      starting('web.1', { size: 'Private-S', attempt: 3 }),
    ],
    plan: [],
    waits: ['web.1 to be up'],
    seconds: 30,
  },
  {
    name: 'a dyno that is due for its cycle, its replacement for another reason up: it goes for its cycle',
    app: app({ web: 1 }),
    known: [up('web.1', past), replacement('memory-threshold')],
    plan: ['note web.1 stopping'],
    causes: ['cycle'],
    says: ['web.1: Stopping all processes with SIGTERM'],
    waits: ['web.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'a replacement for a restart that is not asked for any more is one too many',
    app: app({ web: 1 }),
    known: [up('web.1'), replacement('restart')],
    plan: ['note web.1 stopping'],
    causes: ['duplicate'],
    says: ['web.1: Stopping all processes with SIGTERM', 'web.1: State changed from up to down'],
    waits: ['web.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'three of one name: the oldest stays',
    app: app({ worker: 1 }),
    known: [
      up('worker.1', { createdAtMs: 1 }),
      up('worker.1', { id: 'second', createdAtMs: 2 }),
      up('worker.1', { id: 'third', createdAtMs: 3 }),
    ],
    plan: [
      'note worker.1 stopping',
      'note worker.1 stopping',
      'stop task-second within 30 s',
      'stop task-third within 30 s',
    ],
    causes: ['duplicate', 'duplicate'],
    says: [1, 2].flatMap(() => [
      'worker.1: Stopping all processes with SIGTERM',
      'worker.1: State changed from up to down',
    ]),
    waits: ['worker.1 to exit', 'worker.1 to exit'],
    seconds: 35,
  },
  {
    name: 'a dyno of the formation whose end is noted is no dyno any more',
    app: app({ worker: 0 }),
    known: [{ dyno: dyno('worker.1', { outcome: 'failed' }) }],
    plan: ['remove worker.1'],
    seconds: 86400,
  },
];

testInFull(CASES);

test.each<{ readonly name: string; readonly other: Known; readonly plan?: readonly string[] }>([
  {
    name: 'was accepted and is not launched',
    other: starting('web.2', {}, { state: 'pending', launchedAtMs: undefined }),
  },
  { name: 'boots', other: starting('web.2') },
  { name: 'is not started yet', other: { dyno: dyno('web.2', { intentAtMs: NOW_MS - 1 }) }, plan: ['start web.2'] },
  {
    name: 'was lost',
    other: vanished(up('web.2')),
    plan: ['remove web.2', 'new web.2 starting', 'start web.2'],
  },
  {
    name: 'has just crashed',
    other: exitedWith(up('web.2'), 1, exit(1, 'exited')),
    plan: ['remove web.2', 'new web.2 starting crashes=1', 'start web.2'],
  },
])('a cycle waits for a dyno beside it that $name', ({ other, plan = [] }) => {
  expect(planned({ app: app({ web: 2 }), known: [up('web.1', past), other] })).toEqual(plan);
});
