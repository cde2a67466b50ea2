import { ActionBudget } from '../../../core/dyno-manager/execute/action-budget.ts';
import { dynoEvents } from '../../../core/dyno-manager/execute/dyno-events.ts';
import { cycleDueMs } from '../../../core/dyno-manager/plan/cycling.ts';
import type { DynoWrite } from '../../../core/dyno-manager/plan/dyno-plan.ts';
import { appKey, managerKey } from '../../../core/records/app.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { dynoKey } from '../../../core/records/dyno.ts';
import { trafficKey } from '../../../core/records/traffic.ts';
import { ofKind } from '../../dyno-fields.ts';
import { dyno, NOW_MS } from './records.ts';
import { APP_ID, World } from './world.ts';

describe('what others are told of a pass', () => {
  const item = (value: Dyno) => ({ partition: '', sort: '', version: 1, value });
  const put = (record: Dyno, expect: 'absent' | number = 1): DynoWrite => ({ kind: 'put', dyno: record, expect });
  const gone = (record: Dyno): DynoWrite => ({ kind: 'delete', dyno: record, expect: 1 });
  const web = dyno('web.1');
  const next = ofKind(dyno('web.1', { id: 'next', startedBecause: 'crash' }), 'formation');
  const told = (before: readonly Dyno[], writes: readonly DynoWrite[]) =>
    dynoEvents({ id: 'app-1', name: 'shop' }, before.map(item), writes, NOW_MS).map(({ action, data }) =>
      [action, 'name' in data && data.name, 'state' in data && data.state].join(' '),
    );

  test.each<{ readonly name: string; readonly writes: readonly DynoWrite[]; readonly events: readonly string[] }>([
    { name: 'nothing was written', writes: [], events: [] },
    { name: 'a new dyno', writes: [put(next, 'absent')], events: ['create web.1 starting'] },
    { name: 'another state', writes: [put({ ...web, state: 'up' })], events: ['update web.1 up'] },
    { name: 'the same state', writes: [put({ ...web, taskRef: 'task' })], events: [] },
    { name: 'a dyno that went', writes: [gone(web)], events: ['update web.1 down'] },
    {
      name: 'one that crashed and is started again at once',
      writes: [gone(web), put(next, 'absent')],
      events: ['update web.1 crashed', 'create web.1 starting'],
    },
    {
      name: 'one that went, beside one of its name that had crashed before',
      writes: [gone(web), put({ ...next, state: 'up' }, 2)],
      events: ['update web.1 down', 'create web.1 up'],
    },
    {
      name: 'one that went, beside a new one for another reason',
      writes: [gone(web), put({ ...next, startedBecause: 'release' }, 'absent')],
      events: ['update web.1 down', 'create web.1 starting'],
    },
    {
      name: 'one that went, beside another that crashed',
      writes: [gone(web), put(dyno('web.2', { id: 'two', startedBecause: 'crash' }), 'absent')],
      events: ['update web.1 down', 'create web.2 starting'],
    },
    {
      name: "the ledger of a job, which is nobody's dyno",
      writes: [{ kind: 'job-ended', dyno: { ...web, state: 'up' } }],
      events: [],
    },
  ])('$name: $events', ({ writes, events }) => {
    expect(told([web], writes)).toEqual(events);
  });
});

test('tokens come back one after the other', () => {
  let nowMs = 0;
  const budget = new ActionBudget({ perSecond: 10, burst: 4 }, { nowMs: () => nowMs });
  const take = () => [1, 2, 3, 4, 5].filter(() => budget.take(0)).length;
  expect(take()).toBe(4);
  nowMs = 99;
  expect(take()).toBe(0);
  nowMs = 100;
  expect(take()).toBe(1);
  nowMs = 300;
  expect(take()).toBe(2);
});

test('a dyno without a time of its own is never cycled, whatever window its app has', () => {
  const cycleWindow = { startMinute: 120, endMinute: 300, timeZone: 'UTC', sinceMs: 0 };
  const never = ofKind(dyno('web.1', { cycleAtMs: undefined, recycleAtMs: 5 }), 'formation');
  expect(cycleDueMs(never, undefined)).toBeUndefined();
  expect(cycleDueMs(never, { cycling: true, cycleWindow })).toBeUndefined();
});

describe('a manager', () => {
  let world: World;
  beforeEach(async () => {
    world = new World();
    await world.createApp();
    await world.deploy({ web: 'web' });
    await world.scale({ web: 1 });
    await world.time.advance(1_000);
  });
  afterEach(() => world.close());
  const put = (key: ReturnType<typeof appKey>, value: unknown) =>
    world.store.transact([{ kind: 'put', key, value, expect: 'any' }]);

  test('makes nothing of the memory of a dyno that it does not know, or of a size that nobody knows', async () => {
    const [web] = await world.dynos();
    if (web === undefined) throw new Error('no dyno');
    const before = world.lines.length;
    await put(dynoKey(APP_ID, web.id), { ...web, size: 'Colossal' });
    for (const dynoId of [web.id, 'nobody']) {
      world.runtime.emit({ kind: 'memory', appId: APP_ID, dynoId, usedMiB: 99_999 });
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
    expect([world.reports, world.lines.length - before]).toEqual([[], 0]);
    await put(dynoKey(APP_ID, web.id), web);
    world.runtime.emit({ kind: 'memory', appId: APP_ID, dynoId: web.id, usedMiB: 600 });
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    expect(world.log('web.1').slice(-2)).toEqual([
      'Process running mem=600M(117.2%)',
      'Error R14 (Memory quota exceeded)',
    ]);
  });

  test('publishes nothing of an app that is deleted', async () => {
    const app = (await world.store.get(appKey(APP_ID)))?.value as object;
    await put(appKey(APP_ID), { ...app, deletedAtMs: world.time.nowMs() });
    const told = world.published.length;
    world.newManager();
    await world.manager.publishAll();
    expect([world.published.length - told, world.reports]).toEqual([0, []]);
    await put(appKey(APP_ID), app);
    await world.manager.publishAll();
    expect(world.published.length - told).toBe(1);
  });

  test('leaves nothing of an app whose record is gone: its live tasks are killed, its mark and its traffic go', async () => {
    const [web] = await world.dynos();
    await put(trafficKey(APP_ID), { lastRequestAtMs: 1 });
    await world.store.transact([
      { kind: 'delete', key: appKey(APP_ID), expect: 'any' },
      { kind: 'delete', key: dynoKey(APP_ID, web?.id ?? ''), expect: 'any' },
    ]);
    const stopped: unknown[] = [];
    const { observe } = world.runtime;
    const [live] = world.runtime.live();
    world.runtime.observe = async (appId) => {
      const { tasks, ...rest } = await observe.call(world.runtime, appId);
      const ended = tasks.map((task) => ({ ...task, taskRef: 'ended', state: 'stopped' as const }));
      return { ...rest, tasks: [...tasks, ...ended] };
    };
    world.runtime.stop = async (...given: unknown[]) => void stopped.push(given);
    await world.manager.lookAt(APP_ID);
    expect(stopped).toEqual([[live?.taskRef, 0]]);
    for (const key of [managerKey(APP_ID), trafficKey(APP_ID)]) expect(await world.store.get(key)).toBeUndefined();
    expect(world.routes).toBeUndefined();
  });
});
