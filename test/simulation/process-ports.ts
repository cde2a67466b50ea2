import { DEFAULT_STACK } from '../../core/app/stack.ts';
import type { Platform } from '../../core/platform.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { DynoRuntime, DynoSpec, StartResult } from '../../core/ports/dyno-runtime.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { ItemKey, ListQuery, Store } from '../../core/ports/store.ts';
import type { Dyno } from '../../core/records/dyno.ts';
import type { LogLine } from '../../core/records/log-line.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import type { Process } from './processes.ts';
import type { World } from './world.ts';

/** How far an index may lag. */
const INDEX_LAG_MS = 10 * MINUTE_MS;

type UsedPorts = Pick<
  Platform,
  | 'store'
  | 'clock'
  | 'ids'
  | 'random'
  | 'passRequests'
  | 'eventRequests'
  | 'logs'
  | 'routes'
  | 'vault'
  | 'builder'
  | 'blobs'
  | 'outputs'
  | 'signer'
  | 'urls'
  | 'problems'
> & { readonly ecoHoursPerMonth: number | undefined };

/** The world as one process sees it: through calls that may fail, with its own clock, and only while it lives. */
export function platformFor(world: World, process: Process, report: Problems['report'] = () => undefined): Platform {
  const { rules, dice, routers, queue } = world;
  const ids: Ids = {
    uuid: () => world.nextId(),
    sequence: () => world.nextNumber(),
    secret: () => 'secret',
    sha256: () => 'hash',
  };
  const clock: Clock = { nowMs: () => world.clockMs(process) };
  const parts: UsedPorts = {
    store: storeFor(world, process),
    clock,
    ids,
    random: dice,
    passRequests: {
      enqueue: (appId, delayMs = 0) => {
        if (!process.alive) return;
        process.working.get(appId)?.notes.nudges.push(delayMs);
        queue.nudge(appId, delayMs);
      },
    },
    eventRequests: { enqueue: () => undefined },
    logs: {
      append: (lines: readonly LogLine[]) => {
        if (process.alive) rules.logged(process, lines);
      },
    },
    routes: {
      publish: (routes) => {
        if (!process.alive) return;
        const notes = process.working.get(routes.appId)?.notes;
        if (notes !== undefined) notes.published = routes;
        routers.publish(routes);
      },
      remove: (appId) => {
        if (!process.alive) return;
        const notes = process.working.get(appId)?.notes;
        if (notes !== undefined) notes.unrouted = true;
        routers.remove(appId);
      },
    },
    vault: {
      seal: async (plain) => JSON.stringify(plain),
      open: async (sealed) => JSON.parse(sealed) as Record<string, string>,
    },
    builder: { stacks: [DEFAULT_STACK] } as unknown as Platform['builder'],
    blobs: { size: async () => 1_000, remove: async () => undefined } as unknown as Platform['blobs'],
    outputs: { end: async () => undefined, remove: async () => undefined } as unknown as Platform['outputs'],
    signer: { sign: () => 'token', verify: () => undefined },
    urls: {
      hosts: (name: string) => [`${name}.localhost`],
      rendezvousHost: 'localhost',
    } as unknown as Platform['urls'],
    problems: { report },
    get ecoHoursPerMonth() {
      return world.ecoHours;
    },
  };
  return parts as unknown as Platform;
}

function storeFor(world: World, process: Process): Store {
  const { calls, store, rules } = world;
  const { watch } = rules;
  const make = <T>(call: 'get' | 'list' | 'transact', effect: () => T) =>
    calls.make(process, call, () => {
      rules.acting = process;
      return effect();
    });
  return {
    get: async (key: ItemKey) => {
      const { sample } = process;
      for (const { notes } of process.working.values()) if (key.partition === `app#${notes.appId}`) notes.reads += 1;
      const item = await make('get', () => {
        const item = world.unreadable.has(`${key.partition}/${key.sort}`) ? undefined : store.get(key);
        if (key.sort === 'app') rules.appRead(process, key.partition.slice('app#'.length), item !== undefined);
        return item;
      });
      for (const { notes } of process.working.values()) {
        notes.got(key, item);
        if (key.sort === 'manager' && key.partition === `app#${notes.appId}`) watch.markRead(process, notes);
      }
      if (sample !== undefined) watch.sampled(process, sample, item?.value as Dyno | undefined);
      return item;
    },
    list: async (query: ListQuery) => {
      const items = await make('list', () => store.list(query));
      process.working.get(query.partition.slice('app#'.length))?.notes.listed(query.prefix, items);
      return items;
    },
    due: (queue, beforeMs, limit) =>
      calls.make(
        process,
        'due',
        () => store.due(queue, beforeMs, limit),
        () => store.due(queue, beforeMs - INDEX_LAG_MS, limit),
      ),
    transact: (writes) =>
      make('transact', () => {
        const written = store.transact(writes);
        watch.transacted(process, writes, written.ok);
        return written;
      }),
  };
}

export function runtimeFor(world: World, process: Process): DynoRuntime {
  const { calls, cluster, rules } = world;
  return {
    start: async (spec: DynoSpec) => {
      const asked = process.working.get(spec.appId)?.notes.asked(spec);
      const result = await calls.make<StartResult>(
        process,
        'start',
        // If the answer is lost, the task is often hidden as well.
        (fault) => cluster.start(spec, fault !== undefined),
        (fault) => {
          if (fault === 'throttled') return { ok: false, reason: 'throttled', retry: true, unanswered: true };
          if (fault === 'hidden') return cluster.start(spec, true);
          return cluster.refuse(spec, fault === 'refused');
        },
      );
      if (asked !== undefined) Object.assign(asked, { result, answeredAtMs: world.clockMs(process) });
      return result;
    },
    stop: (taskRef, graceSeconds) => {
      const appId = taskRef.slice(taskRef.indexOf('@') + 1);
      process.working.get(appId)?.notes.stops.push({ taskRef, graceSeconds });
      return calls.make(process, 'stop', () => {
        rules.acting = process;
        cluster.stop(taskRef, graceSeconds * SECOND_MS);
      });
    },
    observe: async (appId) => {
      const observations = await calls.make(
        process,
        'observe',
        () => world.observe(process, appId, 'whole'),
        (fault) => world.observe(process, appId, fault === 'partial' || fault === 'mixed' ? fault : 'stale'),
      );
      const notes = process.working.get(appId)?.notes;
      if (notes !== undefined) {
        const ecoLimitMs = world.ecoHours === undefined ? undefined : world.ecoHours * HOUR_MS;
        notes.observed(observations, world.clockMs(process), process.recoveredAtMs, ecoLimitMs);
        rules.watch.observed(process, notes);
      }
      return observations;
    },
  };
}
