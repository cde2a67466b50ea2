import { app, crashed, dyno, type InFull, inFull, MINUTE_MS, NOW_MS, type Situation, up } from './records.ts';

interface Case extends Situation, InFull {
  readonly name: string;
}

const allOf = (size: string, quantities: Readonly<Record<string, number>>) => {
  const { formation, ...rest } = app(quantities);
  return { ...rest, formation: formation.map((entry) => ({ ...entry, size })) };
};
const eco = (quantities: Readonly<Record<string, number>>) => allOf('Eco', quantities);
const ecoUp = (name: string, minutes: number) => up(name, { size: 'Eco', upAtMs: NOW_MS - minutes * MINUTE_MS });
const asleep = (name: string) => ({ dyno: dyno(name, { state: 'idle', size: 'Eco' }) });

/** Apps that sleep. */
const CASES: readonly Case[] = [
  {
    name: 'an Eco app that had no request for 29 minutes',
    app: eco({ web: 1, worker: 1 }),
    known: [ecoUp('web.1', 29), ecoUp('worker.1', 60)],
    plan: [],
    seconds: 60,
  },
  {
    name: 'an Eco app that had a request a minute ago',
    app: eco({ web: 1 }),
    known: [ecoUp('web.1', 60)],
    lastRequestAtMs: NOW_MS - MINUTE_MS,
    plan: [],
    seconds: 900,
  },
  {
    name: 'an Eco app that had no request for half an hour',
    app: eco({ web: 1, worker: 1 }),
    known: [ecoUp('web.1', 30), ecoUp('worker.1', 60)],
    plan: [
      'note web.1 stopping',
      'new web.1 idle',
      'note worker.1 stopping',
      'new worker.1 idle',
      'stop task-id-worker.1 within 30 s',
    ],
    causes: ['idle', 'idle', 'idle', 'idle'],
    says: [
      'web.1: Idling',
      'web.1: State changed from up to down',
      'web.1: Stopping all processes with SIGTERM',
      'worker.1: Idling',
      'worker.1: State changed from up to down',
      'worker.1: Stopping all processes with SIGTERM',
    ],
    waits: ['web.1 to exit', 'worker.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'an Eco app that had no request for half an hour, not seen whole',
    app: eco({ web: 1 }),
    complete: false,
    known: [ecoUp('web.1', 30)],
    plan: [],
    seconds: 5,
  },
  {
    name: 'an Eco app of workers alone does not sleep',
    app: eco({ worker: 1 }),
    known: [ecoUp('worker.1', 60)],
    plan: [],
    seconds: 900,
  },
  {
    name: 'an Eco app whose worker waits after a crash falls asleep',
    app: eco({ web: 1, worker: 1 }),
    known: [ecoUp('web.1', 30), crashed('worker.1', { size: 'Eco' })],
    plan: ['note web.1 stopping', 'new web.1 idle', 'remove worker.1', 'new worker.1 idle'],
    causes: ['idle', 'idle', 'idle'],
    says: [
      'web.1: Idling',
      'web.1: State changed from up to down',
      'web.1: Stopping all processes with SIGTERM',
      'worker.1: Idling',
      'worker.1: State changed from crashed to down',
    ],
    waits: ['web.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'an Eco app whose worker is not started yet falls asleep',
    app: eco({ web: 1, worker: 1 }),
    known: [ecoUp('web.1', 30), { dyno: dyno('worker.1', { size: 'Eco' }) }],
    plan: ['note web.1 stopping', 'new web.1 idle', 'remove worker.1', 'new worker.1 idle'],
    causes: ['idle', 'idle', 'idle'],
    says: [
      'web.1: Idling',
      'web.1: State changed from up to down',
      'web.1: Stopping all processes with SIGTERM',
      'worker.1: Idling',
      'worker.1: State changed from starting to down',
    ],
    waits: ['web.1 to exit'],
    seconds: 0.15,
  },
  {
    name: 'an Eco app that sleeps',
    app: eco({ web: 1, worker: 1 }),
    known: [asleep('web.1'), asleep('worker.1')],
    plan: [],
    seconds: 900,
  },
  {
    name: 'an Eco app that sleeps and has lost its web type',
    app: eco({ web: 0, worker: 1 }),
    known: [asleep('worker.1')],
    plan: ['remove worker.1', 'new worker.1 starting', 'start worker.1'],
    causes: ['wake'],
    says: [
      'worker.1: Unidling',
      'worker.1: State changed from down to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['worker.1 to start'],
    seconds: 30,
  },
  {
    name: 'an Eco app that sleeps, and a request comes',
    app: eco({ web: 1, worker: 1 }),
    known: [asleep('web.1'), asleep('worker.1')],
    lastRequestAtMs: NOW_MS,
    plan: [
      'remove web.1',
      'new web.1 starting',
      'remove worker.1',
      'new worker.1 starting',
      'start web.1',
      'start worker.1',
    ],
    causes: ['wake', 'wake'],
    says: [
      'web.1: Unidling',
      'web.1: State changed from down to starting',
      'web.1: Starting process with command `run web`',
      'worker.1: Unidling',
      'worker.1: State changed from down to starting',
      'worker.1: Starting process with command `run worker`',
    ],
    waits: ['web.1 to start', 'worker.1 to start'],
    seconds: 30,
  },
  {
    name: 'an Eco app that sleeps, its last request just as it fell asleep',
    app: eco({ web: 1 }),
    known: [asleep('web.1')],
    lastRequestAtMs: NOW_MS - MINUTE_MS,
    plan: [],
    seconds: 900,
  },
  {
    name: 'an Eco app that sleeps, and is scaled to 0',
    app: eco({ web: 0 }),
    known: [asleep('web.1')],
    plan: ['remove web.1'],
    seconds: 86400,
  },
];

test.each(CASES)('$name', ({ name: _name, plan, causes = [], says = [], waits = [], seconds, ...situation }) => {
  expect(inFull(situation)).toEqual({ plan, causes, says, waits, seconds });
});
