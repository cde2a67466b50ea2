import { join } from 'node:path';
import type {
  Blobs,
  DynoRuntime,
  DynoSpec,
  LogIntake,
  Observations,
  OutputStreams,
  RuntimeEvent,
  StartResult,
} from '../../../core/ports.ts';
import { appendOutput } from './append-output.ts';
import { AttachedClient } from './attached-client.ts';
import { bundleDynoHost, HostProcess } from './host-process.ts';
import { type FromHost, TIMING, type Timing } from './messages.ts';
import { SlugCache } from './slug-cache.ts';
import { Task } from './task.ts';

export interface ProcessRuntimeOptions {
  readonly dataDirectory: string;
  readonly blobs: Blobs;
  readonly outputs: OutputStreams;
  readonly logs: LogIntake;
  /** For the operator, in plain words. */
  readonly report: (message: string) => void;
  /** False: dynos are not held to the memory and process limits of their size, even where the machine allows it. */
  readonly enforceLimits?: boolean;
  readonly timing?: Partial<Timing>;
}

/** core/ports.ts, `DynoRuntime.observe`. */
const STOPPED_KEPT_MS = 10 * 60 * 1000;
const HOST_RETRY_MS = 1_000;
/** What the host takes beyond the grace to see everything end. */
const CLOSE_MARGIN_MS = 12_000;
const LOST_STATUS = 137;

export async function startProcessRuntime(options: ProcessRuntimeOptions): Promise<ProcessRuntime> {
  const bundle = await bundleDynoHost(options.dataDirectory);
  const runtime = new ProcessRuntime(options, bundle);
  await runtime.open();
  return runtime;
}

/** Dynos as processes of this machine. The processes belong to the dyno host; here is what is known of them. */
export class ProcessRuntime implements DynoRuntime {
  private readonly options: ProcessRuntimeOptions;
  private readonly bundle: string;
  private readonly slugs: SlugCache;
  private readonly tasks = new Map<string, Task>();
  private readonly listeners: ((event: RuntimeEvent) => void)[] = [];
  private readonly forgetTimer: NodeJS.Timeout;
  /** Undefined while there is none: at the start, and after it died until its orphans are gone. */
  private host: HostProcess | undefined;
  private readonly hostWaiters: ((host: HostProcess | undefined) => void)[] = [];
  private closing = false;

  constructor(options: ProcessRuntimeOptions, bundle: string) {
    this.options = options;
    this.bundle = bundle;
    this.slugs = new SlugCache(join(options.dataDirectory, 'slug-cache'), options.blobs);
    this.forgetTimer = setInterval(() => this.forgetStopped(), 60_000).unref();
  }

  /** One sentence for the operator: which limits of a dyno size hold on this machine. */
  get limits(): string {
    return this.host?.limits ?? '';
  }

  async open(): Promise<void> {
    await this.slugs.open();
    await this.startHost();
  }

  start(spec: DynoSpec): Promise<StartResult> {
    const taskRef = `${spec.dynoId}.${spec.attempt}`;
    const known = this.tasks.get(taskRef);
    if (known !== undefined) return known.accepted;
    // It becomes the name of a directory.
    if (!/^[\w-]+$/.test(spec.dynoId)) return Promise.resolve({ ok: false, reason: 'not a dyno id', retry: false });
    const task = new Task(taskRef, spec);
    this.tasks.set(taskRef, task);
    task.accepted = this.accept(task, spec).then((result) => {
      if (!result.ok) this.tasks.delete(taskRef);
      return result;
    });
    return task.accepted;
  }

  async stop(taskRef: string, graceSeconds: number): Promise<void> {
    const task = this.tasks.get(taskRef);
    if (task === undefined || task.stopped) return;
    if (task.ordered) this.host?.send({ kind: 'stop', taskRef, graceSeconds });
    else this.change(task, { state: 'stopped', stoppedAtMs: Date.now(), exit: { status: 143, reason: 'exited' } });
  }

  async observe(appId: string): Promise<Observations> {
    const tasks = [...this.tasks.values()].filter((task) => task.spec.appId === appId);
    const oldest = Date.now() - STOPPED_KEPT_MS;
    return {
      complete: this.host !== undefined,
      tasks: tasks
        .map(({ observation }) => observation)
        .filter(({ stoppedAtMs }) => stoppedAtMs === undefined || stoppedAtMs >= oldest),
    };
  }

  onEvent(listener: (event: RuntimeEvent) => void): void {
    this.listeners.push(listener);
  }

  /** The streams of an attached one-off, once; undefined when no such dyno waits. The process starts now. */
  attach(dynoId: string): AttachedClient | undefined {
    const task = [...this.tasks.values()].find(
      (each) => each.spec.dynoId === dynoId && each.waitsForClient && !each.hasClient && !each.stopped,
    );
    const { host } = this;
    if (task === undefined || host === undefined) return undefined;
    task.hasClient = true;
    const { taskRef } = task.observation;
    return new AttachedClient(host.socketPath, taskRef, () => {
      if (!task.stopped) host.send({ kind: 'left', taskRef });
    });
  }

  /** Stops every dyno. Called again with a shorter grace it hurries up. */
  async close({ graceSeconds }: { readonly graceSeconds: number }): Promise<void> {
    this.closing = true;
    clearInterval(this.forgetTimer);
    for (const resolve of this.hostWaiters.splice(0)) resolve(undefined);
    const { host } = this;
    if (host === undefined) return;
    host.send({ kind: 'close', graceSeconds });
    const timer = setTimeout(() => host.kill(), graceSeconds * 1000 + CLOSE_MARGIN_MS);
    await host.exited;
    clearTimeout(timer);
  }

  private async accept(task: Task, spec: DynoSpec): Promise<StartResult> {
    const { taskRef } = task.observation;
    const slug = await this.slugs.get(spec.slug);
    if (!slug.ok) return slug;
    let config: Readonly<Record<string, string>>;
    try {
      config = await spec.config.open();
    } catch {
      // The cause could quote what it failed to open.
      return { ok: false, reason: 'the config vars cannot be opened', retry: true };
    }
    const host = await this.liveHost();
    if (host === undefined) return { ok: false, reason: 'the platform is shutting down', retry: true };
    if (task.stopped) return { ok: true, taskRef };
    task.ordered = true;
    host.send({
      kind: 'start',
      order: {
        taskRef,
        name: spec.name,
        type: spec.type,
        command: spec.command,
        slugDirectory: slug.slug.directory,
        slugEntries: slug.slug.entries,
        environment: { ...config, ...spec.environment },
        size: { memoryMiB: spec.size.memoryMiB, processLimit: spec.size.processLimit },
        ...(spec.attach === undefined ? {} : { attach: spec.attach }),
      },
    });
    return { ok: true, taskRef };
  }

  /** Waits for a new host while one is being started; undefined when the runtime closes. */
  private liveHost(): Promise<HostProcess | undefined> {
    if (this.closing || this.host !== undefined) return Promise.resolve(this.closing ? undefined : this.host);
    return new Promise((resolve) => this.hostWaiters.push(resolve));
  }

  private async startHost(): Promise<void> {
    const { dataDirectory, enforceLimits = true, timing } = this.options;
    const settings = { dataDirectory, limits: enforceLimits, timing: { ...TIMING, ...timing } };
    const host = await HostProcess.start(this.bundle, settings, (message) => this.heard(host, message));
    this.host = host;
    for (const resolve of this.hostWaiters.splice(0)) resolve(host);
    void host.exited.then(() => this.hostGone());
  }

  private async hostGone(): Promise<void> {
    this.host = undefined;
    if (this.closing) return;
    const lost = [...this.tasks.values()].filter((task) => task.ordered && !task.stopped);
    this.options.report('The dyno host has ended unexpectedly: its dynos are being ended, a new host starts.');
    while (this.host === undefined && !this.closing) {
      try {
        await this.startHost();
      } catch (error) {
        this.options.report(`${(error as Error).message}; trying again.`);
        await new Promise((resolve) => setTimeout(resolve, HOST_RETRY_MS));
      }
    }
    // Only now: the new host has ended every process of the old one.
    const exit = { status: LOST_STATUS, reason: 'lost', detail: 'the dyno host ended' } as const;
    for (const task of lost) this.change(task, { state: 'stopped', stoppedAtMs: Date.now(), exit });
  }

  private heard(host: HostProcess, message: FromHost): void {
    if (message.kind === 'output') {
      for (const [taskRef, entries] of message.batch) {
        const task = this.tasks.get(taskRef);
        if (task !== undefined) appendOutput(this.options, task.spec, entries);
      }
      host.send({ kind: 'taken' });
      return;
    }
    if (message.kind === 'ready') return;
    const task = this.tasks.get(message.taskRef);
    if (task === undefined) return;
    if (message.kind === 'task') this.change(task, message.change);
    else {
      const { appId, dynoId } = task.spec;
      this.emit({ kind: 'memory', appId, dynoId, usedMiB: message.usedMiB });
    }
  }

  private change(task: Task, change: Parameters<Task['change']>[0]): void {
    task.change(change);
    this.emit({ kind: 'task', appId: task.spec.appId, dynoId: task.spec.dynoId });
  }

  private emit(event: RuntimeEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private forgetStopped(): void {
    const oldest = Date.now() - STOPPED_KEPT_MS;
    for (const [taskRef, { observation }] of this.tasks) {
      if (observation.stoppedAtMs !== undefined && observation.stoppedAtMs < oldest) this.tasks.delete(taskRef);
    }
  }
}
