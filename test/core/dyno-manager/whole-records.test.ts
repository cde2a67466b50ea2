import type { DynoWrite } from '../../../core/dyno-manager/plan/dyno-plan.ts';
import { reconcile } from '../../../core/dyno-manager/plan/reconcile.ts';
import type { Dyno, FormationDyno, ReleaseDyno } from '../../../core/records/dyno.ts';
import { ofKind } from '../../dyno-fields.ts';
import {
  app,
  crashed,
  dyno,
  eco,
  exitedWith,
  MINUTE_MS,
  NOW_MS,
  release,
  type Situation,
  snapshot,
  starting,
  stopping,
  up,
  v6,
} from './records.ts';

const SECOND_MS = 1_000;
/** A day and half of 216 minutes: these passes' dice give the middle. */
const CYCLE_AT_MS = NOW_MS + (24 * 60 + 108) * MINUTE_MS;
const TOUCHED = { updatedAtMs: NOW_MS };
const CHANGED = { stateChangedAtMs: NOW_MS, updatedAtMs: NOW_MS };
const ADDRESS = { host: '127.0.0.1', port: 5_001 };
const attach = { terminal: true, columns: 80, rows: 24 };
const restarted = { restarts: { last: 3, byScope: { '*': 3 } } };
const pending = { pendingReleaseVersions: [8] };
const migrate = release(8, { status: 'pending', processTypes: { release: './migrate' } });

const sized = (sizes: Readonly<Record<string, string>>) => ({
  ...app({}, pending),
  formation: app(Object.fromEntries(Object.keys(sizes).map((type) => [type, 0]))).formation.map((entry) => ({
    ...entry,
    size: sizes[entry.type] ?? '',
  })),
});

/** A new dyno of the formation, wanted and announced. */
const fresh = (name: string, changes: Partial<FormationDyno>): FormationDyno => {
  const [type = '', number = ''] = name.split('.');
  return {
    id: 'new-1',
    appId: 'app-1',
    name,
    type,
    kind: 'formation',
    number: Number(number),
    releaseVersion: 7,
    releaseId: 'release-7',
    size: 'Standard-1X',
    command: `run ${type}`,
    state: 'starting',
    attempt: 1,
    intentAtMs: NOW_MS,
    cycleAtMs: CYCLE_AT_MS,
    crashCount: 0,
    restartEpoch: 0,
    told: { starting: true },
    createdAtMs: NOW_MS,
    ...CHANGED,
    ...changes,
  };
};
const without = (record: Dyno, ...fields: readonly (keyof Dyno)[]): Dyno =>
  Object.fromEntries(
    Object.entries(record).filter(([field]) => !fields.includes(field as keyof Dyno)),
  ) as unknown as Dyno;

const made = (record: Dyno): DynoWrite => ({ kind: 'put', dyno: record, expect: 'absent' });
const changed = (record: Dyno, expect = 1): DynoWrite => ({ kind: 'put', dyno: record, expect });
const removed = (record: Dyno, expect = 1): DynoWrite => ({ kind: 'delete', dyno: record, expect });

interface Case extends Situation {
  readonly name: string;
  readonly writes: readonly DynoWrite[];
}

const phase = (size: string): ReleaseDyno => ({
  ...fresh('release.5500', { command: './migrate', size, releaseVersion: 8, releaseId: 'release-8' }),
  kind: 'release',
});
const job = { id: 'run', name: 'nightly', scheduledAtMs: 0, cause: 'schedule' } as const;
const leaving = (record: Dyno, stopCause: 'scale' | 'release' | 'idle' | 'cycle', afterMs = 0): Dyno => ({
  ...record,
  state: 'stopping',
  stopCause,
  stoppingAtMs: NOW_MS + afterMs,
  ...CHANGED,
});
const asked = ofKind(without(dyno('run.1'), 'intentAtMs', 'cycleAtMs', 'told'), 'one-off');
const replaces = { dynoId: 'id-web.1', cause: 'cycle', sinceMs: NOW_MS - 7_000 } as const;
const successor = starting('web.1', { id: 'new', createdAtMs: NOW_MS, replaces });

const CASES: readonly Case[] = [
  {
    name: 'a missing dyno, of the app as it is now',
    app: app({ web: 1 }, restarted),
    writes: [made(fresh('web.1', { startedBecause: 'new', restartEpoch: 3 }))],
  },
  {
    name: 'a sleeping app that is scaled up: neither wanted nor announced',
    app: eco({ web: 2 }),
    known: [{ dyno: dyno('web.1', { state: 'idle', size: 'Eco' }) }],
    writes: [
      made(
        without(
          fresh('web.2', { state: 'idle', startedBecause: 'idle', size: 'Eco' }),
          'intentAtMs',
          'cycleAtMs',
          'told',
        ),
      ),
    ],
  },
  {
    name: 'a worker of an older release: told to go at once, and its successor is announced later',
    app: app({ worker: 1 }),
    known: [up('worker.1', v6)],
    writes: [
      changed(leaving(up('worker.1', v6).dyno, 'release')),
      made(without(fresh('worker.1', { startedBecause: 'release' }), 'told')),
    ],
  },
  {
    name: 'a web dyno of an older release: SIGTERM once the routes are without it, and its successor then',
    app: app({ web: 1 }),
    known: [up('web.1', v6)],
    writes: [
      changed(leaving(up('web.1', v6).dyno, 'release', 150)),
      made(without(fresh('web.1', { startedBecause: 'release', nextStartAtMs: NOW_MS + 150 }), 'told')),
    ],
  },
  {
    name: 'a web dyno that is cycled: its successor first',
    app: app({ web: 1 }),
    known: [up('web.1', { cycleAtMs: NOW_MS })],
    writes: [made(fresh('web.1', { startedBecause: 'cycle', replaces: { ...replaces, sinceMs: NOW_MS } }))],
  },
  {
    name: 'a successor that crashes: the next one still replaces the old dyno',
    app: app({ web: 1 }),
    known: [up('web.1', { cycleAtMs: NOW_MS }), exitedWith(successor, 1)],
    writes: [removed(successor.dyno, 2), made(fresh('web.1', { startedBecause: 'crash', crashCount: 1, replaces }))],
  },
  {
    name: 'a first crash',
    app: app({ web: 1 }),
    known: [exitedWith(up('web.1'), 1)],
    writes: [removed(up('web.1').dyno), made(fresh('web.1', { startedBecause: 'crash', crashCount: 1 }))],
  },
  {
    name: 'a second crash: at no address, not being stopped, and with a time',
    app: app({ web: 1 }),
    known: [exitedWith(up('web.1', { crashCount: 1, stopCause: 'boot-timeout' }), 1)],
    writes: [
      changed({
        ...without(up('web.1').dyno, 'address'),
        state: 'crashed',
        crashCount: 2,
        nextStartAtMs: NOW_MS + 15 * MINUTE_MS,
        ...CHANGED,
      }),
    ],
  },
  {
    name: 'a crashed dyno of an app that falls asleep',
    app: eco({ web: 1, worker: 1 }),
    known: [up('web.1', { size: 'Eco', upAtMs: NOW_MS - 30 * MINUTE_MS }), crashed('worker.1', { size: 'Eco' })],
    writes: [
      changed(leaving(up('web.1', { size: 'Eco', upAtMs: NOW_MS - 30 * MINUTE_MS }).dyno, 'idle', 150)),
      made(
        without(
          fresh('web.1', { state: 'idle', startedBecause: 'idle', size: 'Eco' }),
          'intentAtMs',
          'cycleAtMs',
          'told',
        ),
      ),
      removed(crashed('worker.1', { size: 'Eco' }).dyno, 2),
      made(
        without(
          fresh('worker.1', { id: 'new-2', state: 'idle', startedBecause: 'idle', size: 'Eco' }),
          'intentAtMs',
          'cycleAtMs',
          'told',
        ),
      ),
    ],
  },
  {
    name: 'an intent whose time to be tried again has come',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1', { nextStartAtMs: NOW_MS }) }],
    writes: [changed({ ...dyno('web.1'), intentAtMs: NOW_MS, ...TOUCHED })],
  },
  {
    name: 'an intent that got no answer for a minute',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1') }],
    writes: [changed({ ...dyno('web.1'), intentAtMs: NOW_MS, firstIntentAtMs: NOW_MS - MINUTE_MS, ...TOUCHED })],
  },
  {
    name: 'an intent that got no answer for a minute, again',
    app: app({ web: 1 }),
    known: [{ dyno: dyno('web.1', { firstIntentAtMs: NOW_MS - 5 * MINUTE_MS }) }],
    writes: [changed({ ...dyno('web.1'), intentAtMs: NOW_MS, firstIntentAtMs: NOW_MS - 5 * MINUTE_MS, ...TOUCHED })],
  },
  {
    name: 'a one-off that the API has written',
    app: app({}),
    known: [{ dyno: asked }],
    writes: [changed({ ...asked, intentAtMs: NOW_MS, cycleAtMs: CYCLE_AT_MS, told: { starting: true } })],
  },
  {
    name: 'an attached one-off that the API has written',
    app: app({}),
    known: [{ dyno: { ...asked, attach } }],
    writes: [changed({ ...asked, attach, intentAtMs: NOW_MS, cycleAtMs: CYCLE_AT_MS })],
  },
  {
    name: 'a web dyno that listens',
    app: app({ web: 1 }),
    known: [starting('web.1', {}, { listening: true, address: ADDRESS, version: 5 })],
    writes: [
      changed({
        ...starting('web.1').dyno,
        state: 'up',
        upAtMs: NOW_MS,
        observedVersion: 5,
        launchedAtMs: NOW_MS - 30 * SECOND_MS,
        address: ADDRESS,
        ...CHANGED,
      }),
    ],
  },
  {
    name: 'a worker that runs, nobody knows since when or where',
    app: app({ worker: 1 }),
    known: [starting('worker.1', {}, { launchedAtMs: undefined })],
    writes: [changed({ ...starting('worker.1').dyno, state: 'up', upAtMs: NOW_MS, observedVersion: 2, ...CHANGED })],
  },
  {
    name: 'a web dyno that moved',
    app: app({ web: 1 }),
    known: [up('web.1', {}, { address: { host: '127.0.0.1', port: 7 } })],
    writes: [changed({ ...up('web.1').dyno, address: { host: '127.0.0.1', port: 7 } })],
  },
  {
    name: 'a task whose reference was not written',
    app: app({ web: 1 }),
    known: [{ ...starting('web.1'), dyno: dyno('web.1') }],
    writes: [changed(starting('web.1').dyno)],
  },
  {
    name: 'a client that is waited for',
    app: app({}),
    known: [starting('run.1', { attach, told: undefined }, { state: 'awaiting-client', launchedAtMs: undefined })],
    writes: [changed(starting('run.1', { attach, told: { awaitingClient: true } }).dyno)],
  },
  {
    name: 'a client that left',
    app: app({}),
    known: [up('run.1', { attach, told: { starting: true, awaitingClient: true } }, { hangUps: 2 })],
    writes: [
      changed(
        up('run.1', { attach, told: { starting: true, awaitingClient: true, hangUps: 2, lastHangUpAtMs: NOW_MS } })
          .dyno,
      ),
    ],
  },
  {
    name: 'a one-off that did not react to the last SIGHUP',
    app: app({}),
    known: [up('run.1', { told: { starting: true, hangUps: 3, lastHangUpAtMs: 1 } }, { hangUps: 3 })],
    writes: [changed(up('run.1', { told: { starting: true, hangUps: 3, lastHangUpAtMs: 1, detached: true } }).dyno)],
  },
  {
    name: 'a boot that took too long',
    app: app({ web: 1 }),
    known: [starting('web.1', {}, { launchedAtMs: NOW_MS - MINUTE_MS })],
    writes: [changed({ ...starting('web.1').dyno, stopCause: 'boot-timeout' })],
  },
  {
    name: 'a dyno far over its quota',
    app: app({ web: 1 }),
    known: [up('web.1')],
    memory: new Map([['id-web.1', 2_000]]),
    writes: [changed({ ...up('web.1').dyno, stopCause: 'memory-quota' })],
  },
  {
    name: 'a dyno that got SIGKILL',
    app: app({ web: 0 }),
    known: [stopping('web.1', {}, { graceExpired: true })],
    writes: [changed(stopping('web.1', { told: { starting: true, exitTimeout: true } }).dyno)],
  },
  {
    name: 'cycles that all were missed: half of 216 minutes from now',
    app: app({ worker: 2 }),
    known: ['worker.1', 'worker.2'].map((name) => up(name, { cycleAtMs: NOW_MS - 16 * MINUTE_MS })),
    writes: ['worker.1', 'worker.2'].map((name, index) =>
      changed(
        up(name, { cycleAtMs: NOW_MS - 16 * MINUTE_MS, recycleAtMs: NOW_MS + 1 + 108 * MINUTE_MS }).dyno,
        index + 1,
      ),
    ),
  },
  {
    name: 'a release phase, of the size of its own type',
    app: sized({ worker: 'Eco', web: 'Basic', release: 'Standard-2X' }),
    pendingRelease: migrate,
    writes: [made(phase('Standard-2X'))],
  },
  {
    name: 'a release phase, of the size of web',
    app: sized({ worker: 'Eco', web: 'Basic' }),
    pendingRelease: migrate,
    writes: [made(phase('Basic'))],
  },
  {
    name: 'a release phase, of the size of any type',
    app: sized({ worker: 'Eco', clock: 'Basic' }),
    pendingRelease: migrate,
    writes: [made(phase('Eco'))],
  },
  {
    name: 'a release phase, without any type',
    app: app({}, pending),
    pendingRelease: migrate,
    writes: [made(phase('Standard-1X'))],
  },
  {
    name: 'the end of a release phase',
    app: app({}, pending),
    pendingRelease: migrate,
    known: [exitedWith(up('release.1', { releaseVersion: 8 }), 0)],
    writes: [changed(up('release.1', { releaseVersion: 8, state: 'stopping', outcome: 'succeeded', ...CHANGED }).dyno)],
  },
  {
    name: "the end of a job's dyno",
    app: app({}),
    known: [exitedWith(up('run.1', { job }), 3)],
    writes: [
      removed(up('run.1', { job }).dyno),
      { kind: 'job-ended', dyno: up('run.1', { job }).dyno, task: exitedWith(up('run.1', { job }), 3).task },
    ] as readonly DynoWrite[],
  },
  {
    name: "a job's dyno that nobody saw",
    app: app({}),
    known: [{ dyno: dyno('run.1', { job, stopRequested: true }) }],
    writes: [
      removed(dyno('run.1', { job, stopRequested: true })),
      { kind: 'job-ended', dyno: dyno('run.1', { job, stopRequested: true }) },
    ],
  },
];

test.each(CASES)('$name', ({ name: _name, writes, ...situation }) => {
  expect(reconcile(snapshot(situation)).writes).toStrictEqual(writes);
});

test('without a release nobody knows what a dyno that is to sleep or to start would be: it goes on', () => {
  const known = [
    up('web.1', { size: 'Eco', upAtMs: NOW_MS - 30 * MINUTE_MS }),
    crashed('worker.1', { nextStartAtMs: NOW_MS }),
    { dyno: dyno('worker.2') },
  ];
  const { release: _release, ...rest } = snapshot({ app: eco({ web: 1, worker: 3 }), known });
  const { writes, stops, starts, lines, waiting, nextPassAtMs } = reconcile(rest);
  expect({ writes, stops, starts, lines, waiting, nextPassAtMs }).toEqual({
    writes: [],
    stops: [],
    starts: [],
    lines: [],
    waiting: [],
    nextPassAtMs: NOW_MS + 15 * MINUTE_MS,
  });
});

test('without a release a crashed dyno waits for it', () => {
  const { release: _release, ...rest } = snapshot({
    app: app({ web: 1 }),
    known: [crashed('web.1', { nextStartAtMs: NOW_MS })],
  });
  const { writes, starts, waiting, nextPassAtMs } = reconcile(rest);
  expect({ writes, starts, waiting, nextPassAtMs }).toEqual({
    writes: [],
    starts: [],
    waiting: ['web.1 to be started: the current release cannot be read'],
    nextPassAtMs: NOW_MS + 5 * SECOND_MS,
  });
});
