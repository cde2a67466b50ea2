import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Background } from '../../../adapters/aws/background.ts';
import { type DynamoStore, openDynamoStore } from '../../../adapters/aws/dynamo-store.ts';
import { RoutePoll } from '../../../adapters/aws/route-poll.ts';
import { RouteSnapshot } from '../../../adapters/aws/route-snapshot.ts';
import {
  ROUTES_PARTITION,
  ROUTES_QUEUE,
  routesRecord,
  StoredRouteFeed,
} from '../../../adapters/aws/stored-route-feed.ts';
import { systemIds, systemRandom } from '../../../adapters/system.ts';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { Router, routesOf } from '../../adapters/aws/told-routes.ts';
import { problemsTo } from '../../problems.ts';
import { MemoryBlobs } from '../../services/outputs/memory-blobs.ts';
import { clientOf } from './client-of.ts';
import { emulators } from './emulators.ts';
import { type FaultyProxy, openFaultyProxy } from './faulty-proxy.ts';
import { createTable, type Table } from './table.ts';

const DOWN = { status: 400, type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException' };

let nowMs: number;
let table: Table;
let proxy: FaultyProxy;
let store: DynamoStore;
/** The table as routers reach it, with faults. */
let farStore: DynamoStore;
let farClient: DynamoDBClient;
let feed: StoredRouteFeed;
let background: Background;
let blobs: MemoryBlobs;
let problems: string[];
let polls: RoutePoll[];
const clock = { nowMs: () => nowMs };

beforeEach(async () => {
  nowMs = Date.now();
  problems = [];
  polls = [];
  blobs = new MemoryBlobs();
  table = await createTable(emulators.dynamodbLocal);
  proxy = await openFaultyProxy(emulators.dynamodbLocal);
  farClient = new DynamoDBClient(clientOf(proxy.endpoint));
  const options = { table: table.name, ids: systemIds, random: systemRandom };
  store = openDynamoStore({ ...options, client: table.client });
  farStore = openDynamoStore({ ...options, client: farClient });
  background = new Background(problemsTo(problems));
  feed = new StoredRouteFeed({ store, clock, background });
});
afterEach(async () => {
  await Promise.all(polls.map((poll) => poll.close()));
  farClient.destroy();
  await proxy.close();
  await table.drop();
});

async function publish(...routes: readonly AppRoutes[]): Promise<void> {
  for (const each of routes) feed.publish(each);
  await background.flush();
}

function pollTo(router: Router): RoutePoll {
  const snapshot = new RouteSnapshot(blobs);
  const poll = new RoutePoll({
    store: farStore,
    snapshot,
    feed: router,
    clock,
    problems: problemsTo(problems),
    pollMs: 5,
  });
  polls.push(poll);
  return poll;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !condition(); i++) await pause(5);
  expect(condition()).toBe(true);
}

/** Long enough for a poll that was under way and a complete one after it. */
async function twoPolls(): Promise<void> {
  const before = proxy.calls.length;
  await until(() => proxy.calls.length >= before + 3);
}

describe('the feed', () => {
  const stored = async (appId: string) => (await routesRecord.get(store, appId))?.value;

  test('an older version never replaces a newer one, in whichever order they are written', async () => {
    await publish(...[3, 1, 5, 2, 4].map((version) => routesOf('a', version)));
    expect(await stored('a')).toEqual(routesOf('a', 5));
    await publish(routesOf('a', 4));
    expect(await stored('a')).toEqual(routesOf('a', 5));
    await publish(routesOf('a', 5, { maintenance: true }));
    expect(await stored('a')).toMatchObject({ maintenance: true });
    expect(problems).toEqual([]);
  });

  test('the same again is no change', async () => {
    await publish(routesOf('a', 1));
    nowMs += 1_000;
    await publish(routesOf('a', 1));
    expect(await store.dueSince(ROUTES_QUEUE, nowMs)).toEqual([]);
  });

  test('a removed app stays removed, whatever comes late', async () => {
    await publish(routesOf('a', 1));
    feed.remove('a');
    await background.flush();
    await publish(routesOf('a', 2));
    expect(await stored('a')).toEqual({ appId: 'a', removed: true });
  });

  test('what cannot be stored is reported', async () => {
    const broken = new StoredRouteFeed({ store: farStore, clock, background });
    proxy.always = DOWN;
    broken.publish(routesOf('a', 1));
    await background.flush();
    expect(problems).toEqual(['could not store the routes of app a']);
  });
});

describe('a router', () => {
  test('knows everything from the start, then what changes', async () => {
    await publish(routesOf('a', 1), routesOf('b', 1));
    const router = new Router();
    await pollTo(router).start();
    expect([...router.apps.keys()].sort()).toEqual(['a', 'b']);
    await publish(routesOf('b', 2), routesOf('c', 1));
    feed.remove('a');
    await until(() => router.apps.get('b')?.version === 2 && router.apps.has('c') && !router.apps.has('a'));
    await twoPolls();
    // Each change once, although every poll reads the last minute again.
    expect([...router.told].sort()).toEqual(['-a', 'a@1', 'b@1', 'b@2', 'c@1']);
    expect(problems).toEqual([]);
  });

  test('hears of changes from a function whose clock is half a minute behind', async () => {
    const router = new Router();
    await pollTo(router).start();
    const late = new StoredRouteFeed({ store, clock: { nowMs: () => nowMs - 30_000 }, background });
    late.publish(routesOf('a', 1));
    await until(() => router.apps.has('a'));
    expect(router.told).toEqual(['a@1']);
  });

  test('reads everything again every five minutes, and so hears of what it missed', async () => {
    await publish(routesOf('a', 1), routesOf('gone', 1));
    const router = new Router();
    await pollTo(router).start();
    await store.transact([
      {
        kind: 'put',
        key: { partition: ROUTES_PARTITION, sort: 'missed' },
        value: routesOf('missed', 1),
        expect: 'absent',
      },
      { kind: 'delete', key: { partition: ROUTES_PARTITION, sort: 'gone' }, expect: 'any' },
    ]);
    await twoPolls();
    expect([...router.apps.keys()].sort()).toEqual(['a', 'gone']);
    nowMs += 5 * MINUTE_MS;
    await until(() => router.apps.has('missed') && !router.apps.has('gone'));
  });

  test('keeps what it knows while the table is down, reports that once, and catches up, after a day too', async () => {
    await publish(routesOf('a', 1), routesOf('b', 1));
    const router = new Router();
    await pollTo(router).start();
    proxy.always = DOWN;
    await until(() => problems.length > 0);
    await publish(routesOf('a', 2));
    await store.transact([{ kind: 'delete', key: { partition: ROUTES_PARTITION, sort: 'b' }, expect: 'any' }]);
    await twoPolls();
    expect([...router.apps.values()].map(({ version }) => version)).toEqual([1, 1]);
    nowMs += 2 * DAY_MS;
    proxy.always = undefined;
    await until(() => router.apps.get('a')?.version === 2 && !router.apps.has('b'));
    expect(problems).toEqual(['could not read the routes from the table; the known ones stay in use']);
  });

  test('starts from the snapshot of another one when the table is down, and takes the table when it is back', async () => {
    await publish(routesOf('a', 1), routesOf('b', 1));
    await pollTo(new Router()).start();
    await until(() => blobs.contents.size === 1);
    await polls[0]?.close();
    await publish(routesOf('a', 2));
    feed.remove('b');
    await background.flush();
    proxy.always = DOWN;
    const router = new Router();
    await pollTo(router).start();
    expect([...router.told].sort()).toEqual(['a@1', 'b@1']);
    proxy.always = undefined;
    await until(() => router.apps.get('a')?.version === 2 && !router.apps.has('b'));
  });

  test('waits when there is neither table nor snapshot', async () => {
    proxy.always = DOWN;
    const router = new Router();
    let started = false;
    const starting = pollTo(router)
      .start()
      .then(() => {
        started = true;
      });
    await twoPolls();
    expect(started).toBe(false);
    await publish(routesOf('a', 1));
    proxy.always = undefined;
    await starting;
    expect(router.apps.has('a')).toBe(true);
  });

  test('writes the snapshot at most once a minute, and again when it could not', async () => {
    blobs.broken = true;
    await publish(routesOf('a', 1));
    await pollTo(new Router()).start();
    await until(() => problems.includes('could not write the snapshot of the routes'));
    blobs.broken = false;
    await twoPolls();
    expect(blobs.contents.size).toBe(0);
    nowMs += MINUTE_MS;
    await until(() => blobs.contents.size === 1);
    const [first] = blobs.contents.values();
    await publish(routesOf('a', 2));
    await twoPolls();
    expect([...blobs.contents.values()]).toEqual([first]);
    nowMs += MINUTE_MS;
    await until(() => String([...blobs.contents.values()]).includes('"version":2'));
  });

  test('a thousand apps are more than a page', async () => {
    const apps = Array.from({ length: 1_000 }, () => routesOf(randomUUID(), 1, { errorPageUrl: 'x'.repeat(1_500) }));
    for (let i = 0; i < apps.length; i += 100) {
      await store.transact(
        apps.slice(i, i + 100).map((routes) => ({
          kind: 'put',
          key: { partition: ROUTES_PARTITION, sort: routes.appId },
          value: routes,
          expect: 'absent',
        })),
      );
    }
    const router = new Router();
    await pollTo(router).start();
    expect(router.apps.size).toBe(1_000);
  });
});
