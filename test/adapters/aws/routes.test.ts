import { Background } from '../../../adapters/aws/background.ts';
import { RoutePoll } from '../../../adapters/aws/route-poll.ts';
import { RouteSnapshot } from '../../../adapters/aws/route-snapshot.ts';
import {
  ROUTES_PARTITION,
  ROUTES_QUEUE,
  routesRecord,
  StoredRouteFeed,
} from '../../../adapters/aws/stored-route-feed.ts';
import { openSqliteStore } from '../../../adapters/local/sqlite-store.ts';
import type { Item, Store } from '../../../core/ports/store.ts';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts';
import { problemsTo } from '../../problems.ts';
import { MemoryBlobs } from '../../services/outputs/memory-blobs.ts';
import { Router, routesOf } from './told-routes.ts';

/** The rules of `test/contract/aws/routes.test.ts`, which proves them with DynamoDB, on a local store. */
class Table {
  readonly #store = openSqliteStore(':memory:');
  readonly #dueAtMs = new Map<string, number>();
  readonly expiries: (number | undefined)[] = [];
  /** Full reads, and since when each read of changes asks. */
  readonly reads: (number | 'all')[] = [];
  isDown = false;

  readonly store: Store & { dueSince(queue: string, fromMs: number): Promise<readonly Item[]> } = {
    get: (key) => this.#store.get(key),
    due: (...query) => this.#store.due(...query),
    list: async (range) => {
      this.#look('all');
      return this.#store.list(range);
    },
    transact: async (writes) => {
      const answer = await this.#store.transact(writes);
      for (const write of writes) {
        if (write.kind !== 'put' || !answer.ok) continue;
        if (write.due?.queue === ROUTES_QUEUE) this.#dueAtMs.set(write.key.sort, write.due.atMs);
        this.expiries.push(write.expiresAtMs);
      }
      return answer;
    },
    dueSince: async (_queue: string, fromMs: number) => {
      this.#look(fromMs);
      const items: Item[] = [];
      for (const [sort, atMs] of this.#dueAtMs) {
        const item = atMs >= fromMs ? await this.#store.get({ partition: ROUTES_PARTITION, sort }) : undefined;
        if (item !== undefined) items.push(item);
      }
      return items;
    },
  };

  #look(from: number | 'all'): void {
    this.reads.push(from);
    if (this.isDown) throw new Error('the table is away');
  }

  close(): void {
    this.#store.close();
  }
}

let nowMs: number;
let table: Table;
let feed: StoredRouteFeed;
let background: Background;
let blobs: MemoryBlobs;
let problems: string[];
let polls: RoutePoll[];
const clock = { nowMs: () => nowMs };

beforeEach(() => {
  nowMs = 1_800_000_000_000;
  problems = [];
  polls = [];
  blobs = new MemoryBlobs();
  table = new Table();
  background = new Background(problemsTo(problems));
  feed = new StoredRouteFeed({ store: table.store, clock, background });
});
afterEach(async () => {
  await Promise.all(polls.map((poll) => poll.close()));
  table.close();
});

async function publish(...routes: readonly AppRoutes[]): Promise<void> {
  for (const each of routes) feed.publish(each);
  await background.flush();
}

function pollTo(router: Router): RoutePoll {
  const snapshot = new RouteSnapshot(blobs);
  const poll = new RoutePoll({
    store: table.store,
    snapshot,
    feed: router,
    clock,
    problems: problemsTo(problems),
    pollMs: 1,
  });
  polls.push(poll);
  return poll;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(condition()).toBe(true);
}

/** One poll that was under way, and one complete poll after it. */
async function twoPolls(): Promise<void> {
  const before = table.reads.length;
  await until(() => table.reads.length >= before + 3);
}

describe('what is stored for the routers', () => {
  const stored = async (appId: string) => (await routesRecord.get(table.store, appId))?.value;

  test('is the newest version, whichever was written last', async () => {
    await publish(...[3, 1, 5, 2, 4].map((version) => routesOf('a', version)));
    expect(await stored('a')).toEqual(routesOf('a', 5));
    await publish(routesOf('a', 5, { maintenance: true }));
    expect(await stored('a')).toMatchObject({ maintenance: true });
  });

  test('is no change when it is the same again', async () => {
    await publish(routesOf('a', 1));
    nowMs += SECOND_MS;
    await publish(routesOf('a', 1));
    expect(await table.store.dueSince(ROUTES_QUEUE, nowMs)).toEqual([]);
  });

  test('stays removed for a day, whatever comes late', async () => {
    await publish(routesOf('a', 1));
    feed.remove('a');
    await background.flush();
    await publish(routesOf('a', 2));
    expect(await stored('a')).toEqual({ appId: 'a', removed: true });
    expect(table.expiries).toEqual([undefined, nowMs + DAY_MS]);
  });

  test('is tried again when others were faster, and given up after ten times', async () => {
    const never: Store = { ...table.store, transact: async () => ({ ok: false, conflicts: [0] }) as never };
    let tries = 0;
    const counting: Store = {
      ...never,
      get: async (key) => {
        tries += 1;
        return table.store.get(key);
      },
    };
    new StoredRouteFeed({ store: counting, clock, background }).publish(routesOf('a', 1));
    await background.flush();
    expect(tries).toBe(10);
    expect(problems).toEqual(['could not store the routes of app a']);
  });
});

describe('a router', () => {
  test('knows everything from the start, then each change once, although every look reads the last minute again', async () => {
    await publish(routesOf('a', 1), routesOf('b', 1));
    const router = new Router();
    await pollTo(router).start();
    expect([...router.apps.keys()].sort()).toEqual(['a', 'b']);
    await publish(routesOf('b', 2), routesOf('c', 1));
    feed.remove('a');
    await until(() => router.apps.get('b')?.version === 2 && router.apps.has('c') && !router.apps.has('a'));
    await twoPolls();
    expect([...router.told].sort()).toEqual(['-a', 'a@1', 'b@1', 'b@2', 'c@1']);
  });

  test('hears of changes from a function whose clock is up to a minute behind', async () => {
    const router = new Router();
    await pollTo(router).start();
    const late = new StoredRouteFeed({ store: table.store, clock: { nowMs: () => nowMs - MINUTE_MS }, background });
    late.publish(routesOf('a', 1));
    await until(() => router.apps.has('a'));
    expect(table.reads.at(-1)).toBe(nowMs - MINUTE_MS);
  });

  test('reads everything again after five minutes, not before, and hears of what it missed', async () => {
    await publish(routesOf('a', 1), routesOf('gone', 1));
    const router = new Router();
    await pollTo(router).start();
    const key = (sort: string) => ({ partition: ROUTES_PARTITION, sort });
    await table.store.transact([
      { kind: 'put', key: key('missed'), value: routesOf('missed', 1), expect: 'absent' },
      { kind: 'delete', key: key('gone'), expect: 'any' },
    ]);
    nowMs += 5 * MINUTE_MS - 1;
    await twoPolls();
    expect([...router.apps.keys()].sort()).toEqual(['a', 'gone']);
    nowMs += 1;
    await until(() => router.apps.has('missed') && !router.apps.has('gone'));
    await twoPolls();
    expect(table.reads.filter((read) => read === 'all')).toHaveLength(2);
  });

  test('keeps what it knows while the table is away, tells of it once, and catches up with all of that time', async () => {
    await publish(routesOf('a', 1));
    const router = new Router();
    await pollTo(router).start();
    const sinceMs = nowMs;
    table.isDown = true;
    await until(() => problems.length > 0);
    nowMs += 2 * MINUTE_MS;
    await twoPolls();
    expect(router.apps.get('a')?.version).toBe(1);
    await publish(routesOf('b', 1));
    nowMs += 2 * MINUTE_MS;
    table.isDown = false;
    await until(() => router.apps.has('b'));
    // From the last successful read, not from the last attempt.
    expect(table.reads).toContain(sinceMs - MINUTE_MS);
    expect(problems).toEqual(['could not read the routes from the table; the known ones stay in use']);
    table.isDown = true;
    await until(() => problems.length === 2);
  });

  test('starts from the snapshot of another one when the table is away, and takes the table when it is back', async () => {
    await publish(routesOf('a', 1), routesOf('b', 1));
    await pollTo(new Router()).start();
    await until(() => blobs.contents.size === 1);
    await polls[0]?.close();
    feed.remove('b');
    await background.flush();
    table.isDown = true;
    const router = new Router();
    await pollTo(router).start();
    expect([...router.told].sort()).toEqual(['a@1', 'b@1']);
    await twoPolls();
    table.isDown = false;
    await until(() => !router.apps.has('b'));
    expect(router.apps.get('a')?.version).toBe(1);
  });

  test('does not start from nothing: an app that exists must not be told to be unknown', async () => {
    table.isDown = true;
    await publish(routesOf('a', 1));
    const router = new Router();
    let started = false;
    const starting = pollTo(router)
      .start()
      .then(() => {
        started = true;
      });
    await twoPolls();
    expect(started).toBe(false);
    table.isDown = false;
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

  test('never makes a new snapshot out of an old one', async () => {
    await new RouteSnapshot(blobs).write([routesOf('a', 1)]);
    const [old] = blobs.contents.values();
    table.isDown = true;
    await pollTo(new Router()).start();
    nowMs += 10 * MINUTE_MS;
    await twoPolls();
    expect([...blobs.contents.values()]).toEqual([old]);
  });
});
