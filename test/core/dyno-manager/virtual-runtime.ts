import type {
  DynoRuntime,
  DynoSpec,
  HostFault,
  Observations,
  RuntimeEvent,
  RuntimeEvents,
  StartResult,
  TaskObservation,
} from '../../../core/ports/dyno-runtime.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How a command behaves. Times count from the launch. */
export interface Program {
  readonly launchAfterMs?: number;
  readonly listensAfterMs?: number;
  readonly exitsAfterMs?: number;
  readonly exitStatus?: number;
  /** Exits this long after SIGTERM; `never` ignores it. */
  readonly exitsAfterTermMs?: number | 'never';
}

type Task = { -readonly [key in keyof TaskObservation]: TaskObservation[key] } & {
  readonly spec: DynoSpec;
  readonly program: Program;
  deadlineMs?: number;
};

const ATTACH_TIMEOUT_MS = 30_000;
const KEEP_STOPPED_MS = 600_000;

/** Tasks as values on a virtual clock; tests switch on what a real runtime may do wrong. */
export class VirtualRuntime implements DynoRuntime, RuntimeEvents {
  readonly tasks = new Map<string, Task>();
  readonly #time: VirtualTime;
  readonly #programs: (spec: DynoSpec) => Program;
  #listeners: ((event: RuntimeEvent) => void)[] = [];
  #next = 0;
  /** Called for every accepted stop of a live task, before it has any effect. */
  onStop: (task: TaskObservation, spec: DynoSpec) => void = () => undefined;
  /** Called for every accepted task, with the number of live tasks of its dyno. */
  onAccepted: (spec: DynoSpec, alive: number) => void = () => undefined;
  /** Called before and after each call; may throw, or return a failed start. */
  fault: (call: 'start' | 'started' | 'stop' | 'stopped' | 'observe') => StartResult | undefined = () => undefined;
  complete = true;
  losesEvents = false;

  constructor(time: VirtualTime, programs: (spec: DynoSpec) => Program) {
    this.#time = time;
    this.#programs = programs;
  }

  async start(spec: DynoSpec): Promise<StartResult> {
    const failed = this.fault('start');
    if (failed !== undefined) return failed;
    await spec.config.open();
    const known = [...this.tasks.values()].find(
      ({ dynoId, attempt }) => dynoId === spec.dynoId && attempt === spec.attempt,
    );
    const task = known ?? this.#accept(spec);
    return this.fault('started') ?? { ok: true, taskRef: task.taskRef };
  }

  async stop(taskRef: string, graceSeconds: number): Promise<void> {
    this.fault('stop');
    const task = this.tasks.get(taskRef);
    if (task !== undefined && task.state !== 'stopped') {
      this.onStop(task, task.spec);
      this.#terminate(task, graceSeconds * 1_000);
    }
    this.fault('stopped');
  }

  async observe(appId: string): Promise<Observations> {
    this.fault('observe');
    const nowMs = this.#time.nowMs();
    const tasks = [...this.tasks.values()].filter(
      (task) => task.appId === appId && (task.stoppedAtMs === undefined || nowMs - task.stoppedAtMs < KEEP_STOPPED_MS),
    );
    // Copies: what a manager has read does not change.
    return { complete: this.complete, tasks: tasks.map((task) => ({ ...task })) };
  }

  onEvent(listener: (event: RuntimeEvent) => void): void {
    this.#listeners.push(listener);
  }

  emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** The manager's process is gone: it receives no more events. */
  forgetListeners(): void {
    this.#listeners = [];
  }

  live(): readonly Task[] {
    return [...this.tasks.values()].filter(({ state }) => state !== 'stopped');
  }

  named(name: string): Task {
    const task = this.live().findLast((each) => each.spec.name === name);
    if (task === undefined) throw new Error(`nothing runs as ${name}`);
    return task;
  }

  /** The process of this dyno ends by itself. */
  exit(name: string, status: number): void {
    this.#exit(this.named(name), { status, reason: 'exited' });
  }

  exitTask(taskRef: string, status: number): void {
    const task = this.tasks.get(taskRef);
    if (task !== undefined && task.state !== 'stopped') this.#exit(task, { status, reason: 'exited' });
  }

  attachClient(name: string): void {
    this.#launch(this.named(name));
  }

  hangUp(name: string): void {
    const task = this.named(name);
    this.#change(task, { hangUps: task.hangUps + 1 });
  }

  /** The machine under this dyno is about to be removed. */
  hostFault(name: string, hostFault: HostFault): void {
    this.#change(this.named(name), { hostFault });
  }

  hostFaultOf(taskRef: string, hostFault: HostFault): void {
    const task = this.tasks.get(taskRef);
    if (task !== undefined && task.state !== 'stopped') this.#change(task, { hostFault });
  }

  /** The machine and everything on it are gone without a trace. */
  vanish(): void {
    this.tasks.clear();
  }

  #accept(spec: DynoSpec): Task {
    this.#next += 1;
    const task: Task = {
      spec,
      program: this.#programs(spec),
      taskRef: `task-${this.#next}`,
      appId: spec.appId,
      dynoId: spec.dynoId,
      attempt: spec.attempt,
      version: 1,
      state: spec.attach === undefined ? 'pending' : 'awaiting-client',
      listening: false,
      graceExpired: false,
      hangUps: 0,
    };
    this.tasks.set(task.taskRef, task);
    this.onAccepted(spec, this.live().filter(({ dynoId }) => dynoId === spec.dynoId).length);
    this.#changed(task);
    if (spec.attach === undefined) this.#after(task.program.launchAfterMs ?? 20, task, () => this.#launch(task));
    else this.#after(ATTACH_TIMEOUT_MS, task, () => this.#attachTimeout(task));
    return task;
  }

  #attachTimeout(task: Task): void {
    if (task.state === 'awaiting-client') this.#exit(task, { status: 128, reason: 'attach-timeout' });
  }

  #launch(task: Task): void {
    if (task.launchedAtMs !== undefined) return;
    this.#change(task, { state: 'running', launchedAtMs: this.#time.nowMs() });
    const { listensAfterMs, exitsAfterMs, exitStatus = 0 } = task.program;
    if (listensAfterMs !== undefined && task.spec.type === 'web') {
      const address = { host: '127.0.0.1', port: 10_000 + this.#next };
      this.#after(listensAfterMs, task, () => this.#change(task, { listening: true, address }));
    }
    if (exitsAfterMs === undefined) return;
    this.#after(exitsAfterMs, task, () => this.#exit(task, { status: exitStatus, reason: 'exited' }));
  }

  #terminate(task: Task, graceMs: number): void {
    const deadlineMs = this.#time.nowMs() + graceMs;
    if (task.deadlineMs === undefined) {
      const { exitsAfterTermMs = 10 } = task.program;
      if (task.launchedAtMs === undefined) this.#exit(task, { status: 143, reason: 'exited' });
      else if (exitsAfterTermMs !== 'never') {
        this.#after(exitsAfterTermMs, task, () => this.#exit(task, { status: 143, reason: 'exited' }));
      }
    } else if (task.deadlineMs <= deadlineMs) return;
    task.deadlineMs = deadlineMs;
    this.#after(graceMs, task, () => this.#kill(task, deadlineMs));
  }

  #kill(task: Task, deadlineMs: number): void {
    if (task.deadlineMs !== deadlineMs) return;
    this.#change(task, { graceExpired: true });
    this.#after(1, task, () => this.#exit(task, { status: 137, reason: 'exited' }));
  }

  #exit(task: Task, exit: NonNullable<TaskObservation['exit']>): void {
    this.#change(task, { state: 'stopped', listening: false, stoppedAtMs: this.#time.nowMs(), exit });
  }

  #after(ms: number, task: Task, run: () => void): void {
    this.#time.at(this.#time.nowMs() + ms, () => {
      if (task.state !== 'stopped' && this.tasks.get(task.taskRef) === task) run();
    });
  }

  #change(task: Task, change: Partial<Task>): void {
    Object.assign(task, change, { version: task.version + 1 });
    this.#changed(task);
  }

  #changed(task: Task): void {
    if (!this.losesEvents) this.emit({ kind: 'task', appId: task.appId, dynoId: task.dynoId });
  }
}
