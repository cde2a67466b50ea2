import { type Case, exit, testInFull } from './in-full.ts';
import { app, dyno, exitedWith, NOW_MS, starting, stopping, up, vanished } from './records.ts';

const attach = { attach: { terminal: true, columns: 80, rows: 24 } };

/** The end of a one-off, and clients that have left it. */
const CASES: readonly Case[] = [
  {
    name: 'a one-off that is being killed',
    app: app({}),
    known: [up('run.1', { stopCause: 'memory-quota' })],
    plan: ['stop task-id-run.1 within 0 s'],
    waits: ['run.1 to be killed'],
    seconds: 30,
  },
  {
    name: 'a one-off that is stopping',
    app: app({}),
    known: [stopping('run.1')],
    plan: ['stop task-id-run.1 within 20 s'],
    waits: ['run.1 to exit'],
    seconds: 25,
  },
  {
    name: 'a one-off that ended',
    app: app({}),
    known: [exitedWith(up('run.1'), 0)],
    plan: ['remove run.1'],
    says: ['run.1: Process exited with status 0', 'run.1: State changed from up to complete'],
    seconds: 86400,
  },
  {
    name: 'a one-off that ended before it was seen to run',
    app: app({}),
    known: [exitedWith(starting('run.1'), 3)],
    plan: ['remove run.1'],
    says: [
      'run.1: State changed from starting to up',
      'run.1: Process exited with status 3',
      'run.1: State changed from up to complete',
    ],
    seconds: 86400,
  },
  {
    name: 'a one-off that ended before its launch was seen',
    app: app({}),
    known: [exitedWith({ dyno: dyno('run.1', { told: undefined }) }, 3)],
    plan: ['remove run.1'],
    says: [
      'run.1: Starting process with command `run run`',
      'run.1: State changed from starting to up',
      'run.1: Process exited with status 3',
      'run.1: State changed from up to complete',
    ],
    seconds: 86400,
  },
  {
    name: 'a one-off that went as told',
    app: app({}),
    known: [exitedWith(stopping('run.1'), 143)],
    plan: ['remove run.1'],
    says: ['run.1: Process exited with status 143', 'run.1: State changed from up to complete'],
    seconds: 86400,
  },
  {
    name: 'a one-off that vanished',
    app: app({}),
    known: [vanished(up('run.1'))],
    plan: ['remove run.1'],
    says: ['run.1: State changed from up to complete'],
    seconds: 86400,
  },
  {
    name: 'a one-off that vanished before it was up',
    app: app({}),
    known: [vanished(starting('run.1'))],
    plan: ['remove run.1'],
    says: ['run.1: State changed from starting to complete'],
    seconds: 86400,
  },
  {
    name: 'a one-off that cannot be seen',
    app: app({}),
    complete: false,
    known: [vanished(up('run.1'))],
    plan: [],
    waits: ['run.1: its task cannot be read'],
    seconds: 5,
  },
  {
    name: 'a one-off on a machine that cannot be reached goes on',
    app: app({}),
    known: [up('run.1', {}, { hostFault: 'lost' })],
    plan: [],
    seconds: 900,
  },
  {
    name: 'a one-off that found no machine',
    app: app({}),
    known: [exitedWith(starting('run.1'), 1, { launchedAtMs: undefined, ...exit(1, 'no-room') })],
    plan: ['remove run.1'],
    says: [
      'run.1: Error R99 (Platform error) -> Failed to start process: the process was not launched',
      'run.1: State changed from starting to complete',
    ],
    seconds: 86400,
  },
  {
    name: 'a one-off without a task to be seen is no crash',
    app: app({}),
    known: [{ dyno: dyno('run.1', { state: 'crashed' }) }],
    plan: ['remove run.1'],
    seconds: 86400,
  },
  {
    name: "a job's dyno that ended",
    app: app({}),
    known: [exitedWith(up('run.1', { job: { id: 'run', name: 'nightly', scheduledAtMs: 0, cause: 'schedule' } }), 0)],
    plan: ['remove run.1', 'tell the ledger of run.1'],
    says: ['run.1: Process exited with status 0', 'run.1: State changed from up to complete'],
    seconds: 86400,
  },
  {
    name: "a job's dyno that could not be started",
    app: app({}),
    known: [
      {
        dyno: dyno('run.1', {
          state: 'stopping',
          outcome: 'failed',
          job: { id: 'run', name: 'nightly', scheduledAtMs: 0, cause: 'schedule' },
        }),
      },
    ],
    plan: ['remove run.1', 'tell the ledger of run.1'],
    seconds: 86400,
  },
  {
    name: 'a client that left',
    app: app({}),
    known: [up('run.1', { ...attach, told: { starting: true, awaitingClient: true } }, { hangUps: 1 })],
    plan: ['note run.1 up'],
    says: ['run.1: Client connection closed. Sending SIGHUP to all processes'],
    seconds: 900,
  },
  {
    name: 'a client that left, the third SIGHUP',
    app: app({}),
    known: [
      up(
        'run.1',
        { ...attach, told: { starting: true, awaitingClient: true, hangUps: 1, lastHangUpAtMs: 1 } },
        { hangUps: 4 },
      ),
    ],
    plan: ['note run.1 up'],
    says: [
      'run.1: Client connection closed. Sending SIGHUP to all processes',
      'run.1: Client connection closed. Sending SIGHUP to all processes',
    ],
    seconds: 5,
  },
  {
    name: 'a client that left, waiting for what the last SIGHUP does',
    app: app({}),
    known: [
      up(
        'run.1',
        { ...attach, told: { starting: true, awaitingClient: true, hangUps: 3, lastHangUpAtMs: NOW_MS - 4_000 } },
        { hangUps: 3 },
      ),
    ],
    plan: [],
    seconds: 1,
  },
  {
    name: 'a client that left two SIGHUPs ago',
    app: app({}),
    known: [
      up(
        'run.1',
        { ...attach, told: { starting: true, awaitingClient: true, hangUps: 2, lastHangUpAtMs: NOW_MS - 60_000 } },
        { hangUps: 2 },
      ),
    ],
    plan: [],
    seconds: 900,
  },
  {
    name: 'a one-off that did not react to the last SIGHUP',
    app: app({}),
    known: [
      up(
        'run.1',
        { ...attach, told: { starting: true, awaitingClient: true, hangUps: 3, lastHangUpAtMs: NOW_MS - 5_000 } },
        { hangUps: 3 },
      ),
    ],
    plan: ['note run.1 up'],
    says: [
      'run.1: Error R16 (Detached) -> An attached process is not responding to SIGHUP after its external connection was closed.',
    ],
    seconds: 900,
  },
  {
    name: 'a one-off that did not react, as the log has said',
    app: app({}),
    known: [
      up(
        'run.1',
        {
          ...attach,
          told: { starting: true, awaitingClient: true, hangUps: 3, lastHangUpAtMs: NOW_MS - 5_000, detached: true },
        },
        { hangUps: 3 },
      ),
    ],
    plan: [],
    seconds: 900,
  },
];

testInFull(CASES);
