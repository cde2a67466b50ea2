import { RoutePoll } from '../../../adapters/aws/route-poll.ts';
import { RouteSnapshot } from '../../../adapters/aws/route-snapshot.ts';
import { ROUTES_PARTITION } from '../../../adapters/aws/stored-route-feed.ts';
import { openSqliteStore, type SqliteStore } from '../../../adapters/local/sqlite-store.ts';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import { problemsTo } from '../../problems.ts';
import { until } from '../../services/logs/until.ts';
import { MemoryBlobs } from '../../services/outputs/memory-blobs.ts';

const START_MS = Date.UTC(2026, 0, 1);
const routesOf = (appId: string): AppRoutes => ({
  appId,
  appName: appId,
  version: 1,
  hosts: [`${appId}.test`],
  maintenance: false,
  situation: 'no-web',
  dynos: [],
});

let store: SqliteStore;
let snapshot: RouteSnapshot;
let poll: RoutePoll;
let nowMs: number;
let polls: number;
let told: string[];
let problems: string[];

const put = (appId: string) =>
  store.transact([
    { kind: 'put', key: { partition: ROUTES_PARTITION, sort: appId }, value: routesOf(appId), expect: 'absent' },
  ]);
const inSnapshot = async () => (await snapshot.read())?.map(({ appId }) => appId).sort();

beforeEach(async () => {
  nowMs = START_MS;
  polls = 0;
  told = [];
  problems = [];
  store = openSqliteStore(':memory:');
  snapshot = new RouteSnapshot(new MemoryBlobs());
  poll = new RoutePoll({
    store: {
      list: (range) => store.list(range),
      // The index of changes has lost the change: only a full read shows it.
      dueSince: async () => {
        polls += 1;
        return [];
      },
    },
    snapshot,
    feed: { publish: ({ appId }) => told.push(appId), remove: () => undefined },
    clock: { nowMs: () => nowMs },
    problems: problemsTo(problems),
    pollMs: 1,
  });
  await put('one');
  await poll.start();
  await until(async () => (await inSnapshot())?.length === 1);
});
afterEach(async () => {
  await poll.close();
  store.close();
});

test.each([
  { name: 'every five minutes', passMs: 5 * MINUTE_MS },
  { name: 'when the clock was set back by an hour', passMs: -HOUR_MS },
])('a router reads all routes anew, and keeps them for the next one, $name', async ({ passMs }) => {
  await put('two');
  nowMs += 5 * MINUTE_MS - 1;
  const before = polls;
  await until(() => polls > before + 2);
  expect(told).toEqual(['one']);
  nowMs += passMs - (5 * MINUTE_MS - 1);
  await until(() => told.length === 2);
  await until(async () => (await inSnapshot())?.length === 2);
  expect(problems).toEqual([]);
});

test('routes that cannot be read are told of once, and the others are there', async () => {
  const key = { partition: ROUTES_PARTITION, sort: 'one' };
  await store.transact([{ kind: 'put', key, value: { ...routesOf('one'), dynos: 'none' }, expect: 'any' }]);
  await put('two');
  nowMs += 5 * MINUTE_MS;
  await until(() => told.length === 2);
  expect(told).toEqual(['one', 'two']);
  // The next full read meets the same trouble, which is not reported again.
  nowMs += 5 * MINUTE_MS;
  const before = polls;
  await until(() => polls > before + 2);
  expect(problems).toEqual(['could not read the routes of app one']);
});
