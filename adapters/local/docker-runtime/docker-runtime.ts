import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
import { bundleHost, type ChildHost, forkHost } from '../child-host.ts';
import { appendOutput } from '../process-runtime/append-output.ts';
import { AttachedClient } from '../process-runtime/attached-client.ts';
import { type TaskChange, TIMING, type Timing } from '../process-runtime/messages.ts';
import { SlugCache } from '../process-runtime/slug-cache.ts';
import { Task } from '../process-runtime/task.ts';
import type { AdoptedTask, FromDockerHost, ReachSetting, ToDockerHost } from './messages.ts';

export interface DockerRuntimeOptions {
  readonly dataDirectory: string;
  readonly blobs: Blobs;
  readonly outputs: OutputStreams;
  readonly logs: LogIntake;
  /** For the operator, in plain words. */
  readonly report: (message: string) => void;
  /** What containers are made from: it has bash, and Node.js for the slugs that need it. */
  readonly image: string;
  readonly reach?: ReachSetting;
  readonly timing?: Partial<Timing>;
}

/** Docker, or what it should run, is not there; the message says what to do. */
export class DockerRefused extends Error {}

/** core/ports.ts, `DynoRuntime.observe`. */
const STOPPED_KEPT_MS = 10 * 60 * 1000;
const HOST_RETRY_MS = 1_000;
/** What the host takes beyond the grace to see everything end. */
const CLOSE_MARGIN_MS = 20_000;
const LOST_STATUS = 137;
const HOST_SOURCE = fileURLToPath(new URL('./host/main.ts', import.meta.url));
/** The docker command's own, and where its files are. */
const PASSED_ON = /^(PATH|HOME|SSH_AUTH_SOCK|DOCKER_(HOST|TLS_VERIFY|CERT_PATH))$/;

type Host = ChildHost<ToDockerHost> & { readonly socketPath: string };

export async function startDockerRuntime(options: DockerRuntimeOptions): Promise<DockerRuntime> {
  const bundle = await bundleHost(HOST_SOURCE, options.dataDirectory, 'container-host.mjs');
  const runtime = new DockerRuntime(options, bundle);
  await runtime.open();
  return runtime;
}

/** Dynos as containers. The container host deals with Docker; here is what is known of them. */
export class DockerRuntime implements DynoRuntime {
  private readonly options: DockerRuntimeOptions;
  private readonly bundle: string;
  private readonly slugs: SlugCache;
  private readonly tasks = new Map<string, Task>();
  private readonly listeners: ((event: RuntimeEvent) => void)[] = [];
  private readonly forgetTimer: NodeJS.Timeout;
  /** Undefined while there is none: at the start, and after it died until a new one has taken over. */
  private host: Host | undefined;
  private readonly hostWaiters: ((host: Host | undefined) => void)[] = [];
  private engineAnswers = false;
  private closing = false;
  private limitsInWords = '';

  constructor(options: DockerRuntimeOptions, bundle: string) {
    this.options = options;
    this.bundle = bundle;
    this.slugs = new SlugCache(join(options.dataDirectory, 'slug-cache'), options.blobs);
    this.forgetTimer = setInterval(() => this.forgetStopped(), 60_000).unref();
  }

  /** One sentence for the operator: which limits of a dyno size hold. */
  get limits(): string {
    return this.limitsInWords;
  }

  /** The output streams that running dynos write to. */
  growingOutputs(): ReadonlySet<string> {
    const running = [...this.tasks.values()].filter((task) => !task.stopped);
    return new Set(running.flatMap(({ spec }) => spec.outputStreamId ?? []));
  }

  async open(): Promise<void> {
    await this.slugs.open();
    try {
      await this.startHost();
    } catch (error) {
      clearInterval(this.forgetTimer);
      throw error;
    }
  }

  start(spec: DynoSpec): Promise<StartResult> {
    const taskRef = `${spec.dynoId}.${spec.attempt}`;
    const known = this.tasks.get(taskRef);
    if (known !== undefined) return known.accepted;
    // It becomes part of a container's name.
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
    const oldest = Date.now() - STOPPED_KEPT_MS;
    const tasks = [...this.tasks.values()]
      .filter((task) => task.spec.appId === appId)
      .map(({ observation }) => observation)
      .filter(({ stoppedAtMs }) => stoppedAtMs === undefined || stoppedAtMs >= oldest);
    return { complete: this.host !== undefined && this.engineAnswers, tasks };
  }

  /** A new listener hears at once of every task that is there: those of an earlier platform may have no app any more. */
  onEvent(listener: (event: RuntimeEvent) => void): void {
    this.listeners.push(listener);
    for (const task of this.tasks.values()) listener(taskEvent(task));
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
        task: { ...task.spec, type: spec.type },
        command: spec.command,
        slug: { id: spec.slug.id, directory: slug.slug.directory },
        environment: { ...config, ...spec.environment },
        size: { memoryMiB: spec.size.memoryMiB, processLimit: spec.size.processLimit },
        ...(spec.attach === undefined ? {} : { attach: spec.attach }),
      },
    });
    return { ok: true, taskRef };
  }

  /** Waits for a new host while one is being started; undefined when the runtime closes. */
  private liveHost(): Promise<Host | undefined> {
    if (this.closing || this.host !== undefined) return Promise.resolve(this.closing ? undefined : this.host);
    return new Promise((resolve) => this.hostWaiters.push(resolve));
  }

  private async startHost(): Promise<void> {
    const { dataDirectory, image, reach = 'auto', timing } = this.options;
    const host = await new Promise<Host>((resolve, reject) => {
      const child = forkHost<ToDockerHost, FromDockerHost>(
        this.bundle,
        Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
        {
          kind: 'settings',
          settings: {
            dataDirectory,
            dockerModule: createRequire(import.meta.url).resolve('dockerode'),
            image,
            reach,
            timing: { ...TIMING, ...timing },
          },
        },
        (message, from) => {
          if (message.kind === 'ready') {
            this.limitsInWords = [message.limits, ...message.warnings].join(' ');
            resolve({ ...from, socketPath: message.socketPath });
          } else if (message.kind === 'fetching') {
            this.options.report(`Docker fetches the image ${image}, once.`);
          } else if (message.kind === 'refused') {
            from.kill();
            reject(new DockerRefused(message.reason));
          } else this.heard(message, from);
        },
      );
      void child.exited.then(() => reject(new Error('the container host ended')));
    });
    this.host = host;
    for (const resolve of this.hostWaiters.splice(0)) resolve(host);
    void host.exited.then(() => this.hostGone());
  }

  /** The containers run on; a new host takes them over. */
  private async hostGone(): Promise<void> {
    this.host = undefined;
    if (this.closing) return;
    const before = [...this.tasks.values()].filter((task) => task.ordered && !task.stopped);
    const versions = new Map(before.map((task) => [task, task.observation.version]));
    this.options.report('The container host has ended unexpectedly: a new one takes its containers over.');
    while (this.host === undefined && !this.closing) {
      try {
        await this.startHost();
      } catch (error) {
        this.options.report(`${(error as Error).message}; trying again.`);
        await new Promise((resolve) => setTimeout(resolve, HOST_RETRY_MS));
      }
    }
    const exit = { status: LOST_STATUS, reason: 'lost', detail: 'the container host ended' } as const;
    for (const task of before) {
      const seenAgain = task.observation.version !== versions.get(task);
      if (!seenAgain) this.change(task, { state: 'stopped', stoppedAtMs: Date.now(), exit });
    }
  }

  private heard(
    message: Exclude<FromDockerHost, { kind: 'ready' | 'fetching' | 'refused' }>,
    host: ChildHost<ToDockerHost>,
  ): void {
    switch (message.kind) {
      case 'output':
        for (const [taskRef, entries] of message.batch) {
          const task = this.tasks.get(taskRef);
          if (task !== undefined) appendOutput(this.options, task.spec, entries);
        }
        host.send({ kind: 'taken' });
        return;
      case 'adopted':
        for (const task of message.tasks) this.adopt(task);
        return;
      case 'engine':
        this.engineChanged(message.answering);
        return;
      case 'task': {
        const task = this.tasks.get(message.taskRef);
        if (task !== undefined) this.change(task, message.change);
        return;
      }
      case 'memory': {
        const task = this.tasks.get(message.taskRef);
        if (task === undefined) return;
        const { appId, dynoId } = task.spec;
        this.emit({ kind: 'memory', appId, dynoId, usedMiB: message.usedMiB });
      }
    }
  }

  private adopt({ taskRef, task: identity, change }: AdoptedTask): void {
    let task = this.tasks.get(taskRef);
    if (task === undefined) {
      // Larger than any version that an earlier platform gave this task: it grows by one per change.
      task = new Task(taskRef, identity, Date.now());
      task.ordered = true;
      task.accepted = Promise.resolve({ ok: true, taskRef });
      this.tasks.set(taskRef, task);
    }
    this.change(task, change);
  }

  private engineChanged(answering: boolean): void {
    if (this.engineAnswers === answering) return;
    this.engineAnswers = answering;
    if (this.host === undefined) return;
    this.options.report(answering ? 'Docker answers again.' : 'Docker does not answer: dynos are left as they are.');
    // What nobody looked at meanwhile may be looked at now.
    if (answering) for (const task of this.tasks.values()) this.emit(taskEvent(task));
  }

  private change(task: Task, change: TaskChange): void {
    task.change(change);
    this.emit(taskEvent(task));
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

const taskEvent = ({ spec }: Task): RuntimeEvent => ({ kind: 'task', appId: spec.appId, dynoId: spec.dynoId });
