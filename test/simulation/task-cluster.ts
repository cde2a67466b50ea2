import type {
  DynoSpec,
  HostFault,
  Observations,
  RuntimeEvent,
  StartResult,
  TaskExit,
  TaskObservation,
} from '../../core/ports/dyno-runtime.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import type { Agenda } from './agenda.ts';
import type { Dice } from './dice.ts';
import { Broken } from './processes.ts';
import { type Behavior, behaviorOf } from './programs.ts';

type Changing<T> = { -readonly [key in keyof T]: T[key] };

export interface Task extends Changing<TaskObservation> {
  readonly spec: DynoSpec;
  readonly behavior: Behavior;
  readonly host: number;
  readonly acceptedAtMs: number;
  /** It cannot be read before. */
  hiddenUntilMs: number;
  /** Its state before the last change. */
  before?: TaskObservation;
  killAtMs?: number;
  /** When its stop was first requested. */
  stopAskedAtMs?: number;
  /** Its machine is gone, unnoticed. */
  silent: boolean;
}

/** How well the tasks of an app can be read: some are missing, all are outdated, or some appear twice. */
export type Sight = 'whole' | 'partial' | 'stale' | 'mixed';

const ZONES = 3;
const HOSTS = 6;
/** The port shows stopped tasks for this long. */
const SHOWN_MS = 10 * MINUTE_MS;
/** ECS repeats the answer to a token until an hour after its task's end, and for a day at most. */
const TOKEN_MS = HOUR_MS;
const TOKEN_MAX_MS = DAY_MS;
/** DescribeTasks usually answers MISSING for seconds. */
const HIDDEN_MAX_MS = [10_000, 2 * MINUTE_MS, 10 * MINUTE_MS];
const ATTACH_TIMEOUT_MS = 30 * SECOND_MS;

interface Remembered {
  readonly result: StartResult;
  readonly task?: Task;
  readonly atMs: number;
}

/**
 * Tasks as ECS runs them, behind the port's contract: tokens whose answers are repeated, including failures, and expire; tasks
 * that cannot be read right after RunTask; machines that disappear silently.
 */
export class TaskCluster {
  readonly #agenda: Agenda;
  readonly #dice: Dice;
  readonly #byApp = new Map<string, Map<string, Task>>();
  readonly #tokens = new Map<string, Remembered>();
  #next = 0;
  #pending = 0;
  /** RunTask fails while this many tasks wait for a place: ECS allows 500 in PROVISIONING. */
  pendingMax = 500;
  /** From here on programs work. */
  healed = false;
  /** How many of the next tasks are accepted but not launched, and why. */
  readonly spoilt: { how: 'image' | 'stuck'; times: number }[] = [];
  readonly downHosts = new Set<number>();
  onEvent: (event: RuntimeEvent) => void = () => undefined;
  onTooManyPending: () => void = () => undefined;
  onExpired: () => void = () => undefined;
  onAccepted: (task: Task) => void = () => undefined;
  onLaunch: (task: Task) => void = () => undefined;
  onStop: (task: Task) => void = () => undefined;
  onExit: (task: Task) => void = () => undefined;

  constructor(agenda: Agenda, dice: Dice) {
    this.#agenda = agenda;
    this.#dice = dice;
  }

  start(spec: DynoSpec, hidden: boolean): StartResult {
    const token = `${spec.dynoId}/${spec.attempt}`;
    const known = this.#tokens.get(token);
    if (known !== undefined && !this.#isExpired(known)) return known.result;
    if (known !== undefined) this.onExpired();
    if (this.#pending >= this.pendingMax) {
      this.onTooManyPending();
      throw new Broken('ClientException: too many tasks in PROVISIONING');
    }
    const task = this.#accept(spec, hidden);
    const result: StartResult = { ok: true, taskRef: task.taskRef };
    this.#tokens.set(token, { result, task, atMs: this.#agenda.nowMs });
    return result;
  }

  /** The same token gets the same failure again. */
  refuse(spec: DynoSpec, retry: boolean): StartResult {
    const token = `${spec.dynoId}/${spec.attempt}`;
    const known = this.#tokens.get(token);
    if (known !== undefined && !this.#isExpired(known)) return known.result;
    const result: StartResult = { ok: false, reason: 'RESOURCE:MEMORY', retry };
    this.#tokens.set(token, { result, atMs: this.#agenda.nowMs });
    return result;
  }

  #isExpired({ task, atMs }: Remembered): boolean {
    const { nowMs } = this.#agenda;
    if (nowMs - atMs >= TOKEN_MAX_MS) return true;
    if (task === undefined) return nowMs - atMs >= TOKEN_MS;
    return task.stoppedAtMs !== undefined && nowMs - task.stoppedAtMs >= TOKEN_MS;
  }

  /** Everything can be seen and has room, and programs work. */
  heal(): void {
    this.healed = true;
    this.pendingMax = Number.POSITIVE_INFINITY;
    this.spoilt.length = 0;
    this.downHosts.clear();
    for (const task of this.live()) task.hiddenUntilMs = 0;
  }

  stop(taskRef: string, graceMs: number): void {
    const task = this.find(taskRef);
    if (task === undefined || task.state === 'stopped') return;
    task.stopAskedAtMs ??= this.#agenda.nowMs;
    this.onStop(task);
    this.#terminate(task, graceMs);
  }

  observe(appId: string, sight: Sight): Observations {
    const { nowMs } = this.#agenda;
    let complete = sight !== 'partial';
    const tasks: TaskObservation[] = [];
    const ofApp = this.#byApp.get(appId);
    for (const task of ofApp?.values() ?? []) {
      if (task.stoppedAtMs !== undefined && nowMs - task.stoppedAtMs >= SHOWN_MS) {
        if (nowMs - task.stoppedAtMs >= 2 * TOKEN_MS) this.#drop(task);
        continue;
      }
      if (task.hiddenUntilMs > nowMs) complete = false;
      else if (sight !== 'partial' || this.#dice.chance(0.5)) tasks.push(...this.#seen(task, sight));
    }
    return { complete, tasks };
  }

  #seen(task: Task, sight: Sight): readonly TaskObservation[] {
    const now = shown(task);
    const { before } = task;
    if (before === undefined || sight === 'whole' || sight === 'partial') return [now];
    if (sight === 'stale') return [before];
    return this.#dice.chance(0.5) ? [now, before] : [before, now];
  }

  find(taskRef: string): Task | undefined {
    const [, appId = ''] = /^task-\d+@(.*)$/.exec(taskRef) ?? [];
    return this.#byApp.get(appId)?.get(taskRef);
  }

  *tasksOf(appId: string): Iterable<Task> {
    yield* this.#byApp.get(appId)?.values() ?? [];
  }

  *live(): Iterable<Task> {
    for (const tasks of this.#byApp.values())
      for (const task of tasks.values()) if (task.state !== 'stopped') yield task;
  }

  /** It ends by itself. */
  exit(task: Task, status: number): void {
    if (task.state !== 'stopped') this.#end(task, { status, reason: 'exited' });
  }

  hangUp(task: Task): void {
    if (task.state === 'running') this.#change(task, { hangUps: task.hangUps + 1 });
  }

  attachClient(task: Task): void {
    if (task.state === 'awaiting-client') this.#launch(task);
  }

  /** ECS notices only after `noticedAfterMs`; until then the tasks seem to run. */
  loseHosts(hosts: readonly number[], noticedAfterMs: number): void {
    for (const task of [...this.live()]) {
      if (!hosts.includes(task.host)) continue;
      task.silent = true;
      this.#after(task, noticedAfterMs, () => this.#end(task, { status: 137, reason: 'lost' }), true);
    }
  }

  /** Two minutes' notice (Spot), or a machine that is drained; then its remaining tasks are gone. */
  drainHost(host: number, hostFault: HostFault): void {
    for (const task of [...this.live()]) {
      if (task.host !== host || task.silent) continue;
      this.#change(task, { hostFault });
      const leftMs = hostFault === 'spot-notice' ? 2 * MINUTE_MS : HOUR_MS;
      this.#after(task, leftMs, () => this.#end(task, { status: 137, reason: 'lost' }), true);
    }
  }

  /** Everything is gone at once, without a trace. */
  vanish(): void {
    for (const task of [...this.live()]) {
      if (task.state === 'pending') this.#pending -= 1;
      task.state = 'stopped';
      task.exit = { status: 137, reason: 'lost' };
      task.stoppedAtMs = this.#agenda.nowMs - SHOWN_MS;
      this.onExit(task);
    }
  }

  /** The memory of a runtime that ended with its machine. */
  forget(): void {
    this.#byApp.clear();
    this.#tokens.clear();
  }

  hostsOf(zone: number): readonly number[] {
    return Array.from({ length: HOSTS }, (_, host) => host).filter((host) => host % ZONES === zone);
  }

  randomHost(): number {
    return this.#dice.below(HOSTS);
  }

  memory(task: Task, usedMiB: number): void {
    if (task.state !== 'running' || task.silent || this.healed) return;
    // A kernel may be faster than any manager.
    if (usedMiB > 2 * task.spec.size.memoryMiB && this.#dice.chance(0.3)) {
      this.#end(task, { status: 137, reason: 'out-of-memory' });
      return;
    }
    this.onEvent({ kind: 'memory', appId: task.appId, dynoId: task.dynoId, usedMiB });
    this.#after(task, 20 * SECOND_MS, () => this.memory(task, usedMiB));
  }

  #accept(spec: DynoSpec, hidden: boolean): Task {
    const { nowMs } = this.#agenda;
    const taskRef = `task-${++this.#next}@${spec.appId}`;
    const attached = spec.attach !== undefined;
    const task: Task = {
      spec,
      behavior: behaviorOf(
        this.healed ? (spec.type === 'release' ? 'release-good' : 'good') : spec.command,
        this.#dice,
      ),
      host: this.#placement(),
      acceptedAtMs: nowMs,
      hiddenUntilMs: hidden ? nowMs + this.#dice.between(1_000, this.#dice.pick(HIDDEN_MAX_MS)) : 0,
      silent: false,
      taskRef,
      appId: spec.appId,
      dynoId: spec.dynoId,
      attempt: spec.attempt,
      version: 1,
      state: attached ? 'awaiting-client' : 'pending',
      listening: false,
      graceExpired: false,
      hangUps: 0,
    };
    let ofApp = this.#byApp.get(spec.appId);
    if (ofApp === undefined) {
      ofApp = new Map();
      this.#byApp.set(spec.appId, ofApp);
    }
    ofApp.set(taskRef, task);
    if (task.state === 'pending') this.#pending += 1;
    this.onAccepted(task);
    this.#changed(task);
    const spoilt = this.spoilt[0];
    if (attached) this.#after(task, ATTACH_TIMEOUT_MS, () => this.#attachTimeout(task));
    else if (spoilt === undefined) this.#after(task, this.#dice.between(20, 8_000), () => this.#launch(task));
    else {
      spoilt.times -= 1;
      if (spoilt.times <= 0) this.spoilt.shift();
      const [afterMs, reason] =
        spoilt.how === 'image'
          ? [this.#dice.between(1_000, 30_000), 'start-failed' as const]
          : [this.#dice.between(10 * MINUTE_MS, 30 * MINUTE_MS), 'no-room' as const];
      this.#after(task, afterMs, () => this.#end(task, { status: 1, reason }));
    }
    return task;
  }

  #placement(): number {
    const up = Array.from({ length: HOSTS }, (_, host) => host).filter((host) => !this.downHosts.has(host));
    return this.#dice.pick(up);
  }

  #attachTimeout(task: Task): void {
    if (task.state === 'awaiting-client') this.#end(task, { status: 128, reason: 'attach-timeout' });
  }

  #launch(task: Task): void {
    if (task.launchedAtMs !== undefined) return;
    this.onLaunch(task);
    this.#change(task, { state: 'running', launchedAtMs: this.#agenda.nowMs });
    const { listensAfterMs, exitsAfterMs, exitStatus = 0 } = task.behavior;
    if (listensAfterMs !== undefined && task.spec.type === 'web') {
      const address = { host: `10.0.0.${task.host}`, port: 10_000 + this.#next };
      this.#after(task, listensAfterMs, () => this.#change(task, { listening: true, address }));
    }
    if (exitsAfterMs === undefined) return;
    this.#after(task, exitsAfterMs, () => this.#end(task, { status: exitStatus, reason: 'exited' }));
  }

  #terminate(task: Task, graceMs: number): void {
    const killAtMs = this.#agenda.nowMs + graceMs;
    if (task.killAtMs === undefined) {
      const { exitsAfterTermMs } = task.behavior;
      if (task.launchedAtMs === undefined)
        this.#after(task, 10, () => this.#end(task, { status: 143, reason: 'exited' }));
      else if (exitsAfterTermMs !== 'never') {
        this.#after(task, exitsAfterTermMs, () => this.#end(task, { status: 143, reason: 'exited' }));
      }
    } else if (task.killAtMs <= killAtMs) return;
    task.killAtMs = killAtMs;
    this.#after(task, graceMs, () => {
      if (task.killAtMs !== killAtMs) return;
      this.#change(task, { graceExpired: true });
      this.#after(task, 1, () => this.#end(task, { status: 137, reason: 'exited' }));
    });
  }

  #end(task: Task, exit: TaskExit): void {
    this.#change(task, { state: 'stopped', listening: false, stoppedAtMs: this.#agenda.nowMs, exit });
    this.onExit(task);
  }

  /** Events of a machine that is gone do not happen. */
  #after(task: Task, ms: number, run: () => void, evenIfSilent = false): void {
    this.#agenda.after(ms, 'task', () => {
      if (task.state !== 'stopped' && (evenIfSilent || !task.silent)) run();
    });
  }

  #change(task: Task, change: Partial<Task>): void {
    task.before = shown(task);
    if (task.state === 'pending' && (change.state ?? 'pending') !== 'pending') this.#pending -= 1;
    Object.assign(task, change);
    task.version += 1;
    this.#changed(task);
  }

  #changed({ appId, dynoId }: Task): void {
    this.onEvent({ kind: 'task', appId, dynoId });
  }

  #drop(task: Task): void {
    this.#byApp.get(task.appId)?.delete(task.taskRef);
    this.#tokens.delete(`${task.dynoId}/${task.attempt}`);
  }
}

/** A copy: what a caller has read does not change. */
function shown(task: Task): TaskObservation {
  const { taskRef, appId, dynoId, attempt, version, state, listening, graceExpired, hangUps } = task;
  return {
    taskRef,
    appId,
    dynoId,
    attempt,
    version,
    state,
    listening,
    graceExpired,
    hangUps,
    ...(task.address === undefined ? {} : { address: task.address }),
    ...(task.launchedAtMs === undefined ? {} : { launchedAtMs: task.launchedAtMs }),
    ...(task.stoppedAtMs === undefined ? {} : { stoppedAtMs: task.stoppedAtMs }),
    ...(task.hostFault === undefined ? {} : { hostFault: task.hostFault }),
    ...(task.exit === undefined ? {} : { exit: task.exit }),
  };
}
