import type { App } from '../../core/app/app.ts';
import { appKey } from '../../core/app/app.ts';
import { purgeApp } from '../../core/app/delete-app.ts';
import type { Dyno } from '../../core/dyno/dyno.ts';
import { createDynoManager, type DynoManager } from '../../core/dyno-manager/dyno-manager.ts';
import type { LogLine } from '../../core/log/log-line.ts';
import type { Platform } from '../../core/platform.ts';
import type { Clock, DynoRuntime, DynoSpec, Ids, RuntimeEvent, StartResult, Store } from '../../core/ports.ts';
import { completeReleasePhase } from '../../core/release/complete-release-phase.ts';
import type { AppRoutes } from '../../core/route/app-routes.ts';
import { MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { Agenda } from './agenda.ts';
import { Coverage } from './coverage.ts';
import { Dice } from './dice.ts';
import { MemoryStore } from './memory-store.ts';
import { NudgeQueue } from './nudge-queue.ts';
import { Broken, Calls, newProcess, type Process } from './processes.ts';
import { Rules } from './rules/rules.ts';
import { TaskCluster } from './task-cluster.ts';

/** A pass that takes longer is cut off, and its process with it. */
const PASS_LIMIT_MS = MINUTE_MS;
/** A pass begins nothing new after this share of its time. */
const DEADLINE_SHARE = 0.8;
const SLOW_SHARE = 0.2;
/** Faults that the next tick makes good. */
const UNTROUBLED = new Set(['message lost', 'message twice', 'event lost', 'event twice', 'event late']);
const COVERAGE_SHARE = 0.1;

interface ManagerProcess {
  readonly process: Process;
  readonly manager: DynoManager;
  readonly listeners: ((event: RuntimeEvent) => void)[];
}

export type EventFault = 'lost' | 'twice' | 'late';

/** A whole platform and everything around it, in one thread and on one seed. */
export class World {
  readonly seed: number;
  readonly home: 'cloud' | 'machine';
  readonly slowShare: number;
  readonly agenda = new Agenda();
  readonly dice: Dice;
  readonly store = new MemoryStore();
  readonly calls: Calls;
  readonly cluster: TaskCluster;
  readonly queue: NudgeQueue;
  readonly coverage = new Coverage();
  readonly rules: Rules;
  /** What the routers know. */
  readonly routes = new Map<string, AppRoutes>();
  /** In the order of their creation. */
  readonly appIds: string[] = [];
  managers: ManagerProcess[] = [];
  /** By kind. */
  readonly steps = new Map<string, number>();
  stepCount = 0;
  passes = 0;
  failedPasses = 0;
  lastFaultAtMs = 0;
  ticksSkippedUntilMs = 0;
  readonly eventFaults: { what: EventFault; times: number }[] = [];
  readonly poisoned = new Map<string, unknown>();
  readonly unreadable = new Set<string>();
  #order = 0;
  #ids = 0;
  #machineDown = false;

  constructor(seed: number) {
    this.seed = seed;
    this.dice = new Dice(seed);
    this.home = seed % 3 === 0 ? 'machine' : 'cloud';
    this.calls = new Calls(this.agenda, this.dice);
    this.cluster = new TaskCluster(this.agenda, this.dice);
    this.queue = new NudgeQueue(this.agenda, this.dice, this.store, this.home);
    this.rules = new Rules(this);
    // Some clouds lose much and are slow, so that much falls between two reads.
    this.slowShare = seed % 5 === 0 ? 0.8 : SLOW_SHARE;
    if (seed % 5 === 0 && this.home === 'cloud') this.queue.lossShare = 0.3;
    this.#wire();
    for (let count = this.home === 'cloud' ? 2 : 1; count > 0; count -= 1) this.#addManager();
    this.agenda.after(MINUTE_MS, 'tick', () => this.#tick());
  }

  #wire(): void {
    const { cluster, queue, rules, calls } = this;
    this.store.onCommit = (changes) => rules.committed(changes);
    cluster.onAccepted = (task) => rules.accepted(task);
    cluster.onLaunch = (task) => rules.launched(task);
    cluster.onStop = (task) => rules.stopAsked(task);
    cluster.onExit = (task) => rules.exited(task);
    cluster.onEvent = (event) => this.#spread(event);
    queue.deliver = (appId) => this.#deliver(appId);
    queue.onFault = (_appId, what) => this.fault(what);
    queue.onDeadLetter = (appId) => {
      this.fault('message dead');
      rules.quiet.forgive(appId);
    };
    queue.onNudge = (delayMs) => rules.nudged(delayMs);
    calls.onDeath = (process) => this.#died(process);
    calls.onFault = (process) => {
      this.lastFaultAtMs = this.agenda.nowMs;
      rules.disturbed(process);
    };
  }

  /** Something went wrong that no rule forbids. */
  fault(kind: string): void {
    this.calls.note(kind);
    this.lastFaultAtMs = this.agenda.nowMs;
    if (!UNTROUBLED.has(kind)) this.rules.quiet.disturbed();
  }

  count(kind: string): void {
    this.steps.set(kind, (this.steps.get(kind) ?? 0) + 1);
    this.stepCount += 1;
  }

  /** Everything that is due within the next `ms`, one after the other, until a rule is broken. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.agenda.nowMs + ms;
    for (;;) {
      if (this.rules.violation !== undefined) return;
      const next = this.agenda.take(untilMs);
      if (next === undefined) break;
      next.run();
      if (next.kind !== 'limit') this.count(next.kind);
      await settled();
    }
    this.agenda.nowMs = untilMs;
  }

  // ------------------------------------------------------------------------------------------------- processes

  platformFor(process: Process): Platform {
    const { agenda, calls, store, rules, dice } = this;
    const onMachine = <T>(call: 'get' | 'list' | 'due' | 'transact', effect: () => T) =>
      calls.make(process, call, () => {
        rules.acting = process;
        return effect();
      });
    const ids: Ids = {
      uuid: () => `00000000-0000-4000-8000-${(++this.#ids).toString(16).padStart(12, '0')}`,
      secret: () => 'secret',
      sha256: () => 'hash',
    };
    const clock: Clock = { nowMs: () => agenda.nowMs + process.skewMs };
    const faulty: Store = {
      get: <T>(key: Parameters<Store['get']>[0]) =>
        onMachine('get', () => {
          if (key.sort === 'app') rules.appRead(process, key.partition.slice('app#'.length));
          return this.unreadable.has(`${key.partition}/${key.sort}`) ? undefined : store.get<T>(key);
        }),
      list: (query) => onMachine('list', () => store.list(query)),
      due: (queue, beforeMs, limit) =>
        calls.make(
          process,
          'due',
          () => store.due(queue, beforeMs, limit),
          () => store.due(queue, beforeMs - 10 * MINUTE_MS, limit),
        ),
      transact: (writes) => onMachine('transact', () => store.transact(writes)),
    };
    const parts: Pick<
      Platform,
      | 'store'
      | 'clock'
      | 'ids'
      | 'random'
      | 'nudges'
      | 'logs'
      | 'routes'
      | 'vault'
      | 'blobs'
      | 'outputs'
      | 'signer'
      | 'urls'
    > = {
      store: faulty,
      clock,
      ids,
      random: dice,
      nudges: {
        nudge: (appId, delayMs = 0) => {
          if (process.alive) this.queue.nudge(appId, delayMs);
        },
        handle: () => undefined,
      },
      logs: {
        append: (lines: readonly LogLine[]) => {
          if (process.alive) rules.logged(lines);
        },
      },
      routes: {
        publish: (routes) => {
          if (process.alive) this.#publish(routes);
        },
        remove: (appId) => {
          if (process.alive) this.routes.delete(appId);
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

  #runtimeFor(process: Process, listeners: ((event: RuntimeEvent) => void)[]): DynoRuntime {
    const { calls, cluster, rules } = this;
    return {
      start: (spec: DynoSpec) =>
        calls.make<StartResult>(
          process,
          'start',
          // Where the answer is lost, the task tends to be hard to see as well.
          (fault) => cluster.start(spec, fault !== undefined),
          (fault) => {
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
          () => this.#observe(process, appId, 'all'),
          (fault) => this.#observe(process, appId, fault === 'partial' ? 'partial' : 'stale'),
        ),
      onEvent: (listener) => {
        listeners.push(listener);
      },
    };
  }

  #observe(process: Process, appId: string, how: 'all' | 'partial' | 'stale') {
    const observations = this.cluster.observe(appId, how);
    const work = process.working.get(appId);
    if (work !== undefined) work.partial = !observations.complete;
    if (!observations.complete) this.rules.partiallySeen(appId);
    if (this.dice.chance(COVERAGE_SHARE)) this.coverage.look(this, appId, observations);
    return observations;
  }

  #addManager(): ManagerProcess {
    const { rules } = this;
    const process = newProcess(`manager-${this.#order++}`, this.dice.between(-5, 5) * SECOND_MS);
    const listeners: ((event: RuntimeEvent) => void)[] = [];
    const manager = createDynoManager({
      platform: this.platformFor(process),
      runtime: this.#runtimeFor(process, listeners),
      completeReleasePhase,
      purgeApp,
      report: (appId, problem) => {
        this.coverage.reported(problem.replace(/\d+ s/, 'n s'));
        const seconds = /^in quarantine for (\d+) s/.exec(problem)?.[1];
        if (seconds !== undefined) rules.quiet.quarantined(appId, Number(seconds) * SECOND_MS);
      },
      ...(this.seed % 2 === 0 ? {} : { actionRate: { perSecond: 40, burst: 100 } }),
    });
    manager.start();
    const added = { process, manager, listeners };
    this.managers.push(added);
    return added;
  }

  kill(index: number): void {
    const victim = this.managers[index % Math.max(1, this.managers.length)];
    if (victim !== undefined) this.calls.kill(victim.process);
  }

  #died(process: Process): void {
    const before = this.managers.length;
    this.managers = this.managers.filter((each) => each.process !== process);
    this.fault('process died');
    this.rules.disturbed(process);
    if (this.managers.length === before) return;
    for (const appId of process.working.keys()) this.queue.abandoned(appId);
    if (this.home === 'cloud') {
      this.#addManager();
      return;
    }
    // On one machine the queue and the router end with the manager, and with a plain restart the dynos too.
    this.#machineDown = true;
    this.queue.forget();
    this.routes.clear();
    if (this.dice.chance(0.5)) this.loseTasks();
    const pauseMs = this.queue.pausedUntilMs - this.agenda.nowMs;
    this.agenda.after(Math.max(pauseMs, this.dice.between(1_000, 60_000)), 'restart', () => this.#restart());
  }

  /** The whole control plane is away, while dynos and routers go on. */
  outage(ms: number): void {
    this.fault('control plane down');
    this.queue.pausedUntilMs = Math.max(this.queue.pausedUntilMs, this.agenda.nowMs + ms);
    for (const { process } of [...this.managers]) this.calls.kill(process);
    // The trouble is over when it is over.
    this.agenda.after(ms, 'outage over', () => this.fault('control plane up'));
  }

  loseTasks(): void {
    this.fault('all tasks lost');
    this.cluster.vanish();
    if (this.home === 'machine') this.cluster.forget();
  }

  #restart(): void {
    this.#machineDown = false;
    const { manager } = this.#addManager();
    void manager
      .publishAll()
      .then(() => manager.recover())
      .catch(() => undefined);
  }

  // -------------------------------------------------------------------------------------------------- messages

  async #deliver(appId: string): Promise<'done' | 'failed' | 'busy'> {
    const free = this.managers.filter(
      ({ process }) =>
        process.alive && (this.home === 'machine' ? !process.working.has(appId) : process.working.size === 0),
    );
    if (free.length === 0 || this.agenda.nowMs < this.queue.pausedUntilMs) return 'busy';
    const { process, manager } = this.dice.pick(free);
    const work = { partial: false };
    process.working.set(appId, work);
    process.slow = !this.cluster.healed && this.dice.chance(this.slowShare);
    this.passes += 1;
    const damaged = this.isDamaged(appId);
    if (this.home === 'cloud') {
      this.agenda.after(PASS_LIMIT_MS, 'limit', () => {
        if (process.alive && process.working.get(appId) === work) this.calls.kill(process);
      });
    }
    try {
      const deadlineMs = this.agenda.nowMs + process.skewMs + PASS_LIMIT_MS * DEADLINE_SHARE;
      await (this.home === 'cloud' ? manager.lookAt(appId, deadlineMs) : manager.lookAt(appId));
      this.rules.passEnds(appId, work);
      return 'done';
    } catch (error) {
      this.failedPasses += 1;
      if (!(error instanceof Broken) && !damaged && !this.isDamaged(appId)) this.rules.crashed(appId, error);
      return 'failed';
    } finally {
      process.working.delete(appId);
      if (process.working.size === 0) process.slow = false;
    }
  }

  #tick(): void {
    this.agenda.after(MINUTE_MS, 'tick', () => this.#tick());
    this.rules.minute();
    if (this.agenda.nowMs < this.ticksSkippedUntilMs) {
      this.fault('tick skipped');
      return;
    }
    const alive = this.managers.filter(({ process }) => process.alive);
    if (this.agenda.nowMs < this.queue.pausedUntilMs) {
      this.lastFaultAtMs = this.agenda.nowMs;
      this.rules.quiet.disturbed();
      return;
    }
    if (alive.length === 0) return;
    void this.dice
      .pick(alive)
      .manager.sweep()
      .catch(() => undefined);
  }

  #spread(event: RuntimeEvent): void {
    const fault = this.eventFaults[0];
    if (fault !== undefined) {
      fault.times -= 1;
      if (fault.times <= 0) this.eventFaults.shift();
      this.fault(`event ${fault.what}`);
      if (fault.what === 'lost') return;
    }
    // Out of order by nature: each event takes its own time.
    const latestMs = fault?.what === 'late' ? 10 * MINUTE_MS : this.home === 'cloud' ? 2_000 : 20;
    for (let copies = fault?.what === 'twice' ? 2 : 1; copies > 0; copies -= 1) {
      this.agenda.after(this.dice.below(latestMs), 'event', () => {
        if (this.managers.length === 0) return;
        for (const listener of this.dice.pick(this.managers).listeners) listener(event);
      });
    }
  }

  #publish(routes: AppRoutes): void {
    const known = this.routes.get(routes.appId);
    if (this.#machineDown || (known !== undefined && routes.version < known.version)) return;
    this.routes.set(routes.appId, routes);
    this.rules.published(routes);
  }

  /** A request arrives; a router that knows of a sleeping app says so and waits. */
  visit(appId: string): void {
    const routes = this.routes.get(appId);
    const [first] = this.managers;
    if (routes === undefined || first === undefined) return;
    const told = routes.situation === 'asleep' ? first.manager.wake(appId) : first.manager.noteRequests([appId]);
    void told.catch(() => undefined);
  }

  // -------------------------------------------------------------------------------------------------- questions

  app(appId: string): App | undefined {
    return this.store.get<App>(appKey(appId))?.value;
  }

  dynos(appId: string): readonly Dyno[] {
    return this.store.list<Dyno>({ partition: `app#${appId}`, prefix: 'dyno#' }).map(({ value }) => value);
  }

  /** Part of its desired state is garbage or missing. */
  isDamaged(appId: string): boolean {
    if (this.poisoned.has(appId)) return true;
    for (const key of this.unreadable) if (key.includes(appId)) return true;
    return false;
  }

  /** How long nothing has gone wrong. */
  get calmMs(): number {
    return this.agenda.nowMs - this.lastFaultAtMs;
  }
}

/** All that can run without a further event has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
