import type {
  DynoRuntime,
  DynoSpec,
  Observations,
  RuntimeEvent,
  RuntimeEvents,
  StartResult,
} from '../../../core/ports/dyno-runtime.ts';
import { AttachedClient } from './attached-client.ts';
import type { Hosts } from './hosts.ts';
import type { DynoOrder } from './messages.ts';
import type { ExtractedSlug, SlugCache } from './slug-cache.ts';
import type { Task, TaskSpec } from './task.ts';
import type { Tasks } from './tasks.ts';

export interface HostedRuntimeParts<Order extends DynoOrder> {
  readonly tasks: Tasks;
  readonly hosts: Hosts<Order>;
  readonly slugs: SlugCache;
  /** Makes this kind of host's order from what all kinds need. */
  order(
    all: DynoOrder,
    dyno: { readonly spec: DynoSpec; readonly task: TaskSpec; readonly slug: ExtractedSlug },
  ): Order;
  /** Whether the known tasks are all that exist. */
  complete(): boolean;
  readonly closeMarginMs: number;
}

/** Dynos on this machine. They belong to a host, a separate process; here is what is known of them. */
export class HostedRuntime<Order extends DynoOrder = DynoOrder> implements DynoRuntime, RuntimeEvents {
  readonly #parts: HostedRuntimeParts<Order>;

  constructor(parts: HostedRuntimeParts<Order>) {
    this.#parts = parts;
  }

  /** One sentence for the operator: which limits of a dyno size apply on this machine. */
  get limits(): string {
    return this.#parts.hosts.current?.limits ?? '';
  }

  /** The output streams that running dynos write to. */
  growingOutputs(): ReadonlySet<string> {
    return this.#parts.tasks.growingOutputs();
  }

  async open(): Promise<void> {
    await this.#parts.slugs.open();
    try {
      await this.#parts.hosts.open();
    } catch (error) {
      this.#parts.tasks.close();
      throw error;
    }
  }

  start(spec: DynoSpec): Promise<StartResult> {
    return this.#parts.tasks.start(spec, (task) => this.#accept(task, spec));
  }

  async stop(taskRef: string, graceSeconds: number): Promise<void> {
    const { tasks, hosts } = this.#parts;
    const task = tasks.get(taskRef);
    if (task === undefined || task.stopped) return;
    if (task.ordered) hosts.current?.send({ kind: 'stop', taskRef, graceSeconds });
    else tasks.end(task, { status: 143, reason: 'exited' });
  }

  async observe(appId: string): Promise<Observations> {
    return { complete: this.#parts.complete(), tasks: this.#parts.tasks.observe(appId) };
  }

  onEvent(listener: (event: RuntimeEvent) => void): void {
    this.#parts.tasks.onEvent(listener);
  }

  /** Returns the streams of an attached one-off, once, and starts its process; undefined when no such dyno waits. */
  attach(dynoId: string): AttachedClient | undefined {
    const task = this.#parts.tasks.waitingForClient(dynoId);
    const host = this.#parts.hosts.current;
    if (task === undefined || host === undefined) return undefined;
    task.hasClient = true;
    const { taskRef } = task.observation;
    return new AttachedClient(host.socketPath, taskRef, () => {
      if (!task.stopped) host.send({ kind: 'left', taskRef });
    });
  }

  /** Stops every dyno. May be called again with a shorter grace. */
  async close({ graceSeconds }: { readonly graceSeconds: number }): Promise<void> {
    this.#parts.tasks.close();
    await this.#parts.hosts.close(graceSeconds, this.#parts.closeMarginMs);
  }

  async #accept(task: Task, spec: DynoSpec): Promise<StartResult> {
    const { taskRef } = task.observation;
    const slug = await this.#parts.slugs.get(spec.slug);
    if (!slug.ok) return slug;
    let config: Readonly<Record<string, string>>;
    try {
      config = await spec.config.open();
    } catch {
      // The cause could quote what it failed to open.
      return { ok: false, reason: 'the config vars cannot be opened', retry: true };
    }
    const host = await this.#parts.hosts.live();
    if (host === undefined) return { ok: false, reason: 'the platform is shutting down', retry: true };
    if (task.stopped) return { ok: true, taskRef };
    task.ordered = true;
    const all: DynoOrder = {
      taskRef,
      command: spec.command,
      environment: { ...config, ...spec.environment },
      size: { memoryMiB: spec.size.memoryMiB, processLimit: spec.size.processLimit },
      ...(spec.attach === undefined ? {} : { attach: spec.attach }),
    };
    host.send({ kind: 'start', order: this.#parts.order(all, { spec, task: task.spec, slug: slug.slug }) });
    return { ok: true, taskRef };
  }
}
