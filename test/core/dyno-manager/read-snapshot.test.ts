import { openSqliteStore, type SqliteStore } from '../../../adapters/local/sqlite-store.ts';
import { MemoryWatch } from '../../../core/dyno-manager/observe/memory-watch.ts';
import { NO_SAMPLES, readSnapshot } from '../../../core/dyno-manager/observe/read-snapshot.ts';
import { readLastRequest, TrafficLedger } from '../../../core/dyno-manager/observe/traffic.ts';
import type { Platform } from '../../../core/platform.ts';
import type { DynoRuntime, Observations } from '../../../core/ports/dyno-runtime.ts';
import type { ItemKey } from '../../../core/ports/store.ts';
import { appKey } from '../../../core/records/app.ts';
import { dynoKey } from '../../../core/records/dyno.ts';
import { ecoPoolKey } from '../../../core/records/eco-pool.ts';
import { releaseKey } from '../../../core/records/release.ts';
import { rolloutsKey } from '../../../core/records/rollout.ts';
import { trafficKey } from '../../../core/records/traffic.ts';
import { app, dyno, eco, NOW_MS, release, taskOf } from './records.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let store: SqliteStore;
let nowMs: number;
let nudged: string[];
beforeEach(() => {
  store = openSqliteStore(':memory:');
  nowMs = NOW_MS;
  nudged = [];
});
afterEach(() => store.close());

const put = (key: ItemKey, value: unknown) => store.transact([{ kind: 'put', key, value, expect: 'any' }]);
const random = { next: () => 0.5 };
const ids = { uuid: () => 'id', secret: () => 's', sha256: () => 'h' };
const platformWith = (ecoHoursPerMonth?: number) =>
  ({
    store,
    random,
    ids,
    clock: { nowMs: () => nowMs },
    passRequests: { enqueue: (appId: string) => nudged.push(appId) },
    ...(ecoHoursPerMonth === undefined ? {} : { ecoHoursPerMonth }),
  }) as unknown as Platform;
const runtimeOf = (observations: Observations) => ({ observe: async () => observations }) as unknown as DynoRuntime;
const SEEN: Observations = { complete: true, tasks: [taskOf(dyno('web.1'))] };
const readWith = (hours?: number, observations = SEEN) =>
  readSnapshot(platformWith(hours), runtimeOf(observations), 'app-1', NO_SAMPLES);

describe('a look', () => {
  test('at an app that is not there', async () => {
    expect(await readWith()).toBeUndefined();
  });

  test('at an app of which there is nothing else', async () => {
    const { currentReleaseVersion: _none, ...bare } = app({});
    await put(appKey('app-1'), bare);
    expect(await readWith(1_000)).toEqual({
      snapshot: {
        app: bare,
        dynos: [],
        observations: SEEN,
        memory: new Map(),
        overThreshold: new Set(),
        rollouts: {},
        nowMs: NOW_MS,
        random,
        ids,
      },
      appVersion: 1,
      rolloutsExpect: 'absent',
    });
  });

  test('at an app with all that there may be', async () => {
    const shop = { ...eco({ web: 1 }), pendingReleaseVersions: [8, 9] };
    const generation = { releaseVersion: 7, releaseId: 'r', command: 'c', size: 's', epoch: 0 };
    const rollouts = {
      web: { mode: 'rolling', target: generation, from: generation, startedAtMs: 0, proven: 0, progressAtMs: 0 },
    };
    const pool = { monthStartMs: Date.UTC(2026, 0, 1), settledMs: { 'app-1': 7 }, running: {} };
    await put(appKey('app-1'), { ...shop, name: 'before' });
    await put(appKey('app-1'), shop);
    for (const version of [7, 8, 9]) await put(releaseKey('app-1', version), release(version));
    await put(dynoKey('app-1', 'id-web.1'), dyno('web.1'));
    await put(rolloutsKey('app-1'), rollouts);
    await put(trafficKey('app-1'), { lastRequestAtMs: 77 });
    await put(ecoPoolKey('owner'), pool);
    const memory = { overQuota: new Map([['id-web.1', 999]]), overThreshold: new Set(['id-web.1']) };
    const read = await readSnapshot(platformWith(1_000), runtimeOf(SEEN), 'app-1', memory);
    expect(read).toMatchObject({ appVersion: 2, rolloutsExpect: 1 });
    expect(read?.snapshot).toMatchObject({
      app: shop,
      release: release(7),
      pendingRelease: release(8),
      dynos: [{ value: dyno('web.1'), version: 1 }],
      memory: memory.overQuota,
      overThreshold: memory.overThreshold,
      rollouts,
      lastRequestAtMs: 77,
      eco: { pool, expect: 1, limitMs: 1_000 * HOUR_MS },
    });
  });

  test('does not read what does not concern the app', async () => {
    await put(appKey('app-1'), app({ web: 1 }));
    await put(trafficKey('app-1'), { lastRequestAtMs: 77 });
    const { lastRequestAtMs, eco: hours, release: current } = (await readWith(1_000))?.snapshot ?? {};
    expect({ lastRequestAtMs, hours, current }).toEqual({});
  });

  test.each([
    { name: 'an Eco app without a limit', of: eco({ web: 1 }), hours: undefined, known: [], counts: false },
    { name: 'an Eco app', of: eco({ web: 1 }), hours: 0, known: [], counts: true },
    { name: 'an Eco app that is scaled to 0', of: eco({ web: 0 }), hours: 10, known: [], counts: true },
    {
      name: 'an app whose last Eco dyno runs',
      of: app({}),
      hours: 10,
      known: [dyno('run.1', { size: 'Eco', state: 'up' })],
      counts: true,
    },
    { name: 'an app of other dynos', of: app({}), hours: 10, known: [dyno('run.1', { state: 'up' })], counts: false },
  ])('counts the Eco hours of $name: $counts', async ({ of, hours, known, counts }) => {
    await put(appKey('app-1'), of);
    for (const one of known) await put(dynoKey('app-1', one.id), one);
    const read = await readWith(hours);
    expect(read?.snapshot.eco === undefined).toBe(!counts);
    if (counts) expect(read?.snapshot.eco).toMatchObject({ expect: 'absent', limitMs: (hours ?? 0) * HOUR_MS });
  });

  test.each([
    { takenAtMs: NOW_MS - MINUTE_MS, complete: true },
    { takenAtMs: NOW_MS - MINUTE_MS - 1, complete: false },
  ])('at tasks that were seen at $takenAtMs is complete: $complete', async ({ takenAtMs, complete }) => {
    await put(appKey('app-1'), app({}));
    const { observations } = (await readWith(undefined, { ...SEEN, takenAtMs }))?.snapshot ?? {};
    expect(observations).toEqual({ ...SEEN, takenAtMs, complete });
  });
});

describe('requests for an app that may sleep', () => {
  test('are noted once a minute, and each app by itself', async () => {
    const ledger = new TrafficLedger(platformWith());
    const noted = async () => [await readLastRequest(store, 'app-1'), await readLastRequest(store, 'app-2')];
    expect(await noted()).toEqual([undefined, undefined]);
    await ledger.requests(['app-1']);
    nowMs += MINUTE_MS - 1;
    await ledger.requests(['app-1', 'app-2']);
    expect(await noted()).toEqual([NOW_MS, nowMs]);
    nowMs += 1;
    await ledger.requests(['app-1', 'app-2']);
    expect(await noted()).toEqual([nowMs, nowMs - 1]);
    expect(nudged).toEqual([]);
  });

  test('are noted again at once after the app was forgotten', async () => {
    const ledger = new TrafficLedger(platformWith());
    await ledger.requests(['app-1']);
    ledger.forget('app-2');
    nowMs += 1;
    await ledger.requests(['app-1']);
    expect(await readLastRequest(store, 'app-1')).toBe(NOW_MS);
    ledger.forget('app-1');
    await ledger.requests(['app-1']);
    expect(await readLastRequest(store, 'app-1')).toBe(NOW_MS + 1);
  });

  test('of one moment are noted once', async () => {
    const ledger = new TrafficLedger(platformWith());
    await ledger.requests(['app-1', 'app-1']);
    await ledger.requests(['app-1']);
    expect((await store.get(trafficKey('app-1')))?.version).toBe(1);
  });

  test('that wait for it wake it at once, whenever the last one was', async () => {
    const ledger = new TrafficLedger(platformWith());
    await ledger.requests(['app-1']);
    nowMs += 1;
    await ledger.wake('app-1');
    expect(await readLastRequest(store, 'app-1')).toBe(NOW_MS + 1);
    expect(nudged).toEqual(['app-1']);
    expect((await store.due('manager', nowMs, 10)).map(({ partition }) => partition)).toEqual(['app#app-1']);
    nowMs += 1;
    await ledger.requests(['app-1']);
    expect(await readLastRequest(store, 'app-1')).toBe(NOW_MS + 1);
  });
});

describe('a memory sample', () => {
  const DYNOS = [{ partition: '', sort: '', version: 1, value: dyno('web.1') }];
  const watching = (threshold: number | undefined = 90) => {
    const watch = new MemoryWatch();
    watch.noteApp('app-1', threshold, DYNOS);
    return watch;
  };
  const sample = (watch: MemoryWatch, minute: number, percent = 95) =>
    watch.sample('app-1', 'id-web.1', percent, minute * MINUTE_MS);

  test('asks for a pass from the fifth minute above the threshold on', () => {
    const watch = watching();
    expect([0, 4.99, 5, 6].map((minute) => sample(watch, minute))).toEqual([false, false, true, true]);
    expect(sample(watch, 7, 90)).toBe(false);
    expect([8, 12.99, 13].map((minute) => sample(watch, minute))).toEqual([false, false, true]);
  });

  test('says nothing of an app without a threshold, or one that was forgotten', () => {
    const without = new MemoryWatch();
    expect([0, 10].map((minute) => sample(without, minute))).toEqual([false, false]);
    const watch = watching();
    sample(watch, 0);
    watch.forget('app-1');
    expect([5, 15].map((minute) => sample(watch, minute))).toEqual([false, false]);
    expect(watch.samples('app-1', 20 * MINUTE_MS)).toBe(NO_SAMPLES);
  });

  test('far over the quota outlives a pass that has not asked for it, also of an app without a threshold', () => {
    const watch = new MemoryWatch();
    watch.noteOverQuota('app-1', 'id-web.1', 1_200);
    watch.noteApp('app-1', undefined, DYNOS);
    const { overQuota, overThreshold } = watch.samples('app-1', 0);
    expect([[...overQuota], [...overThreshold]]).toEqual([[['id-web.1', 1_200]], []]);
    watch.noteApp('app-1', undefined, DYNOS);
    expect(watch.samples('app-1', 0)).toBe(NO_SAMPLES);
  });
});
