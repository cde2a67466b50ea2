import { findDynoSize } from '../../../core/dyno/dyno-size.ts';
import { startPriority } from '../../../core/dyno-manager/execute/action-budget.ts';
import { SentStops } from '../../../core/dyno-manager/execute/sent-stops.ts';
import { DYNO_MANAGER } from '../../../core/dyno-manager/manager-queue.ts';
import { classify, isProbed, mayBeForgotten, unansweredSinceMs } from '../../../core/dyno-manager/observe/classify.ts';
import { fence, isOutOfDate, nextVersion, readMark } from '../../../core/dyno-manager/observe/mark.ts';
import { memoryVerdict } from '../../../core/dyno-manager/observe/memory.ts';
import { type Decision, epochOf, runOnceDecision, typeEpochFor } from '../../../core/dyno-manager/plan/decisions.ts';
import { batchOf, rolloutMode, rolloutPassAtMs, rolloutStatus } from '../../../core/dyno-manager/plan/rollout.ts';
import { isEco, maySleep } from '../../../core/dyno-manager/plan/sleep.ts';
import { rolloutAbandoned, startFailed, startingProcess } from '../../../core/dyno-manager/plan/system-lines.ts';
import type { Store } from '../../../core/ports/store.ts';
import type { Dyno, StartCause } from '../../../core/records/dyno.ts';
import { ofKind } from '../../dyno-fields.ts';
import { app, dyno, exitedWith, type Known, MINUTE_MS, NOW_MS, starting, up } from './records.ts';

const sized = (sizes: Readonly<Record<string, string>>, quantity = 1) => {
  const { formation, ...rest } = app(Object.fromEntries(Object.keys(sizes).map((type) => [type, quantity])));
  return { ...rest, formation: formation.map((entry) => ({ ...entry, size: sizes[entry.type] ?? '' })) };
};

describe('which of the platform’s faults are no crash', () => {
  const ended = (name: string, reason: 'lost' | 'no-room' | 'start-failed' | 'out-of-memory' | 'attach-timeout') =>
    exitedWith(up(name), 1, { exit: { status: 1, reason } });
  test.each<{ readonly name: string; readonly known: Known; readonly condition: string }>([
    { name: 'a lost web dyno', known: ended('web.1', 'lost'), condition: 'lost' },
    { name: 'a lost one-off', known: ended('run.1', 'lost'), condition: 'lost' },
    { name: 'a web dyno that found no machine', known: ended('web.1', 'no-room'), condition: 'lost' },
    { name: 'a one-off that found no machine', known: ended('run.1', 'no-room'), condition: 'exited' },
    { name: 'a release phase that found no machine', known: ended('release.1', 'no-room'), condition: 'exited' },
    { name: 'a start that failed', known: ended('web.1', 'start-failed'), condition: 'exited' },
    { name: 'a kill by the kernel', known: ended('web.1', 'out-of-memory'), condition: 'exited' },
    { name: 'a release phase on a lost machine', known: up('release.1', {}, { hostFault: 'lost' }), condition: 'up' },
    {
      name: 'a dyno that was to be killed, on a lost machine',
      known: up('web.1', { stopCause: 'memory-quota' }, { hostFault: 'lost' }),
      condition: 'lost',
    },
    {
      name: 'a start without an exit',
      known: exitedWith(starting('web.1'), 1, { exit: undefined }),
      condition: 'exited',
    },
    {
      name: 'a noted end of one that crashed',
      known: { dyno: dyno('run.1', { state: 'crashed', outcome: 'failed' }) },
      condition: 'finished',
    },
  ])('$name: $condition', ({ known, condition }) => {
    expect(classify(known.dyno, known.task, true)).toBe(condition);
  });
});

test.each([
  { of: dyno('web.1'), probed: true },
  { of: dyno('worker.1'), probed: false },
  { of: dyno('web.1', { kind: 'one-off' }), probed: false },
])('$of.name of kind $of.kind must bind to its port: $probed', ({ of, probed }) => {
  expect(isProbed(of)).toBe(probed);
});

test.each([
  { changes: { intentAtMs: 5 }, since: 5 },
  { changes: { intentAtMs: 5, firstIntentAtMs: 3 }, since: 3 },
  { changes: { intentAtMs: 5, nextStartAtMs: 9 }, since: undefined },
  { changes: { intentAtMs: undefined }, since: undefined },
])('a start with $changes is unanswered since $since', ({ changes, since }) => {
  expect(unansweredSinceMs(dyno('web.1', changes))).toBe(since);
});

test('the runtime may have forgotten a start after 55 minutes, and nothing that was not asked for', () => {
  const asked = dyno('web.1', { intentAtMs: 0 });
  expect([55 * MINUTE_MS - 1, 55 * MINUTE_MS].map((nowMs) => mayBeForgotten(asked, nowMs))).toEqual([false, true]);
  expect(mayBeForgotten(dyno('web.1', { intentAtMs: undefined }), NOW_MS)).toBe(false);
});

const runsOnce = (of: Dyno) => (of.kind === 'release' ? of : ofKind(of, 'one-off'));

describe('what is wanted of a dyno that runs once', () => {
  const decision = (known: Known, pendingVersion?: number, deleted = false) =>
    runOnceDecision(
      { app: app({}, deleted ? { deletedAtMs: 1 } : {}), pendingVersion, nowMs: NOW_MS },
      runsOnce(known.dyno),
      known.task,
    );
  const remove = (cause: string) => ({ kind: 'remove', cause }) as Decision;
  const v8 = { releaseVersion: 8 };
  const hour = { launchedAtMs: NOW_MS - 60 * MINUTE_MS };
  const KEEP: Decision = { kind: 'keep' };

  test.each<{ readonly name: string; readonly decision: Decision; readonly is: Decision }>([
    { name: 'a one-off', decision: decision(up('run.1')), is: KEEP },
    { name: 'a one-off of a deleted app', decision: decision(up('run.1'), undefined, true), is: remove('app-deleted') },
    {
      name: 'a release phase of a deleted app',
      decision: decision(up('release.1', v8), 8, true),
      is: remove('app-deleted'),
    },
    { name: 'a one-off that is to stop', decision: decision(up('run.1', { stopRequested: true })), is: remove('stop') },
    { name: 'one that is not to stop', decision: decision(up('run.1', { stopRequested: false })), is: KEEP },
    {
      name: 'its time to live over',
      decision: decision(up('run.1', { timeToLiveSeconds: 30 })),
      is: remove('time-to-live'),
    },
    { name: 'a second left of it', decision: decision(up('run.1', { timeToLiveSeconds: 31 })), is: KEEP },
    { name: 'its day over', decision: decision(up('run.1', { cycleAtMs: NOW_MS })), is: remove('cycle') },
    { name: 'a moment left of it', decision: decision(up('run.1', { cycleAtMs: NOW_MS + 1 })), is: KEEP },
    { name: 'no day', decision: decision(up('run.1', { cycleAtMs: undefined })), is: KEEP },
    { name: 'no task', decision: decision({ dyno: dyno('run.1', { timeToLiveSeconds: 1 }) }), is: KEEP },
    { name: 'an hour of a one-off', decision: decision(up('run.1', {}, hour)), is: KEEP },
    { name: 'a release phase', decision: decision(up('release.1', v8), 8), is: KEEP },
    {
      name: 'its day over, a release phase',
      decision: decision(up('release.1', { ...v8, cycleAtMs: 0 }), 8),
      is: KEEP,
    },
    { name: 'another release pending', decision: decision(up('release.1', v8), 9), is: remove('superseded') },
    { name: 'no release pending', decision: decision(up('release.1', v8)), is: remove('superseded') },
    { name: 'to stop', decision: decision(up('release.1', { ...v8, stopRequested: true }), 8), is: remove('stop') },
    {
      name: 'an hour of a release phase',
      decision: decision(up('release.1', v8, hour), 8),
      is: remove('release-timeout'),
    },
    {
      name: 'almost an hour of a release phase',
      decision: decision(up('release.1', v8, { launchedAtMs: hour.launchedAtMs + 1 }), 8),
      is: KEEP,
    },
  ])('$name: $is', ({ decision: wanted, is }) => {
    expect(wanted).toEqual(is);
  });
});

test('the epoch of a type is the higher of its own and that of all', () => {
  const of = (byScope: Readonly<Record<string, number>>) =>
    typeEpochFor(app({}, { restarts: { last: 9, byScope } }), 'web');
  expect([of({}), of({ '*': 2 }), of({ web: 3 }), of({ '*': 4, web: 3 }), of({ '*': 2, web: 3 })]).toEqual([
    0, 2, 3, 4, 3,
  ]);
  expect(epochOf(app({}), 'toString')).toBe(0);
});

describe('the manager’s mark', () => {
  test('is read before all else; without one the app wants a pass', async () => {
    const storeOf = (item: unknown) => ({ get: async () => item }) as unknown as Store;
    expect(await readMark(storeOf(undefined), 'app-1')).toEqual({ expect: 'absent', dirty: true });
    const value = { appId: 'app-1', dirty: false, lookAtMs: 7, waiting: [] };
    expect(await readMark(storeOf({ version: 3, value }), 'app-1')).toEqual({ expect: 3, dirty: false, lookAtMs: 7 });
  });

  test('is in a queue of its own, and a pass that fails is told of in these words', () => {
    const { name, failure, queue, idOf } = DYNO_MANAGER;
    expect([name, failure, queue]).toEqual(['dyno-manager', 'a pass of the dyno manager failed', 'manager']);
    expect(idOf({ partition: 'app#app-1', sort: 'manager' })).toBe('app-1');
  });

  test('is fenced by the version that was read, and by that of the app', () => {
    const left = {
      lookAtMs: 77,
      passedAtMs: 70,
      waiting: ['web.1 to be replaced (arn:aws:ecs:eu-central-1:111122223333:task/1)', 'v2 (current) to end'],
    };
    expect(fence('app-1', { expect: 4, dirty: true }, 9, left)).toEqual([
      {
        kind: 'put',
        key: { partition: 'app#app-1', sort: 'manager' },
        value: {
          appId: 'app-1',
          dirty: false,
          lookAtMs: 77,
          routedAppVersion: 9,
          passedAtMs: 70,
          waiting: ['web.1 to be replaced', 'v2 (current) to end'],
        },
        expect: 4,
        due: { queue: 'manager', atMs: 77 },
      },
      { kind: 'check', key: { partition: 'app#app-1', sort: 'app' }, expect: 9 },
    ]);
    expect([nextVersion('absent'), nextVersion(1), nextVersion(7)]).toEqual([1, 2, 8]);
  });

  test.each([
    { name: 'dirty', held: { dirty: true, lookAtMs: 200 }, next: 300, is: true },
    { name: 'without a time', held: { dirty: false }, next: 300, is: true },
    { name: 'with a later time than needed', held: { dirty: false, lookAtMs: 301 }, next: 300, is: true },
    { name: 'with the very time', held: { dirty: false, lookAtMs: 300 }, next: 300, is: false },
    { name: 'with an earlier time', held: { dirty: false, lookAtMs: 200 }, next: 300, is: false },
    { name: 'with a time that is now', held: { dirty: false, lookAtMs: 100 }, next: 300, is: true },
    { name: 'with a time that has passed', held: { dirty: false, lookAtMs: 50 }, next: 300, is: true },
    { name: 'with a time just to come', held: { dirty: false, lookAtMs: 101 }, next: 300, is: false },
  ])('$name is out of date: $is', ({ held, next, is }) => {
    expect(isOutOfDate({ expect: 1, ...held }, next, 100)).toBe(is);
  });
});

describe('a stop that was sent', () => {
  const stop = (deadlineMs: number, taskRef = 'task') => ({ taskRef, deadlineMs });
  const sent = (deadlineMs: number, nowMs: number) => {
    const stops = new SentStops();
    stops.note('app-1', [stop(deadlineMs)], [stop(deadlineMs)], nowMs);
    return (nextMs: number, atMs: number) => stops.due('app-1', [stop(nextMs)], atMs).length === 1;
  };

  test.each([
    { name: 'is not sent twice', again: sent(30_000, 0)(30_000, 1), is: false },
    { name: 'nor with a later end', again: sent(30_000, 0)(40_000, 1), is: false },
    { name: 'is sent again for an earlier end', again: sent(30_000, 0)(29_999, 1), is: true },
    { name: 'not for an earlier end than one that has passed', again: sent(0, 0)(-1, 1), is: false },
    { name: 'not 4.999 s after its end', again: sent(30_000, 0)(30_000, 34_999), is: false },
    { name: 'but 5 s after its end', again: sent(30_000, 0)(30_000, 35_000), is: true },
    { name: 'and 5 s after a kill', again: sent(-100, 0)(-100, 5_000), is: true },
    { name: 'not 4.999 s after a kill', again: sent(-100, 0)(-100, 4_999), is: false },
    { name: 'is sent again by a clock that was set back', again: sent(30_000, 10)(30_000, 9), is: true },
  ])('$name: $is', ({ again, is }) => {
    expect(again).toBe(is);
  });

  test('is forgotten with its task, with its app, and never of another app', () => {
    const stops = new SentStops();
    const [one, two] = [stop(30_000, 'one'), stop(30_000, 'two')];
    stops.note('app-1', [one, two], [one, two], 0);
    expect(stops.due('app-2', [one], 1)).toEqual([one]);
    stops.note('app-1', [two], [], 1);
    expect(stops.due('app-1', [one, two], 2)).toEqual([one]);
    stops.note('app-1', [two, one], [], 2);
    expect(stops.due('app-1', [one, two], 3)).toEqual([one]);
    stops.forget('app-1');
    expect(stops.due('app-1', [one, two], 3)).toEqual([one, two]);
  });
});

describe('rollouts', () => {
  test.each([
    { of: sized({ web: 'Standard-1X' }), preboot: true, mode: 'preboot' },
    { of: sized({ web: 'Performance-M' }), preboot: true, mode: 'preboot' },
    { of: sized({ web: 'Standard-1X' }), preboot: false, mode: undefined },
    { of: sized({ web: 'Basic' }), preboot: true, mode: undefined },
    { of: sized({ web: 'Eco' }), preboot: true, mode: undefined },
    { of: sized({ worker: 'Standard-1X' }), preboot: true, mode: undefined },
    { of: sized({ worker: 'Private-S' }), preboot: true, mode: 'rolling' },
    { of: sized({ worker: 'Shield-S' }), preboot: false, mode: 'rolling' },
    { of: sized({ web: 'dyno-1c-0.5gb' }), preboot: true, mode: 'rolling' },
    { of: sized({ web: 'Colossal' }), preboot: true, mode: undefined },
  ])('of $of.formation.0.type in $of.formation.0.size, preboot $preboot: $mode', ({ of, preboot, mode }) => {
    const [entry] = of.formation;
    if (entry === undefined) throw new Error('no entry');
    expect(rolloutMode({ ...of, features: { preboot } }, entry)).toBe(mode);
  });

  const generation = { releaseVersion: 7, releaseId: 'r', command: 'c', size: 's', epoch: 0 };
  const rollout = (mode: 'preboot' | 'rolling', changes = {}) => ({
    mode,
    target: generation,
    from: generation,
    startedAtMs: 0,
    proven: 0,
    progressAtMs: MINUTE_MS,
    ...changes,
  });

  test.each([
    { name: 'preboot: the end of its window', of: rollout('preboot'), nowMs: 0, minutes: 3 },
    {
      name: 'preboot, its window over: the end of patience',
      of: rollout('preboot'),
      nowMs: 3 * MINUTE_MS,
      minutes: 15,
    },
    { name: 'preboot, patience over', of: rollout('preboot'), nowMs: 15 * MINUTE_MS, minutes: undefined },
    { name: 'rolling: patience after the last progress', of: rollout('rolling'), nowMs: 0, minutes: 16 },
    { name: 'rolling, patience over', of: rollout('rolling'), nowMs: 16 * MINUTE_MS, minutes: undefined },
    { name: 'switched', of: rollout('preboot', { switchedAtMs: 1 }), nowMs: 0, minutes: undefined },
    { name: 'abandoned', of: rollout('preboot', { abandonedAtMs: 1 }), nowMs: 0, minutes: undefined },
  ])('$name: minute $minutes', ({ of, nowMs, minutes }) => {
    const atMs = rolloutPassAtMs(of, nowMs);
    expect(atMs === undefined ? undefined : atMs / MINUTE_MS).toBe(minutes);
  });

  test('have a state in words, and go a quarter at a time', () => {
    const [going, switched, abandoned] = [{}, { switchedAtMs: 0 }, { switchedAtMs: 0, abandonedAtMs: 0 }].map(
      (changes) => rolloutStatus(rollout('preboot', changes)),
    );
    expect([going, switched, abandoned]).toEqual(['in-progress', 'switched', 'abandoned']);
    expect([0, 1, 4, 5, 8, 9].map(batchOf)).toEqual([0, 1, 1, 2, 2, 3]);
  });
});

test.each([
  { of: sized({ web: 'Eco', worker: 'Eco' }), sleeps: true, eco: true },
  { of: sized({ worker: 'Eco' }), sleeps: false, eco: true },
  { of: sized({ web: 'Eco' }, 0), sleeps: false, eco: true },
  { of: sized({ web: 'Basic' }), sleeps: false, eco: false },
  { of: sized({ web: 'Colossal' }), sleeps: false, eco: false },
  { of: sized({}), sleeps: false, eco: false },
])('$of.formation may sleep: $sleeps, uses Eco hours: $eco', ({ of, sleeps, eco }) => {
  expect([maySleep(of), isEco(of)]).toEqual([sleeps, eco]);
});

test.each<{ readonly cause: StartCause; readonly web: number; readonly worker: number }>([
  { cause: 'crash', web: 0, worker: 1 },
  { cause: 'lost', web: 0, worker: 1 },
  { cause: 'wake', web: 0, worker: 1 },
  { cause: 'release', web: 2, worker: 2 },
  { cause: 'new', web: 3, worker: 3 },
  { cause: 'host-fault', web: 4, worker: 4 },
  { cause: 'cycle', web: 5, worker: 5 },
  { cause: 'memory-threshold', web: 5, worker: 5 },
])(
  'a start because of $cause: $web for web, $worker for others, and 2 for what runs once',
  ({ cause, web, worker }) => {
    const of = (name: string) => startPriority(dyno(name, { startedBecause: cause }));
    expect([of('web.1'), of('worker.1'), of('run.1'), of('release.1')]).toEqual([web, worker, 2, 2]);
  },
);

test('the texts of lines that depend on something', () => {
  expect([
    rolloutAbandoned('web', 7, 7),
    rolloutAbandoned('web', 8, 7),
    startingProcess('a\r\nb\n\nc\rd'),
    startFailed('Error R17 (Checksum error)'),
    startFailed('an Error R17'),
  ]).toEqual([
    'Restart abandoned: not all new web dynos were up within 15 minutes. The old ones keep running.',
    'Release v8 abandoned: not all new web dynos were up within 15 minutes. The dynos of v7 keep running.',
    'Starting process with command `a b c d`',
    'Error R17 (Checksum error)',
    'Error R99 (Platform error) -> Failed to start process: an Error R17',
  ]);
});

test.each([
  { name: 'Private-S', kill: true },
  { name: 'Shield-S', kill: true },
  { name: 'Performance-M', kill: true },
  { name: 'Basic', kill: false },
  { name: 'dyno-1c-0.5gb', kill: undefined },
])('a MiB over the quota of $name kills: $kill', ({ name, kill }) => {
  const size = findDynoSize(name);
  if (size === undefined) throw new Error(`no size ${name}`);
  expect(memoryVerdict(size.memoryMiB + 1, size)?.kill).toBe(kill);
  expect(memoryVerdict(size.memoryMiB, size)).toBeUndefined();
});
