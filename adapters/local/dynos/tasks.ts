import type { DynoSpec, RuntimeEvent, StartResult, TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { LogIntake } from '../../../core/ports/logs.ts';
import type { OutputStreams } from '../../../core/ports/output-streams.ts';
import { appendOutput } from './append-output.ts';
import type { TaskChange, TaskNews } from './messages.ts';
import { Task, type TaskSpec } from './task.ts';

/** core/ports/dyno-runtime.ts, `DynoRuntime.observe`. */
const STOPPED_KEPT_MS = 10 * 60 * 1000;
const LOST_STATUS = 137;

/** Where the dynos' lines go. */
export interface Sinks {
  readonly logs: LogIntake;
  readonly outputs: OutputStreams;
}

/** Every task of a runtime on this machine, as the host last reported it. */
export class Tasks {
  readonly #sinks: Sinks;
  readonly #tasks = new Map<string, Task>();
  readonly #listeners: ((event: RuntimeEvent) => void)[] = [];
  readonly #forgetTimer: NodeJS.Timeout;

  constructor(sinks: Sinks) {
    this.#sinks = sinks;
    this.#forgetTimer = setInterval(() => this.#forgetStopped(), 60_000).unref();
  }

  get(taskRef: string): Task | undefined {
    return this.#tasks.get(taskRef);
  }

  /** A repeat of the same attempt gets the first one's answer. */
  start(spec: DynoSpec, accept: (task: Task) => Promise<StartResult>): Promise<StartResult> {
    const taskRef = `${spec.dynoId}.${spec.attempt}`;
    const known = this.#tasks.get(taskRef);
    if (known !== undefined) return known.accepted;
    // The id becomes the name of a directory, or part of a container's.
    if (!/^[\w-]+$/.test(spec.dynoId)) return Promise.resolve({ ok: false, reason: 'not a dyno id', retry: false });
    const task = new Task(taskRef, spec);
    this.#tasks.set(taskRef, task);
    task.accepted = accept(task).then((result) => {
      if (!result.ok) this.#tasks.delete(taskRef);
      return result;
    });
    return task.accepted;
  }

  /** Adds a task that ran before this platform did. */
  adopt(taskRef: string, spec: TaskSpec, change: TaskChange): void {
    let task = this.#tasks.get(taskRef);
    if (task === undefined) {
      // Larger than any version from an earlier platform: a version grows by one per change.
      task = new Task(taskRef, spec, Date.now());
      task.ordered = true;
      task.accepted = Promise.resolve({ ok: true, taskRef });
      this.#tasks.set(taskRef, task);
    }
    this.change(task, change);
  }

  observe(appId: string): TaskObservation[] {
    const oldest = Date.now() - STOPPED_KEPT_MS;
    return [...this.#tasks.values()]
      .filter((task) => task.spec.appId === appId)
      .map(({ observation }) => observation)
      .filter(({ stoppedAtMs }) => stoppedAtMs === undefined || stoppedAtMs >= oldest);
  }

  /** Tasks that the host has and that have not ended. */
  onHost(): Task[] {
    return [...this.#tasks.values()].filter((task) => task.ordered && !task.stopped);
  }

  waitingForClient(dynoId: string): Task | undefined {
    return [...this.#tasks.values()].find(
      (task) => task.spec.dynoId === dynoId && task.waitsForClient && !task.hasClient && !task.stopped,
    );
  }

  /** The output streams that running dynos write to. */
  growingOutputs(): ReadonlySet<string> {
    const running = [...this.#tasks.values()].filter((task) => !task.stopped);
    return new Set(running.flatMap(({ spec }) => spec.outputStreamId ?? []));
  }

  /** A new listener is called at once for every existing task: those of an earlier platform may have no app any more. */
  onEvent(listener: (event: RuntimeEvent) => void): void {
    this.#listeners.push(listener);
    for (const task of this.#tasks.values()) listener(taskEvent(task));
  }

  /** Passes that failed meanwhile may succeed now. */
  announceAll(): void {
    for (const task of this.#tasks.values()) this.#emit(taskEvent(task));
  }

  change(task: Task, change: TaskChange): void {
    task.change(change);
    this.#emit(taskEvent(task));
  }

  end(task: Task, exit: NonNullable<TaskObservation['exit']>): void {
    this.change(task, { state: 'stopped', stoppedAtMs: Date.now(), exit });
  }

  lose(task: Task, detail: string): void {
    this.end(task, { status: LOST_STATUS, reason: 'lost', detail });
  }

  heard(news: TaskNews): void {
    if (news.kind === 'output') {
      for (const [taskRef, entries] of news.batch) {
        const task = this.#tasks.get(taskRef);
        if (task !== undefined) appendOutput(this.#sinks, task.spec, entries);
      }
      return;
    }
    const task = this.#tasks.get(news.taskRef);
    if (task === undefined) return;
    if (news.kind === 'task') this.change(task, news.change);
    else {
      const { appId, dynoId } = task.spec;
      this.#emit({ kind: 'memory', appId, dynoId, usedMiB: news.usedMiB });
    }
  }

  close(): void {
    clearInterval(this.#forgetTimer);
  }

  #emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #forgetStopped(): void {
    const oldest = Date.now() - STOPPED_KEPT_MS;
    for (const [taskRef, { observation }] of this.#tasks) {
      if (observation.stoppedAtMs !== undefined && observation.stoppedAtMs < oldest) this.#tasks.delete(taskRef);
    }
  }
}

const taskEvent = ({ spec }: Task): RuntimeEvent => ({ kind: 'task', appId: spec.appId, dynoId: spec.dynoId });
