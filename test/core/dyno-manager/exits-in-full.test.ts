import type { TaskExit } from '../../../core/ports.ts';
import { app, exitedWith, type InFull, inFull, NOW_MS, type Situation, stopping, up, vanished } from './records.ts';

interface Case extends Situation, InFull {
  readonly name: string;
}

const exit = (status: number, reason: TaskExit['reason'], rest: Partial<TaskExit> = {}) => ({
  exit: { status, reason, ...rest },
});

/** Dynos that were told to go, up to their exit. */
const CASES: readonly Case[] = [
  {
    name: 'a dyno that cannot be seen',
    app: app({ web: 1 }),
    complete: false,
    known: [vanished(up('web.1'))],
    plan: [],
    waits: ['web.1: its task cannot be read'],
    seconds: 5,
  },
  {
    name: 'a dyno that is being killed',
    app: app({ web: 1 }),
    known: [up('web.1', { stopCause: 'memory-quota' })],
    plan: ['stop task-id-web.1 within 0 s'],
    waits: ['web.1 to be killed'],
    seconds: 30,
  },
  {
    name: 'a stopping dyno that is still routed somewhere',
    app: app({ web: 0 }),
    known: [stopping('web.1', { stoppingAtMs: NOW_MS + 100 })],
    plan: [],
    waits: ['web.1 to leave the routes'],
    seconds: 0.1,
  },
  {
    name: 'a stopping dyno, its SIGTERM due just now',
    app: app({ web: 0 }),
    known: [stopping('web.1', { stoppingAtMs: NOW_MS })],
    plan: ['stop task-id-web.1 within 30 s'],
    waits: ['web.1 to exit'],
    seconds: 35,
  },
  {
    name: 'a stopping dyno without a time',
    app: app({ web: 0 }),
    known: [stopping('web.1', { stoppingAtMs: undefined })],
    plan: ['stop task-id-web.1 within 30 s'],
    waits: ['web.1 to exit'],
    seconds: 35,
  },
  {
    name: 'a stopping dyno that should be gone',
    app: app({ web: 0 }),
    known: [stopping('web.1', { stoppingAtMs: NOW_MS - 50_000 })],
    plan: ['stop task-id-web.1 within -20 s'],
    waits: ['web.1 to exit'],
    seconds: 5,
  },
  {
    name: 'a stopping dyno that got SIGKILL',
    app: app({ web: 0 }),
    known: [stopping('web.1', {}, { graceExpired: true })],
    plan: ['note web.1 stopping', 'stop task-id-web.1 within 20 s'],
    causes: ['restart'],
    says: [
      'web.1: Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM',
      'web.1: Stopping remaining processes with SIGKILL',
    ],
    waits: ['web.1 to exit'],
    seconds: 25,
  },
  {
    name: 'a stopping dyno that got SIGKILL, as the log has said',
    app: app({ web: 0 }),
    known: [stopping('web.1', { told: { exitTimeout: true } }, { graceExpired: true })],
    plan: ['stop task-id-web.1 within 20 s'],
    waits: ['web.1 to exit'],
    seconds: 25,
  },
  {
    name: 'a dyno that went as told',
    app: app({ web: 0 }),
    known: [exitedWith(stopping('web.1'), 143)],
    plan: ['remove web.1'],
    says: ['web.1: Process exited with status 143'],
    seconds: 86400,
  },
  {
    name: 'a dyno that went as told, after SIGKILL that nobody saw',
    app: app({ web: 0 }),
    known: [exitedWith(stopping('web.1'), 137, { graceExpired: true })],
    plan: ['remove web.1'],
    says: [
      'web.1: Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM',
      'web.1: Stopping remaining processes with SIGKILL',
      'web.1: Process exited with status 137',
    ],
    seconds: 86400,
  },
  {
    name: 'a dyno that went as told before it was launched',
    app: app({ worker: 0 }),
    known: [exitedWith(stopping('worker.1'), 143, { launchedAtMs: undefined })],
    plan: ['remove worker.1'],
    seconds: 86400,
  },
  {
    name: 'a stopping dyno whose task has vanished',
    app: app({ web: 0 }),
    known: [vanished(stopping('web.1'))],
    plan: ['remove web.1'],
    seconds: 86400,
  },
  {
    name: 'a dyno that the kernel killed for its memory',
    app: app({ worker: 1 }),
    known: [exitedWith(up('worker.1'), 137, exit(137, 'out-of-memory'))],
    plan: ['remove worker.1', 'new worker.1 starting crashes=1', 'start worker.1'],
    causes: ['crash'],
    says: [
      'worker.1: Error R15 (Memory quota vastly exceeded)',
      'worker.1: Process exited with status 137',
      'worker.1: State changed from up to crashed',
      'worker.1: State changed from crashed to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to start'],
    seconds: 30,
  },
];

test.each(CASES)('$name', ({ name: _name, plan, causes = [], says = [], waits = [], seconds, ...situation }) => {
  expect(inFull(situation)).toEqual({ plan, causes, says, waits, seconds });
});
