import { writeEvents } from '../event/write-events.ts';
import { conflict, type Failure, notFound } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { Store, Write } from '../ports/store.ts';
import { type App, appKey, appRecord, MANAGER_QUEUE, type ManagerMark, managerKey } from '../records/app.ts';
import type { DomainEvent } from '../records/domain-event.ts';
import { schedulerMark } from '../records/job.ts';
import { err, ok, type Result } from '../result.ts';

/** A change of the app and the writes that belong to it, or a failure for the user. */
export interface AppChange<T> {
  /** The very object that was passed in means: the app itself is unchanged. Without `writes` nothing is written at all. */
  readonly app: App;
  readonly writes?: readonly Write[];
  /** What this changes, for subscribers; only together with a change or writes. */
  readonly events?: readonly DomainEvent[];
  readonly value: T;
}

/** Only other processes conflict with us (see `takeTurn`), and seldom more than once. */
const ATTEMPTS = 20;

/**
 * Reads the app, lets `change` decide, and writes it conditionally together with the manager's dirty mark; repeats after a
 * conflict. `change` may run several times and must have no effects of its own.
 */
export function updateApp<T>(
  platform: Platform,
  appId: string,
  change: (app: App) => Promise<Result<AppChange<T>, Failure>> | Result<AppChange<T>, Failure>,
): Promise<Result<{ readonly app: App; readonly value: T }, Failure>> {
  return takeTurn(platform.store, appId, async () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const item = await appRecord.getOfAnyVersion(platform.store, appId);
      if (item === undefined || item.value.deletedAtMs !== undefined) return err(notFound('app'));
      const foreign = appRecord.foreignVersion(item.value);
      if (foreign !== undefined) return err(writtenByNewer(item.value, foreign));
      const changed = await change(item.value);
      if (!changed.ok) return changed;
      const { writes = [], events = [], value } = changed.value;
      const same = changed.value.app === item.value;
      if (same && writes.length === 0) return ok({ app: item.value, value });
      const nowMs = platform.clock.nowMs();
      const app = same ? item.value : { ...changed.value.app, updatedAtMs: nowMs };
      const written = await platform.store.transact([
        same
          ? { kind: 'check', key: appKey(appId), expect: item.version }
          : { kind: 'put', key: appKey(appId), value: app, expect: item.version },
        managerDirty(appId, nowMs),
        ...(app.currentReleaseVersion === item.value.currentReleaseVersion ? [] : [schedulerMark(appId, nowMs)]),
        ...writes,
        ...writeEvents(platform, appId, events),
      ]);
      if (written.ok) {
        platform.passRequests.enqueue(appId);
        if (events.length > 0) platform.eventRequests.enqueue(appId);
        return ok({ app, value });
      }
    }
    return err(conflict('Too many changes to this app at the same time. Try again.'));
  });
}

/** A change by this version would drop what the newer platform has added to the record. */
function writtenByNewer({ name }: App, problem: string): Failure {
  return conflict(`A newer version of the platform has changed ${name}: its record ${problem}. Update the platform.`);
}

const turns = new WeakMap<Store, Map<string, Promise<unknown>>>();

/**
 * Changes of one app in this process wait for each other. Otherwise each of 50 parallel `config:set` would conflict with all the
 * others, and the work (and the attempts needed) would grow with their square.
 */
async function takeTurn<T>(store: Store, appId: string, work: () => Promise<T>): Promise<T> {
  let ofStore = turns.get(store);
  if (ofStore === undefined) {
    ofStore = new Map();
    turns.set(store, ofStore);
  }
  const mine = (ofStore.get(appId) ?? Promise.resolve()).then(work);
  const settled = mine.catch(() => undefined);
  ofStore.set(appId, settled);
  try {
    return await mine;
  } finally {
    if (ofStore.get(appId) === settled) ofStore.delete(appId);
  }
}

/** The write that causes a pass of the dyno manager; it survives a crash before the pass request. */
export function managerDirty(appId: string, nowMs: number): Write {
  const mark: ManagerMark = { appId, dirty: true };
  return {
    kind: 'put',
    key: managerKey(appId),
    value: mark,
    expect: 'any',
    due: { queue: MANAGER_QUEUE, atMs: nowMs },
  };
}
