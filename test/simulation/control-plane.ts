import { purgeApp } from '../../core/app/delete-app.ts';
import type { RuntimeEvent } from '../../core/ports/dyno-runtime.ts';
import type { Problems } from '../../core/ports/problems.ts';
import { completeReleasePhase } from '../../core/release/complete-release-phase.ts';
import { MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { type DrivenManager, driveManager, NO_REQUESTS } from '../core/dyno-manager/driven-manager.ts';
import { runDueJobs } from '../core/scheduler/run-due-jobs.ts';
import { platformFor, runtimeFor } from './process-ports.ts';
import { Broken, newProcess, type Process } from './processes.ts';
import type { Evidence } from './routers.ts';
import type { World } from './world.ts';

/** A longer pass is cut off, together with its process. */
const PASS_LIMIT_MS = MINUTE_MS;
/** A pass begins no new work after this share of its time. */
const DEADLINE_SHARE = 0.8;

interface ManagerProcess {
  readonly process: Process;
  readonly manager: DrivenManager;
  readonly listeners: ((event: RuntimeEvent) => void)[];
}

export type EventFault = 'lost' | 'twice' | 'late';

/**
 * The processes that run the dyno manager, and what triggers them: messages, ticks and the runtime's events. In the cloud there
 * are two, and a new one replaces a dead one. On one machine there is one, which ends together with the queue, the routers
 * and perhaps the dynos.
 */
export class ControlPlane {
  readonly #world: World;
  managers: ManagerProcess[] = [];
  passes = 0;
  failedPasses = 0;
  ticksSkippedUntilMs = 0;
  readonly eventFaults: { what: EventFault; times: number }[] = [];
  /** Some app has recurring jobs. */
  hasJobs = false;
  /** How much the machine's clock is wrong. */
  clockShiftMs = 0;
  #schedulers: readonly Process[] = [];
  #order = 0;

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    for (let count = this.#world.home === 'cloud' ? 2 : 1; count > 0; count -= 1) this.#add();
    this.#world.agenda.after(MINUTE_MS, 'tick', () => this.#tick());
  }

  #add(): ManagerProcess {
    const { rules, coverage, dice } = this.#world;
    const process = newProcess(`manager-${this.#order++}`, dice.between(-5, 5) * SECOND_MS);
    const listeners: ((event: RuntimeEvent) => void)[] = [];
    const report: Problems['report'] = (problem, error, { appId = '' } = {}) => {
      coverage.reported(problem.replace(/\d+ s/, 'n s'));
      const seconds = /^in quarantine for (\d+) s/.exec(problem)?.[1];
      if (seconds === undefined) return;
      rules.quiet.quarantined(appId, Number(seconds) * SECOND_MS);
      const notes = process.working.get(appId)?.notes;
      if (notes === undefined) return;
      notes.quarantinedMs = Number(seconds) * SECOND_MS;
      notes.unreadable = error instanceof Error && error.name === 'UnreadableRecord';
    };
    const manager = driveManager({
      certificateRequests: NO_REQUESTS,
      platform: platformFor(this.#world, process, report),
      runtime: runtimeFor(this.#world, process),
      completeReleasePhase,
      purgeApp,
      ...(!this.#world.rated ? {} : { actionRate: { perSecond: 40, burst: 100 } }),
    });
    listeners.push((event) => manager.onRuntimeEvent(event));
    const added = { process, manager, listeners };
    this.managers.push(added);
    return added;
  }

  // ------------------------------------------------------------------------------------------------- ends

  kill(index: number): void {
    const victim = this.managers[index % Math.max(1, this.managers.length)];
    if (victim !== undefined) this.#world.calls.kill(victim.process);
  }

  died(process: Process): void {
    const { queue, routers, agenda, dice, home } = this.#world;
    const before = this.managers.length;
    this.managers = this.managers.filter((each) => each.process !== process);
    this.#world.fault('process died');
    this.#world.rules.disturbed(process);
    const wasScheduler = this.#schedulers.includes(process);
    this.#schedulers = this.#schedulers.filter((each) => each !== process);
    if (home === 'machine' && wasScheduler) this.kill(0);
    if (this.managers.length === before) return;
    for (const appId of process.working.keys()) queue.abandoned(appId);
    if (home === 'cloud') {
      this.#add();
      return;
    }
    for (const scheduler of this.#schedulers) scheduler.alive = false;
    this.#schedulers = [];
    queue.forget();
    routers.end();
    if (dice.chance(0.5)) this.loseTasks();
    const pauseMs = queue.pausedUntilMs - agenda.nowMs;
    agenda.after(Math.max(pauseMs, dice.between(1_000, 60_000)), 'restart', () => this.#restart());
  }

  #restart(): void {
    this.#world.routers.down = false;
    const { manager, process } = this.#add();
    // A platform that cannot start ends, and is started again.
    process.publishing = true;
    void manager
      .publishAll()
      .then(() => {
        process.publishing = false;
        process.recoveredAtMs = this.#world.clockMs(process);
        return manager.recover();
      })
      .catch(() => this.#world.calls.kill(process));
  }

  /** All of it is down, while dynos and routers keep running. */
  outage(ms: number): void {
    const { queue, agenda } = this.#world;
    this.#world.fault('control plane down');
    queue.pausedUntilMs = Math.max(queue.pausedUntilMs, agenda.nowMs + ms);
    for (const { process } of [...this.managers]) this.#world.calls.kill(process);
    // The trouble is over when it is over.
    agenda.after(ms, 'outage over', () => this.#world.fault('control plane up'));
  }

  loseTasks(): void {
    const { cluster, home } = this.#world;
    this.#world.fault('all tasks lost');
    cluster.vanish();
    if (home === 'machine') cluster.forget();
  }

  // ------------------------------------------------------------------------------------------------- wake-ups

  async deliver(appId: string): Promise<'done' | 'failed' | 'busy'> {
    const { agenda, home, queue, dice, cluster, rules } = this.#world;
    const free = this.managers.filter(
      ({ process }) => process.alive && (home === 'machine' ? !process.working.has(appId) : process.working.size === 0),
    );
    if (free.length === 0 || agenda.nowMs < queue.pausedUntilMs) return 'busy';
    const { process, manager } = dice.pick(free);
    const deadlineMs = this.#world.clockMs(process) + PASS_LIMIT_MS * DEADLINE_SHARE;
    const notes = rules.watch.begin(process, appId, home === 'cloud' ? deadlineMs : undefined);
    const work = { partial: false, knowsApp: false, notes };
    process.working.set(appId, work);
    process.slow = !cluster.healed && dice.chance(this.#world.slowShare);
    this.passes += 1;
    const damaged = this.#world.isDamaged(appId);
    if (home === 'cloud') {
      agenda.after(PASS_LIMIT_MS, 'limit', () => {
        if (process.alive && process.working.get(appId) === work) this.#world.calls.kill(process);
      });
    }
    try {
      await (home === 'cloud' ? manager.lookAt(appId, deadlineMs) : manager.lookAt(appId));
      rules.passEnds(appId, work);
      rules.watch.ended(process, notes, 'done');
      return 'done';
    } catch (error) {
      this.failedPasses += 1;
      rules.watch.ended(process, notes, 'failed');
      if (!(error instanceof Broken) && !damaged && !this.#world.isDamaged(appId)) rules.crashed(appId, error);
      return 'failed';
    } finally {
      process.working.delete(appId);
      if (process.working.size === 0) process.slow = false;
    }
  }

  #tick(): void {
    const { agenda, rules, queue, dice } = this.#world;
    agenda.after(MINUTE_MS, 'tick', () => this.#tick());
    rules.minute();
    if (agenda.nowMs < this.ticksSkippedUntilMs) {
      this.#world.fault('tick skipped');
      return;
    }
    if (agenda.nowMs < queue.pausedUntilMs) {
      this.#world.lastFaultAtMs = agenda.nowMs;
      rules.quiet.disturbed();
      return;
    }
    const alive = this.managers.filter(({ process }) => process.alive);
    if (alive.length === 0) return;
    const { manager, process } = dice.pick(alive);
    void manager.sweep().catch(() => undefined);
    if (this.hasJobs) this.#runJobs(process);
  }

  /** A separate function in the cloud; on one machine part of the process, which ends with it. */
  #runJobs({ skewMs, shiftMs }: Process): void {
    const { rules, coverage, cluster, dice, slowShare } = this.#world;
    const process = newProcess('scheduler', skewMs);
    process.shiftMs = shiftMs;
    process.slow = !cluster.healed && dice.chance(slowShare);
    this.#schedulers = [...this.#schedulers, process];
    const broken = (appId: string, error: unknown) => {
      if (!(error instanceof Broken) && !this.#world.isDamaged(appId)) rules.crashed(appId, error);
    };
    const report: Problems['report'] = (problem, error, { appId = '' } = {}) => {
      coverage.reported(problem.replace(/job \S+/, 'job …'));
      broken(appId, error);
    };
    void runDueJobs(platformFor(this.#world, process, report))
      .catch((error: unknown) => broken('', error))
      .finally(() => {
        this.#schedulers = this.#schedulers.filter((each) => each !== process);
      });
  }

  /** Sets one process's clock wrong, and right again after a while. On one machine there is one clock, which then goes back. */
  setClock({ index, ms, minutes }: { readonly index: number; readonly ms: number; readonly minutes: number }): void {
    const { agenda, home } = this.#world;
    const process = this.managers[index % Math.max(1, this.managers.length)]?.process;
    if (process === undefined || process.shiftMs !== 0 || this.clockShiftMs !== 0) return;
    const shiftMs = home === 'machine' ? -Math.abs(ms) : ms;
    this.#world.clockGoesWrong(shiftMs, minutes * MINUTE_MS);
    if (home === 'machine') this.clockShiftMs = shiftMs;
    else process.shiftMs = shiftMs;
    agenda.after(minutes * MINUTE_MS, 'clock right', () => {
      if (home === 'machine') this.clockShiftMs = 0;
      else process.shiftMs = 0;
      this.#world.fault('clock set right');
    });
  }

  spread(event: RuntimeEvent): void {
    const { agenda, dice, home } = this.#world;
    const fault = this.eventFaults[0];
    if (fault !== undefined) {
      fault.times -= 1;
      if (fault.times <= 0) this.eventFaults.shift();
      this.#world.fault(`event ${fault.what}`);
      if (fault.what === 'lost') return;
    }
    // Out of order by nature: each event takes its own time.
    const latestMs = fault?.what === 'late' ? 10 * MINUTE_MS : home === 'cloud' ? 2_000 : 20;
    for (let copies = fault?.what === 'twice' ? 2 : 1; copies > 0; copies -= 1) {
      agenda.after(dice.below(latestMs), 'event', () => {
        if (this.managers.length === 0) return;
        const { process, listeners } = dice.pick(this.managers);
        process.sample = event.kind === 'memory' ? event : undefined;
        for (const listener of listeners) listener(event);
        process.sample = undefined;
      });
    }
  }

  /** The routers report to one of the processes. */
  requested(appId: string, asleep: boolean, { router, lateMs = 0, twice = false }: Evidence): void {
    const tell = () => this.#told(appId, asleep, router);
    for (let times = twice ? 2 : 1; times > 0; times -= 1) {
      if (lateMs === 0) tell();
      else this.#world.agenda.after(lateMs * times, 'traffic', tell);
    }
  }

  #told(appId: string, asleep: boolean, router: number | undefined): void {
    const { dice, rules } = this.#world;
    const [first] = this.managers;
    const listener = router === undefined || first === undefined ? first : dice.pick(this.managers);
    if (listener === undefined) return;
    rules.eco.mayBeTold(appId);
    const told = asleep ? listener.manager.wake(appId) : listener.manager.noteRequests([appId]);
    told.then(
      () => rules.eco.told(appId, asleep),
      () => undefined,
    );
  }
}
