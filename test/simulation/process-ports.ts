import type { LogLine } from '../../core/log/log-line.ts';
import type { Platform } from '../../core/platform.ts';
import type { Clock, DynoRuntime, DynoSpec, Ids, RuntimeEvent, StartResult, Store } from '../../core/ports.ts';
import { MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import type { Process } from './processes.ts';
import type { World } from './world.ts';

/** An index may be so far behind. */
const INDEX_LAG_MS = 10 * MINUTE_MS;

type UsedPorts = Pick<
  Platform,
  | 'store'
  | 'clock'
  | 'ids'
  | 'random'
  | 'nudges'
  | 'events'
  | 'logs'
  | 'routes'
  | 'vault'
  | 'blobs'
  | 'outputs'
  | 'signer'
  | 'urls'
>;

/** The world as one process sees it: through calls that may fail, by a clock that is wrong, and only while it lives. */
export function platformFor(world: World, process: Process): Platform {
  const { agenda, rules, dice, routers, queue } = world;
  const ids: Ids = {
    uuid: () => world.nextId(),
    secret: () => 'secret',
    sha256: () => 'hash',
  };
  const clock: Clock = { nowMs: () => agenda.nowMs + process.skewMs };
  const parts: UsedPorts = {
    store: storeFor(world, process),
    clock,
    ids,
    random: dice,
    nudges: {
      nudge: (appId, delayMs = 0) => {
        if (process.alive) queue.nudge(appId, delayMs);
      },
      handle: () => undefined,
    },
    events: { publish: () => undefined },
    logs: {
      append: (lines: readonly LogLine[]) => {
        if (process.alive) rules.logged(lines);
      },
    },
    routes: {
      publish: (routes) => {
        if (process.alive) routers.publish(routes);
      },
      remove: (appId) => {
        if (process.alive) routers.remove(appId);
      },
    },
    vault: {
      seal: async (plain) => JSON.stringify(plain),
      open: async (sealed) => JSON.parse(sealed) as Record<string, string>,
    },
    blobs: { size: async () => 1_000, remove: async () => undefined } as unknown as Platform['blobs'],
    outputs: { end: async () => undefined, remove: async () => undefined } as unknown as Platform['outputs'],
    signer: { sign: () => 'token', verify: () => undefined },
    urls: {
      hosts: (name: string) => [`${name}.localhost`],
      rendezvousHost: 'localhost',
    } as unknown as Platform['urls'],
  };
  return parts as unknown as Platform;
}

function storeFor(world: World, process: Process): Store {
  const { calls, store, rules } = world;
  const make = <T>(call: 'get' | 'list' | 'transact', effect: () => T) =>
    calls.make(process, call, () => {
      rules.acting = process;
      return effect();
    });
  return {
    get: <T>(key: Parameters<Store['get']>[0]) =>
      make('get', () => {
        const item = world.unreadable.has(`${key.partition}/${key.sort}`) ? undefined : store.get<T>(key);
        if (key.sort === 'app') rules.appRead(process, key.partition.slice('app#'.length), item !== undefined);
        return item;
      }),
    list: (query) => make('list', () => store.list(query)),
    due: (queue, beforeMs, limit) =>
      calls.make(
        process,
        'due',
        () => store.due(queue, beforeMs, limit),
        () => store.due(queue, beforeMs - INDEX_LAG_MS, limit),
      ),
    transact: (writes) => make('transact', () => store.transact(writes)),
  };
}

export function runtimeFor(world: World, process: Process, listeners: ((event: RuntimeEvent) => void)[]): DynoRuntime {
  const { calls, cluster, rules } = world;
  return {
    start: (spec: DynoSpec) =>
      calls.make<StartResult>(
        process,
        'start',
        // Where the answer is lost, the task tends to be hard to see as well.
        (fault) => cluster.start(spec, fault !== undefined),
        (fault) => {
          if (fault === 'throttled') return { ok: false, reason: 'throttled', retry: true, unanswered: true };
          if (fault === 'hidden') return cluster.start(spec, true);
          return cluster.refuse(spec, fault === 'refused');
        },
      ),
    stop: (taskRef, graceSeconds) =>
      calls.make(process, 'stop', () => {
        rules.acting = process;
        cluster.stop(taskRef, graceSeconds * SECOND_MS);
      }),
    observe: (appId) =>
      calls.make(
        process,
        'observe',
        () => world.observe(process, appId, 'whole'),
        (fault) => world.observe(process, appId, fault === 'partial' || fault === 'mixed' ? fault : 'stale'),
      ),
    onEvent: (listener) => {
      listeners.push(listener);
    },
  };
}
