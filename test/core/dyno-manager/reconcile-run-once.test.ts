import {
  app,
  dyno,
  exitedWith,
  MINUTE_MS,
  NOW_MS,
  planned,
  release,
  type Situation,
  stopping,
  up,
  vanished,
} from './records.ts';

interface Case extends Situation {
  readonly name: string;
  readonly plan: readonly string[];
}

const restartOfAll = { restarts: { last: 1, byScope: { '*': 1 } } };
const overdue = { cycleAtMs: NOW_MS };
const pending = { pendingReleaseVersions: [8, 9] };
const waiting = release(8, { status: 'pending', processTypes: { release: './migrate' } });
const phase = { releaseVersion: 8 };
const runOnce: readonly Case[] = [
  {
    name: 'a one-off of the API gets its intent and its start',
    app: app({}),
    known: [{ dyno: (({ intentAtMs: _intent, told: _told, ...rest }) => rest)(dyno('run.1234')) }],
    plan: ['note run.1234 starting', 'start run.1234'],
  },
  {
    name: 'a new release and a restart of all leave a one-off alone',
    app: app({}, restartOfAll),
    release: release(8),
    known: [up('run.1234')],
    plan: [],
  },
  {
    name: 'a one-off that ended is forgotten, whatever its status',
    app: app({}),
    known: [exitedWith(up('run.1234'), 1)],
    plan: ['remove run.1234'],
  },
  {
    name: 'a lost one-off is not run again',
    app: app({}),
    known: [vanished(up('run.1234'))],
    plan: ['remove run.1234'],
  },
  {
    name: 'a one-off is stopped by its user',
    app: app({}),
    known: [up('run.1234', { stopRequested: true })],
    plan: ['note run.1234 stopping', 'stop task-id-run.1234 within 30 s'],
  },
  {
    name: 'a one-off is stopped at its time to live',
    app: app({}),
    known: [up('run.1234', { timeToLiveSeconds: 30 })],
    plan: ['note run.1234 stopping', 'stop task-id-run.1234 within 30 s'],
  },
  {
    name: 'a one-off is stopped at the end of its day',
    app: app({}),
    known: [up('run.1234', overdue)],
    plan: ['note run.1234 stopping', 'stop task-id-run.1234 within 30 s'],
  },
  {
    name: 'the oldest pending release gets its dyno',
    app: app({ web: 1 }, pending),
    pendingRelease: waiting,
    known: [up('web.1')],
    plan: ['new release.5500 starting v8', 'start release.5500'],
  },
  {
    name: 'one dyno is enough',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [up('release.1234', phase)],
    plan: [],
  },
  {
    name: 'a release without a command has succeeded',
    app: app({}, pending),
    pendingRelease: release(8),
    plan: ['release v8 succeeded'],
  },
  {
    name: 'exit 0 is a success',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [exitedWith(up('release.1234', phase), 0)],
    plan: ['note release.1234 stopping v8', 'release v8 succeeded'],
  },
  {
    name: 'another status is a failure',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [exitedWith(up('release.1234', phase), 1)],
    plan: ['note release.1234 stopping v8', 'release v8 failed'],
  },
  {
    name: 'a lost release phase has failed',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [vanished(up('release.1234', phase))],
    plan: ['note release.1234 stopping v8', 'release v8 failed'],
  },
  {
    name: 'an hour is enough',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [up('release.1234', phase, { launchedAtMs: NOW_MS - 60 * MINUTE_MS })],
    plan: ['note release.1234 stopping v8', 'stop task-id-release.1234 within 30 s'],
  },
  {
    name: 'a release phase that was stopped has failed, whatever its status',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [exitedWith(stopping('release.1234', phase), 0)],
    plan: ['note release.1234 stopping v8', 'release v8 failed'],
  },
  {
    name: 'a noted outcome is told again',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [{ dyno: dyno('release.1234', { ...phase, state: 'stopping', outcome: 'succeeded' }) }],
    plan: ['release v8 succeeded'],
  },
  {
    name: 'a told outcome is told once more as its record goes, in case the output did not end',
    app: app({}),
    known: [{ dyno: dyno('release.1234', { ...phase, state: 'stopping', outcome: 'succeeded' }) }],
    plan: ['remove release.1234', 'release v8 succeeded'],
  },
  {
    name: 'a release phase of a release that is no longer pending is stopped',
    app: app({}),
    known: [up('release.1234', phase)],
    plan: ['note release.1234 stopping v8', 'stop task-id-release.1234 within 30 s'],
  },
];

test.each(runOnce)('$name', ({ plan, ...situation }) => {
  expect(planned(situation)).toEqual(plan);
});
