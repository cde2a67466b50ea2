import type { HostFault } from '../../../core/ports/dyno-runtime.ts';
import { app, exitedWith, planned, type Situation, starting, up } from './records.ts';
import { World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const on = (hostFault: HostFault) => ({ hostFault });
const NO_ROOM = { exit: { status: 1, reason: 'no-room' } } as const;
const cases: readonly (Situation & { readonly name: string; readonly plan: readonly string[] })[] = [
  {
    name: 'a draining host: the replacement first, for workers too',
    app: app({ web: 1, worker: 1 }),
    known: [up('web.1', {}, on('draining')), up('worker.1', {}, on('retiring'))],
    plan: ['new web.1 starting', 'new worker.1 starting', 'start web.1', 'start worker.1'],
  },
  {
    name: 'a draining host with many dynos of a type: a quarter at a time',
    app: app({ web: 4 }),
    known: ['web.1', 'web.2', 'web.3', 'web.4'].map((name) => up(name, {}, on('draining'))),
    plan: ['new web.1 starting', 'start web.1'],
  },
  {
    name: 'a Spot notice: all at once, in two minutes the machine is gone',
    app: app({ web: 2 }),
    known: [up('web.1', {}, on('spot-notice')), up('web.2', {}, on('spot-notice'))],
    plan: ['new web.1 starting', 'new web.2 starting', 'start web.1', 'start web.2'],
  },
  {
    name: 'a dyno that boots on such a host is moved at once',
    app: app({ web: 1 }),
    known: [starting('web.1', {}, on('draining'))],
    plan: ['note web.1 stopping', 'new web.1 starting', 'stop task-id-web.1 within 30 s', 'start web.1'],
  },
  {
    name: 'a lost host: started again at once, not counted as a crash',
    app: app({ web: 1 }),
    known: [up('web.1', { crashCount: 1 }, on('lost'))],
    plan: ['remove web.1', 'new web.1 starting crashes=1', 'start web.1'],
  },
  {
    name: 'no machine in the end: started again at once, not counted as a crash',
    app: app({ web: 1 }),
    known: [exitedWith(starting('web.1', { crashCount: 1 }), 1, NO_ROOM)],
    plan: ['remove web.1', 'new web.1 starting crashes=1', 'start web.1'],
  },
  {
    name: 'no machine in the end for a one-off: its start has failed',
    app: app({ web: 0 }),
    known: [exitedWith(starting('run.1234'), 1, NO_ROOM)],
    plan: ['remove run.1234'],
  },
  {
    name: 'a one-off stays where it is',
    app: app({ web: 0 }),
    known: [up('run.1234', {}, on('draining'))],
    plan: [],
  },
  {
    name: 'nothing is moved while not all can be seen',
    app: app({ web: 1 }),
    known: [up('web.1', {}, on('draining'))],
    complete: false,
    plan: [],
  },
];

test.each(cases)('$name', ({ plan, ...situation }) => {
  expect(planned(situation)).toEqual(plan);
});

describe('in the log', () => {
  let world: World;
  beforeEach(async () => {
    world = new World();
    await world.createApp();
    await world.deploy({ web: 'web' });
    await world.scale({ web: 1 });
    await world.time.advance(SECOND);
  });
  afterEach(() => {
    expect(world.violations).toEqual([]);
    world.close();
  });

  test('a move says why, and no request is without a dyno', async () => {
    const before = world.log('web.1').length;
    world.runtime.hostFault('web.1', 'draining');
    await world.time.advance(SECOND);
    expect(world.log('web.1').slice(before)).toEqual([
      'Moving to another host: this one is going away',
      'Restarting',
      'State changed from up to starting',
      'Starting process with command `web`',
      'State changed from starting to up',
      'Stopping all processes with SIGTERM',
      'Process exited with status 143',
    ]);
    expect(world.published.slice(-2).every(({ situation }) => situation === 'serving')).toBe(true);
    expect(await world.dynos()).toMatchObject([{ startedBecause: 'host-fault', crashCount: 0 }]);
  });

  test('a lost host: its task is asked to stop should it still live', async () => {
    const before = world.log('web.1').length;
    world.runtime.hostFault('web.1', 'lost');
    await world.time.advance(MINUTE);
    expect(world.log('web.1').slice(before)).toEqual([
      'Host is lost',
      'Restarting',
      'State changed from up to starting',
      'Starting process with command `web`',
      'State changed from starting to up',
    ]);
    expect(world.runtime.live()).toHaveLength(1);
    expect(await world.dynos()).toMatchObject([{ startedBecause: 'lost', crashCount: 0, state: 'up' }]);
  });

  test('where no replacement comes up in time, the machine’s end does not wait', async () => {
    world.programs.web = {};
    world.runtime.hostFault('web.1', 'spot-notice');
    await world.time.advance(89 * SECOND);
    expect(world.routes?.dynos).toHaveLength(1);
    await world.time.advance(2 * SECOND);
    expect(world.routes?.dynos).toHaveLength(0);
  });
});
