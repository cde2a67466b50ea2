import type { ActionBudget } from '../../../core/dyno-manager/execute/action-budget.ts';
import { carryOut, type Executor } from '../../../core/dyno-manager/execute/carry-out.ts';
import { PublishedRoutes } from '../../../core/dyno-manager/execute/published-routes.ts';
import { SentStops } from '../../../core/dyno-manager/execute/sent-stops.ts';
import { DYNO_MANAGER } from '../../../core/dyno-manager/manager-queue.ts';
import type { EcoSnapshot } from '../../../core/dyno-manager/observe/app-snapshot.ts';
import type { HeldMark } from '../../../core/dyno-manager/observe/mark.ts';
import type { Plan } from '../../../core/dyno-manager/plan/reconcile.ts';
import type { Platform } from '../../../core/platform.ts';
import type { DynoSpec, StartResult } from '../../../core/ports/dyno-runtime.ts';
import type { ItemKey, Write } from '../../../core/ports/store.ts';
import { Driver } from '../../../core/reconcile/driver.ts';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { IGNORED_PROBLEMS } from '../../problems.ts';
import { NO_FAILURES } from '../reconcile/no-failures.ts';
import { NO_REQUESTS } from './driven-manager.ts';
import { app, dyno, MINUTE_MS, NOW_MS, release, type Situation, slug, snapshot, up } from './records.ts';

const NEXT_MS = NOW_MS + 15 * MINUTE_MS;
const HELD: HeldMark = { expect: 3, dirty: false, lookAtMs: NEXT_MS };
const BOOTING = { situation: 'booting', dynos: [] } as const;
const PLAN: Plan = {
  writes: [],
  starts: [],
  stops: [],
  lines: [],
  completions: [],
  rollouts: {},
  ecoPool: undefined,
  purge: false,
  dynos: [],
  routes: BOOTING,
  nextPassAtMs: NEXT_MS,
  waiting: [],
};

/** A manager's dependencies, which record every effect in order. */
class Hands {
  readonly done: string[] = [];
  readonly transactions: (readonly Write[])[] = [];
  stale = false;
  nowMs = NOW_MS;
  /** How long each effect takes. */
  actMs = 0;
  broken: readonly string[] = [];
  /** The runtime's answer to a start. */
  answer: StartResult = { ok: true, taskRef: 'task' };
  readonly stops = new SentStops();
  readonly platform = {
    clock: { nowMs: () => this.nowMs },
    random: { next: () => 0.5 },
    urls: { hosts: () => ['shop.localhost'] },
    store: {
      get: async ({ sort }: ItemKey) => {
        if (sort.startsWith('release#')) return { value: RELEASE };
        return { value: slug('slug-1') };
      },
      transact: async (writes: readonly Write[]) => {
        this.transactions.push(writes);
        this.done.push('write');
        return this.stale ? { ok: false, error: 'stale' } : { ok: true };
      },
    },
    logs: { append: (lines: readonly LogLine[]) => this.done.push(...lines.map(({ message }) => `log ${message}`)) },
    ids: { uuid: () => 'event-1', sequence: () => 1 },
    eventRequests: { enqueue: () => this.done.push('events') },
    passRequests: {
      enqueue: (_appId: string, delayMs?: number) =>
        this.done.push(delayMs === undefined ? 'look again' : `look again in ${delayMs / 1_000} s`),
    },
    routes: {
      publish: ({ situation, version }: AppRoutes) => this.done.push(`routes ${situation} ${version}`),
      remove: () => this.done.push('no routes'),
    },
  } as unknown as Platform;
  readonly routes = new PublishedRoutes(this.platform);

  #act(what: string) {
    this.done.push(what);
    this.nowMs += this.actMs;
    if (this.broken.includes(what)) throw new Error(`${what}: broken`);
  }

  async carryOut(
    plan: Partial<Plan>,
    { held = HELD, deadlineMs, budget, eco, ...situation }: Partial<Situation> & Options = {},
  ): Promise<readonly string[]> {
    this.done.length = 0;
    const executor: Executor = {
      platform: this.platform,
      runtime: {
        start: async ({ name }: DynoSpec) => {
          this.#act(`start ${name}`);
          return this.answer;
        },
        stop: async (taskRef: string, seconds: number) => this.#act(`stop ${taskRef} in ${seconds} s`),
      } as unknown as Executor['runtime'],
      routes: this.routes,
      stops: this.stops,
      certificateRequests: NO_REQUESTS,
      completeReleasePhase: async (_platform, _appId, version, outcome) => this.#act(`v${version} ${outcome}`),
      purgeApp: async () => this.#act('purge'),
      ...(budget === undefined ? {} : { budget }),
    };
    const seen = { ...snapshot({ app: app({ web: 1 }), release: RELEASE, ...situation }), eco };
    const pass = () =>
      carryOut(executor, {
        snapshot: seen,
        appVersion: 9,
        rolloutsExpect: 5,
        held,
        plan: { ...PLAN, rollouts: seen.rollouts, ecoPool: eco?.pool, ...plan },
        deadlineMs,
      });
    const { clock, store, passRequests: requests } = this.platform;
    const driver = new Driver(
      { ...DYNO_MANAGER, pass },
      { clock, store, requests, problems: IGNORED_PROBLEMS, failures: NO_FAILURES },
    );
    await driver
      .run('app-1')
      .catch((error: unknown) => this.done.push(`failed: ${error instanceof Error ? error.message : ''}`));
    return this.done;
  }
}

interface Options {
  readonly held?: HeldMark;
  readonly deadlineMs?: number;
  readonly budget?: ActionBudget;
  readonly eco?: EcoSnapshot;
}

const RELEASE = release(7, { configVersion: 0 });
const key = (sort: string) => ({ partition: 'app#app-1', sort });
const web = dyno('web.1');
const stop = (seconds: number, taskRef = 'task-1') => ({ taskRef, deadlineMs: NOW_MS + seconds * 1_000 });
const line = { process: 'web.1', message: 'Restarting' };
const generation = { releaseVersion: 7, releaseId: 'r', command: 'c', size: 's', epoch: 0 };
const rollouts = {
  web: { mode: 'rolling', target: generation, from: generation, startedAtMs: 0, proven: 0, progressAtMs: 0 },
} as const;

let hands: Hands;
/** The routers know the app already, and the mark is the one that was read. */
const settled = async () => {
  hands = new Hands();
  await hands.carryOut({});
  await hands.carryOut({}, { held: { ...HELD, expect: 4 } });
  hands.transactions.length = 0;
};
const FOUR: HeldMark = { ...HELD, expect: 4 };
beforeEach(settled);

test('what is first told to the routers has the version of the mark that it is written with', async () => {
  expect(await new Hands().carryOut({})).toEqual(['write', 'routes booting 4', 'look again in 900 s']);
  const held = { expect: 'absent', dirty: true } as const;
  expect(await new Hands().carryOut({}, { held })).toEqual(['write', 'routes booting 1', 'look again in 900 s']);
});

test('where nothing is to be done nothing is written', async () => {
  expect(await hands.carryOut({}, { held: FOUR })).toEqual(['look again in 900 s']);
});

test('the mark alone is written where it is out of date, and the routes hold', async () => {
  expect(await hands.carryOut({}, { held: { ...FOUR, dirty: true } })).toEqual(['write', 'look again in 900 s']);
  expect(hands.transactions).toEqual([
    [
      {
        kind: 'put',
        key: key('manager'),
        value: {
          appId: 'app-1',
          dirty: false,
          lookAtMs: NEXT_MS,
          routedAppVersion: 9,
          passedAtMs: NOW_MS,
          waiting: [],
        },
        expect: 4,
        due: { queue: 'manager', atMs: NEXT_MS },
      },
      { kind: 'check', key: key('app'), expect: 9 },
    ],
  ]);
  expect(await hands.carryOut({}, { held: { ...FOUR, expect: 5 } })).toEqual(['look again in 900 s']);
});

test('all that is written is written at once', async () => {
  const pool = { monthStartMs: 0, settledMs: {}, running: {} };
  const job = { ...dyno('run.1'), job: { id: 'run', name: 'nightly', scheduledAtMs: 0, cause: 'schedule' } } as const;
  await hands.carryOut(
    {
      rollouts,
      writes: [
        { kind: 'put', dyno: web, expect: 'absent' },
        { kind: 'delete', dyno: job, expect: 6 },
        { kind: 'job-ended', dyno: job },
      ],
    },
    { held: FOUR },
  );
  expect(hands.transactions).toHaveLength(1);
  expect(hands.transactions[0]?.slice(2)).toMatchObject([
    { kind: 'put', key: key('rollouts'), value: rollouts, expect: 5 },
    { kind: 'put', key: key('dyno#id-web.1'), value: web, expect: 'absent' },
    { kind: 'delete', key: key('dyno#id-run.1'), expect: 6 },
    { kind: 'put', key: key('job-run#nightly#000000000000000#run'), value: { outcome: { endedAtMs: NOW_MS } } },
    {
      kind: 'put',
      value: {
        events: [
          { id: 'event-1', action: 'create', data: { name: 'web.1' } },
          { id: 'event-1', action: 'update', data: { name: 'run.1', state: 'down' } },
        ],
      },
      expect: 'absent',
      due: { queue: 'events', atMs: NOW_MS },
    },
  ]);
  // Unlimited hours are not written.
  hands.transactions.length = 0;
  await hands.carryOut({ ecoPool: pool }, { held: FOUR });
  expect(hands.transactions[0]).toHaveLength(2);
});

test('rollouts that have ended are removed', async () => {
  await hands.carryOut({ rollouts: {} }, { held: FOUR, rollouts });
  expect(hands.transactions[0]?.slice(2)).toEqual([{ kind: 'delete', key: key('rollouts'), expect: 5 }]);
});

test('one thing after the other: records, log, routes, stops, starts, the end of a release', async () => {
  const done = await hands.carryOut(
    {
      writes: [{ kind: 'put', dyno: web, expect: 'absent' }],
      lines: [line],
      routes: { situation: 'crashed', dynos: [] },
      stops: [stop(30)],
      starts: [web],
      completions: [{ version: 8, outcome: 'failed' }],
    },
    { held: FOUR },
  );
  expect(done).toEqual([
    'write',
    'log Restarting',
    'events',
    'routes crashed 5',
    'stop task-1 in 30 s',
    'start web.1',
    'write',
    'v8 failed',
    'look again in 900 s',
  ]);
  expect(hands.transactions[1]).toMatchObject([{ kind: 'put', value: { taskRef: 'task' }, expect: 1 }]);
});

test('a record that was there has the version after the one that was read', async () => {
  const known = [{ dyno: web }, up('web.2')];
  await hands.carryOut({ writes: [{ kind: 'put', dyno: web, expect: 7 }], starts: [web] }, { held: FOUR, known });
  expect(hands.transactions[1]).toMatchObject([{ expect: 8 }]);
  hands.transactions.length = 0;
  await hands.carryOut({ starts: [web] }, { held: FOUR, known });
  expect(hands.transactions[1]).toMatchObject([{ expect: 1 }]);
});

test('where somebody was faster nothing is done, and the app is looked at again', async () => {
  hands.stale = true;
  const plan = {
    lines: [line],
    stops: [stop(30)],
    starts: [web],
    completions: [{ version: 8, outcome: 'failed' }],
  } as const;
  expect(await hands.carryOut(plan, { held: FOUR })).toEqual(['write', 'look again']);
});

test('a pass that is late begins nothing', async () => {
  const plan = { stops: [stop(30)] };
  expect(await hands.carryOut(plan, { held: FOUR, deadlineMs: NOW_MS })).toEqual(['look again']);
  expect(await hands.carryOut(plan, { held: FOUR, deadlineMs: NOW_MS + 1 })).toEqual([
    'write',
    'stop task-1 in 30 s',
    'look again in 900 s',
  ]);
});

test('a pass that becomes late leaves the rest to the next one, which comes at once', async () => {
  hands.actMs = 10;
  const completions = [
    { version: 8, outcome: 'failed' },
    { version: 9, outcome: 'failed' },
  ] as const;
  const done = await hands.carryOut({ starts: [web], completions }, { held: FOUR, deadlineMs: NOW_MS + 20 });
  expect(done).toEqual(['write', 'start web.1', 'write', 'v8 failed', 'look again in 0 s']);
});

test.each([
  { seconds: 30, grace: 30 },
  { seconds: 29.001, grace: 30 },
  { seconds: 0, grace: 0 },
  { seconds: -5, grace: 0 },
])('a stop within $seconds s has $grace s of grace', async ({ seconds, grace }) => {
  expect(await hands.carryOut({ stops: [stop(seconds)] }, { held: FOUR })).toContain(`stop task-1 in ${grace} s`);
});

test.each([
  { name: 'in a quarter of an hour', nextPassAtMs: NEXT_MS, looks: ['look again in 900 s'] },
  { name: 'later than a queue can wait', nextPassAtMs: NEXT_MS + 1, looks: [] },
  { name: 'now', nextPassAtMs: NOW_MS, looks: ['look again in 0 s'] },
  { name: 'at a time that has passed', nextPassAtMs: NOW_MS - 1, looks: ['look again in 0 s'] },
])('a look that is due $name: $looks', async ({ nextPassAtMs, looks }) => {
  const held = { ...FOUR, lookAtMs: NOW_MS + 1 };
  expect((await hands.carryOut({ nextPassAtMs }, { held })).filter((what) => what.startsWith('look'))).toEqual(looks);
});

test('a deleted app has no routes; once it is purged nobody looks at it again', async () => {
  const done = await hands.carryOut({ routes: undefined, purge: true }, { held: FOUR });
  expect(done).toEqual(['write', 'no routes', 'purge']);
});

test('what fails keeps nothing else from being done, and the pass fails with the first of it', async () => {
  hands.broken = ['stop task-1 in 30 s', 'v8 failed'];
  const plan = {
    stops: [stop(30), stop(20, 'task-2')],
    completions: [
      { version: 8, outcome: 'failed' },
      { version: 9, outcome: 'succeeded' },
    ],
  } as const;
  expect(await hands.carryOut(plan, { held: FOUR })).toEqual([
    'write',
    'stop task-1 in 30 s',
    'stop task-2 in 20 s',
    'v8 failed',
    'v9 succeeded',
    'look again in 900 s',
    'failed: stop task-1 in 30 s: broken',
  ]);
  hands.broken = [];
  // The stop that was sent is not sent again.
  expect(await hands.carryOut({ stops: plan.stops }, { held: { ...FOUR, expect: 5 } })).toContain(
    'stop task-1 in 30 s',
  );
  expect(hands.done).not.toContain('stop task-2 in 20 s');
});

test('a stop whose plan is over is sent again should another plan ask for it', async () => {
  await hands.carryOut({ stops: [stop(30)] }, { held: FOUR });
  await hands.carryOut({}, { held: { ...FOUR, expect: 5 } });
  expect(await hands.carryOut({ stops: [stop(30)] }, { held: { ...FOUR, expect: 5 } })).toContain(
    'stop task-1 in 30 s',
  );
});

test('with tokens for some of it the most urgent goes first, and the rest has its time', async () => {
  const taken: number[] = [];
  const budget = {
    take: (priority: number) => {
      taken.push(priority);
      return priority < 2;
    },
    waitMs: (priority: number) => priority * 1_000,
  } as unknown as ActionBudget;
  const crashed = dyno('web.2', { startedBecause: 'crash' });
  const cycled = dyno('web.3', { startedBecause: 'cycle' });
  const done = await hands.carryOut(
    { starts: [cycled, web, crashed], stops: [stop(30), stop(0, 'kill')] },
    { held: FOUR, budget },
  );
  expect(taken).toEqual([0, 2, 5, 2, 1]);
  expect(done).toEqual(['write', 'stop kill in 0 s', 'start web.2', 'write', 'look again in 2 s']);
});

test.each([
  { name: 'one start beside its record', does: { writes: [{ kind: 'put', dyno: web, expect: 1 }], starts: [web] } },
  { name: 'one stop beside one start', does: { stops: [stop(30)], starts: [web] } },
  {
    name: 'the end of a release beside one start',
    does: { starts: [web], completions: [{ version: 8, outcome: 'failed' }] },
  },
] satisfies readonly { readonly name: string; readonly does: Partial<Plan> }[])(
  '$name: the mark is written first, then all of it is done',
  async ({ does }) => {
    const [before, ...after] = await hands.carryOut(does, { held: FOUR, known: [{ dyno: web }] });
    expect([before, after.includes('start web.1')]).toEqual(['write', true]);
  },
);

test('hours that are limited are written with the rest where they are others than were read', async () => {
  const pool = { monthStartMs: 0, settledMs: {}, running: {} };
  const eco = { pool, expect: 6, limitMs: 1 };
  const charged = { ...pool, settledMs: { 'app-1': 5 } };
  expect(await hands.carryOut({ ecoPool: charged }, { held: FOUR, eco })).toEqual(['write', 'look again in 900 s']);
  expect(hands.transactions[0]?.slice(2)).toEqual([
    { kind: 'put', key: { partition: 'account#owner', sort: 'eco-pool' }, value: charged, expect: 6 },
  ]);
  expect(await hands.carryOut({}, { held: { ...FOUR, expect: 5 }, eco })).toEqual(['look again in 900 s']);
});

test('no answer to a start is a refusal only where no earlier pass asked for it', async () => {
  hands.answer = { ok: false, reason: 'no answer', retry: true, unanswered: true };
  const put = (changes: Partial<Dyno>) =>
    ({ writes: [{ kind: 'put', dyno: dyno('web.1', changes), expect: 1 }], starts: [web] }) as const;
  const refused = 'log Error R99 (Platform error) -> Failed to start process: no answer';
  expect(await hands.carryOut(put({}), { held: FOUR })).toContain(refused);
  expect(await hands.carryOut(put({ firstIntentAtMs: 1 }), { held: { ...FOUR, expect: 5 } })).not.toContain(refused);
  expect(hands.done).toContain('start web.1');
  const deleted = { writes: [{ kind: 'delete', dyno: web, expect: 1 }], starts: [web] } as const;
  expect(await hands.carryOut(deleted, { held: { ...FOUR, expect: 6 } })).not.toContain(refused);
  expect(hands.done).toContain('start web.1');
});

test('a budget that has all it needs makes no pass come sooner', async () => {
  const budget = { take: () => true, waitMs: () => 1_000 } as unknown as ActionBudget;
  const done = await hands.carryOut({ starts: [web], stops: [stop(30)] }, { held: FOUR, budget });
  expect(done).toEqual(['write', 'stop task-1 in 30 s', 'start web.1', 'write', 'look again in 900 s']);
});
