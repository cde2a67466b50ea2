import type { TaskExit } from '../../../core/ports.ts';
import {
  app,
  dyno,
  exitedWith,
  type InFull,
  inFull,
  MINUTE_MS,
  NOW_MS,
  release,
  type Situation,
  starting,
  stopping,
  up,
} from './records.ts';

interface Case extends Situation, InFull {
  readonly name: string;
}

const phase = { releaseVersion: 8 };
const pending = { pendingReleaseVersions: [8] };
const deleted = { deletedAtMs: NOW_MS };
const waiting = release(8, { status: 'pending', processTypes: { release: './migrate' } });
const exit = (status: number, reason: TaskExit['reason'], rest: Partial<TaskExit> = {}) => ({
  exit: { status, reason, ...rest },
});

/** Release phases: who gets a dyno, and which end is which outcome. */
const CASES: readonly Case[] = [
  {
    name: 'a pending release gets its dyno',
    app: app({}, pending),
    pendingRelease: waiting,
    plan: ['new release.5500 starting v8', 'start release.5500'],
    says: ['release.5500: Starting process with command `./migrate`'],
    waits: ['release v8'],
    seconds: 30,
  },
  {
    name: 'a pending release of a deleted app does not',
    app: app({}, { ...pending, ...deleted }),
    pendingRelease: waiting,
    plan: ['purge'],
    seconds: 30,
  },
  {
    name: 'a pending release without a command',
    app: app({}, pending),
    pendingRelease: release(8),
    plan: ['release v8 succeeded'],
    seconds: 30,
  },
  {
    name: 'a pending release beside the dyno of another one',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [up('release.1', { releaseVersion: 9 })],
    plan: [
      'note release.1 stopping v9',
      'new release.5500 starting v8',
      'stop task-id-release.1 within 30 s',
      'start release.5500',
    ],
    causes: ['superseded'],
    says: ['release.1: Stopping all processes with SIGTERM', 'release.5500: Starting process with command `./migrate`'],
    waits: ['release.1 to exit', 'release v8'],
    seconds: 30,
  },
  {
    name: 'a pending release beside a one-off of it',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [up('run.1', phase)],
    plan: ['new release.5500 starting v8', 'start release.5500'],
    says: ['release.5500: Starting process with command `./migrate`'],
    waits: ['release v8'],
    seconds: 30,
  },
  {
    name: 'a release phase that boots',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [starting('release.1', phase)],
    plan: ['note release.1 up v8'],
    says: ['release.1: State changed from starting to up'],
    seconds: 900,
  },
  {
    name: 'a release phase that is accepted',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [starting('release.1', phase, { state: 'pending', launchedAtMs: undefined })],
    plan: [],
    waits: ['release.1 to be up'],
    seconds: 30,
  },
  {
    name: 'a release phase that runs',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [up('release.1', phase)],
    plan: [],
    seconds: 900,
  },
  {
    name: 'a release phase that runs for almost an hour, at the end of a day',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [up('release.1', { ...phase, cycleAtMs: NOW_MS }, { launchedAtMs: NOW_MS - 60 * MINUTE_MS + 1_000 })],
    plan: [],
    seconds: 1,
  },
  {
    name: 'a release phase that runs for an hour',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [up('release.1', phase, { launchedAtMs: NOW_MS - 60 * MINUTE_MS })],
    plan: ['note release.1 stopping v8', 'stop task-id-release.1 within 30 s'],
    causes: ['release-timeout'],
    says: ['release.1: Stopping all processes with SIGTERM'],
    waits: ['release.1 to exit'],
    seconds: 35,
  },
  {
    name: 'a release phase that its user stops',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [up('release.1', { ...phase, stopRequested: true })],
    plan: ['note release.1 stopping v8', 'stop task-id-release.1 within 30 s'],
    causes: ['stop'],
    says: ['release.1: Stopping all processes with SIGTERM'],
    waits: ['release.1 to exit'],
    seconds: 35,
  },
  {
    name: 'a release phase that nobody waits for any more',
    app: app({}),
    known: [up('release.1', phase)],
    plan: ['note release.1 stopping v8', 'stop task-id-release.1 within 30 s'],
    causes: ['superseded'],
    says: ['release.1: Stopping all processes with SIGTERM'],
    waits: ['release.1 to exit'],
    seconds: 35,
  },
  {
    name: 'a release phase that nobody waits for any more, at its end',
    app: app({}),
    known: [exitedWith(up('release.1', phase), 0)],
    plan: ['remove release.1'],
    says: ['release.1: Process exited with status 0', 'release.1: State changed from up to complete'],
    seconds: 86400,
  },
  {
    name: 'a release phase of a deleted app, at its end',
    app: app({}, { ...pending, ...deleted }),
    known: [exitedWith(up('release.1', phase), 0)],
    plan: ['remove release.1', 'purge'],
    says: ['release.1: Process exited with status 0', 'release.1: State changed from up to complete'],
    seconds: 30,
  },
  {
    name: 'exit 0',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [exitedWith(up('release.1', phase), 0)],
    plan: ['note release.1 stopping v8', 'release v8 succeeded'],
    says: ['release.1: Process exited with status 0', 'release.1: State changed from up to complete'],
    seconds: 30,
  },
  {
    name: 'exit 1',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [exitedWith(up('release.1', phase), 1)],
    plan: ['note release.1 stopping v8', 'release v8 failed'],
    says: ['release.1: Process exited with status 1', 'release.1: State changed from up to complete'],
    seconds: 30,
  },
  {
    name: 'status 0 of a process that was not launched',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [exitedWith(up('release.1', phase), 0, { launchedAtMs: undefined, ...exit(0, 'start-failed') })],
    plan: ['note release.1 stopping v8', 'release v8 failed'],
    says: [
      'release.1: Error R99 (Platform error) -> Failed to start process: the process was not launched',
      'release.1: State changed from up to complete',
    ],
    seconds: 30,
  },
  {
    name: 'exit 0 after a stop',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [exitedWith(stopping('release.1', phase), 0)],
    plan: ['note release.1 stopping v8', 'release v8 failed'],
    causes: ['restart'],
    says: ['release.1: Process exited with status 0', 'release.1: State changed from up to complete'],
    seconds: 30,
  },
  {
    name: 'a noted outcome of the release that waits',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [{ dyno: dyno('release.1', { ...phase, state: 'stopping', outcome: 'succeeded' }) }],
    plan: ['release v8 succeeded'],
    waits: ['release v8'],
    seconds: 30,
  },
  {
    name: 'a noted outcome of a release that was told',
    app: app({}),
    known: [{ dyno: dyno('release.1', { ...phase, state: 'stopping', outcome: 'failed' }) }],
    plan: ['remove release.1', 'release v8 failed'],
    seconds: 30,
  },
  {
    name: 'a noted outcome of a deleted app',
    app: app({}, { ...pending, ...deleted }),
    known: [{ dyno: dyno('release.1', { ...phase, state: 'stopping', outcome: 'failed' }) }],
    plan: ['remove release.1', 'purge'],
    seconds: 30,
  },
];

test.each(CASES)('$name', ({ name: _name, plan, causes = [], says = [], waits = [], seconds, ...situation }) => {
  expect(inFull(situation)).toEqual({ plan, causes, says, waits, seconds });
});
