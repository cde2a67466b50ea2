import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, ContainerInspectInfo } from 'dockerode';
import { endClient } from '../../dynos/host/client.ts';
import type { DynoOutput } from '../../dynos/host/output.ts';
import type { TaskChange } from '../../dynos/messages.ts';
import type { AdoptedTask, ContainerOrder } from '../messages.ts';
import { join } from './attached.ts';
import { create, startContainer } from './create.ts';
import type { DynoDeps } from './dyno-deps.ts';
import { isUnanswered, messageOf, statusOf } from './engine.ts';
import { exitOf, type Heard, SIGKILL_STATUS, SIGTERM_STATUS } from './exit.ts';
import type { Labelled } from './labels.ts';
import { listenerOf } from './listening.ts';
import { LogFollower } from './log-follower.ts';
import { usedMiB } from './memory.ts';
import { Signals } from './signals.ts';

/** SIGHUPs to the dyno of a client that left, before SIGKILL (Heroku Dev Center: Error Codes, R16). */
const HANG_UPS_MAX = 3;
/** How long to wait for the last output of a dead dyno from Docker. */
const LAST_OUTPUT_MS = 10_000;
/** Pause before Docker is asked again for the output of a container that still runs. */
const FOLLOW_AGAIN_MS = 100;
/** For a platform that dies before it has recorded the exit: the next one still finds the container. */
const KEPT_AFTER_EXIT_MS = 30_000;
const PROBE_AGAIN_MS = 200;

type State = ContainerInspectInfo['State'];
type Phase = 'preparing' | 'awaiting-client' | 'launching' | 'running' | 'ending' | 'stopped';

/** One dyno: its container from creation to its end. */
export class Dyno {
  readonly taskRef: string;
  readonly #known: Labelled;
  readonly #around: DynoDeps;
  readonly #order: ContainerOrder | undefined;
  readonly #output: DynoOutput;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #quit = new AbortController();
  #container: Container | undefined;
  #signals: Signals | undefined;
  #phase: Phase = 'preparing';
  #logs: LogFollower | undefined;
  #client: Socket | undefined;
  #clientOutput: Promise<unknown> | undefined;
  #looking: Promise<void> | undefined;
  #mustInspect = false;
  #removed: Promise<void> | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #killAtMs: number | undefined;
  #termSent = false;
  #hangUps = 0;
  readonly #heard: Heard = { asked: false, outOfMemory: false, killed: false };

  /** `order` is undefined for an adopted container. */
  constructor(known: Labelled, deps: DynoDeps, order: ContainerOrder | undefined) {
    this.#known = known;
    this.taskRef = known.taskRef;
    this.#around = deps;
    this.#order = order;
    this.#output = deps.output.open(known.taskRef);
  }

  get isRunning(): boolean {
    return this.#phase === 'running';
  }

  get isStopped(): boolean {
    return this.#phase === 'stopped';
  }

  async start(): Promise<void> {
    const order = this.#order;
    const deps = this.#around;
    if (order === undefined) return;
    try {
      const container = await create(order, this.#known.port, deps, this.#quit.signal);
      if (container === undefined) return;
      this.#hold(container);
      if (this.isStopped) return await this.remove();
      if (order.attach === undefined || this.#client !== undefined) return await this.#launch(order);
      this.#phase = 'awaiting-client';
      this.#change({ state: 'awaiting-client' });
      this.#after(deps.settings.timing.attachTimeoutMs, () => {
        if (this.#client === undefined) this.#finish({ status: 1, reason: 'attach-timeout' });
      });
    } catch (error) {
      this.#failedToStart(error);
    }
  }

  /** Adopts a container that has run without us; `resume` does the rest once the platform knows it. */
  adopt(container: Container, { State: state }: ContainerInspectInfo): AdoptedTask {
    this.#hold(container);
    this.#phase = 'running';
    const launchedAtMs = Date.parse(state.StartedAt);
    return { taskRef: this.taskRef, task: this.#known.task, change: { state: 'running', launchedAtMs } };
  }

  resume(): void {
    void this.look();
    if (!this.#known.attached) this.#probe();
    // Its client left with the earlier platform.
    else this.#hangUp();
  }

  /** Connects a client to an attached one-off and starts the process. */
  attach(client: Socket): void {
    if (this.#order?.attach === undefined || this.#client !== undefined || this.isStopped) {
      client.destroy();
      return;
    }
    this.#client = client;
    client.pause();
    client.on('error', () => client.destroy());
    client.on('close', () => this.#clientGone());
    client.setTimeout(this.#around.settings.timing.attachIdleMs, () => client.destroy());
    if (this.#phase === 'awaiting-client') this.#launch(this.#order).catch((error) => this.#failedToStart(error));
  }

  clientLeft(): void {
    // Once the process has ended, its last output may still be on the way.
    if (this.#phase !== 'ending') this.#client?.destroy();
  }

  stop(graceSeconds: number): void {
    if (this.#phase === 'ending' || this.isStopped) return;
    const killAtMs = Date.now() + graceSeconds * 1000;
    if (this.#killAtMs !== undefined && this.#killAtMs <= killAtMs) return;
    this.#killAtMs = killAtMs;
    this.#heard.asked = true;
    if (this.#phase === 'running') this.#deliverStop(killAtMs);
    // While launching: as soon as it runs.
    else if (this.#phase !== 'launching') {
      this.#finish({ status: graceSeconds === 0 ? SIGKILL_STATUS : SIGTERM_STATUS, reason: 'exited' });
    }
  }

  /** Handles an event of this container. */
  event(action: string): void {
    if (action === 'oom') this.#heard.outOfMemory = true;
    else if (action === 'kill') this.#heard.killed = true;
    else void this.look();
  }

  /** Asks Docker whether the container still runs, and makes sure that its output is followed. */
  look(): Promise<void> {
    // A request under way may have been answered before the event that caused this call.
    this.#mustInspect = true;
    this.#looking ??= this.#lookWhileNeeded().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async usedMiB(): Promise<number | undefined> {
    return this.#container === undefined ? undefined : usedMiB(this.#container);
  }

  /** Removes the container with its output. Callers during a removal wait for it too. */
  async remove(): Promise<void> {
    clearTimeout(this.#killTimer);
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#container !== undefined) this.#removed ??= this.#removeContainer(this.#container);
    await this.#removed;
    this.#around.gone(this.taskRef);
  }

  async #removeContainer(container: Container): Promise<void> {
    try {
      await container.remove({ force: true, v: true });
    } catch (error) {
      // Gone, or being removed; what Docker cannot remove now, the next start will.
      if (statusOf(error) !== 404 && statusOf(error) !== 409) this.#around.watch.suspect();
    }
  }

  async #launch(order: ContainerOrder): Promise<void> {
    const container = this.#container;
    const client = this.#client;
    const deps = this.#around;
    if (container === undefined) return;
    this.#phase = 'launching';
    if (client !== undefined) {
      const { drained } = await join(container, client, order.attach?.terminal === true);
      this.#clientOutput = drained;
    }
    await startContainer(container, deps);
    if (this.isStopped) return;
    this.#phase = 'running';
    this.#change({ state: 'running', launchedAtMs: Date.now() });
    if (order.attach?.terminal === true) {
      const { rows, columns } = order.attach;
      // The program may have ended already.
      await container.resize({ h: rows, w: columns }).catch(() => undefined);
    }
    if (this.#killAtMs !== undefined) this.#deliverStop(this.#killAtMs);
    if (client?.destroyed === true) this.#clientGone();
    void this.#clientOutput?.then(() => this.look());
    this.#probe();
    await this.look();
  }

  #probe(): void {
    const container = this.#container;
    const deps = this.#around;
    const known = this.#known;
    if (known.task.type !== 'web' || container === undefined) return;
    void listenerOf(container, known.port, deps.ground, this.#quit.signal).then(
      (address) => {
        if (address !== undefined && this.isRunning) this.#change({ listening: true, address });
      },
      (error: unknown) => {
        if (isUnanswered(error)) deps.watch.suspect();
        this.#after(PROBE_AGAIN_MS, () => this.#probe());
      },
    );
  }

  async #lookWhileNeeded(): Promise<void> {
    while (this.#mustInspect) {
      this.#mustInspect = false;
      await this.#lookNow();
    }
  }

  async #lookNow(): Promise<void> {
    const container = this.#container;
    if (container === undefined || this.#phase !== 'running') return;
    try {
      const { State: state } = await container.inspect();
      if (!state.Running) return await this.#end(state);
      this.#follow(container);
    } catch (error) {
      if (statusOf(error) === 404)
        this.#finish({ status: SIGKILL_STATUS, reason: 'lost', detail: 'removed from Docker' });
      // Repeated when Docker answers again.
      else this.#around.watch.suspect();
    }
  }

  #follow(container: Container): void {
    if (this.#known.attached || this.#logs?.isFollowing === true) return;
    const deps = this.#around;
    const { taskRef } = this;
    this.#logs ??= new LogFollower(container, this.#output, deps.positions.of(taskRef));
    this.#logs
      .follow()
      .then(() => sleep(FOLLOW_AGAIN_MS))
      .then(
        () => this.look(),
        () => deps.watch.suspect(),
      );
  }

  /** The container has ended: reports its last output first, then the exit. */
  async #end(state: State): Promise<void> {
    const container = this.#container;
    const deps = this.#around;
    const { taskRef } = this;
    if (container === undefined) return;
    this.#phase = 'ending';
    clearTimeout(this.#killTimer);
    this.#quit.abort();
    if (!this.#known.attached) {
      this.#logs ??= new LogFollower(container, this.#output, deps.positions.of(taskRef));
      await Promise.race([this.#logs.follow().catch(() => undefined), sleep(LAST_OUTPUT_MS)]);
      this.#logs.end();
      deps.output.flush(this.#output);
    }
    const exit = await exitOf(container, state, this.#heard, deps.watch);
    await Promise.race([this.#clientOutput, sleep(LAST_OUTPUT_MS)]);
    if (this.#client !== undefined) endClient(this.#client);
    this.#finish(exit, Date.parse(state.FinishedAt));
  }

  #finish(exit: NonNullable<TaskChange['exit']>, stoppedAtMs = Date.now()): void {
    if (this.isStopped) return;
    const ran = this.#phase === 'ending' || this.#phase === 'running';
    this.#phase = 'stopped';
    this.#quit.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#killTimer);
    this.#change({ state: 'stopped', stoppedAtMs, exit });
    if (!ran) this.#client?.destroy();
    // Still being created: the creator removes it.
    if (this.#container === undefined) this.#around.gone(this.taskRef);
    else if (!ran) void this.remove();
    else this.#timers.add(setTimeout(() => void this.remove(), KEPT_AFTER_EXIT_MS));
  }

  #failedToStart(error: unknown): void {
    this.#finish({ status: 1, reason: 'start-failed', detail: `cannot start the dyno: ${messageOf(error)}` });
  }

  #deliverStop(killAtMs: number): void {
    const leftMs = killAtMs - Date.now();
    if (leftMs > 0 && !this.#termSent) {
      this.#termSent = true;
      this.#signals?.toAll('TERM');
    }
    clearTimeout(this.#killTimer);
    if (leftMs <= 0) this.#kill();
    else this.#killTimer = setTimeout(() => this.#kill(), leftMs);
  }

  #kill(): void {
    if (this.#termSent) this.#change({ graceExpired: true });
    this.#signals?.kill();
  }

  /** Called by the event and by a check when the dyno runs: either may come first. */
  #clientGone(): void {
    if (this.#hangUps === 0) this.#hangUp();
  }

  #hangUp(): void {
    if (!this.isRunning) return;
    this.#hangUps += 1;
    this.#heard.asked = true;
    this.#change({ hangUps: this.#hangUps });
    this.#signals?.toAll('HUP');
    this.#after(this.#around.settings.timing.hangUpIntervalMs, () => {
      if (this.#hangUps < HANG_UPS_MAX) this.#hangUp();
      else this.#signals?.kill();
    });
  }

  #hold(container: Container): void {
    this.#container = container;
    this.#signals = new Signals(
      container,
      this.#around,
      () => this.isRunning,
      () => void this.look(),
    );
  }

  #after(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#phase !== 'ending' && !this.isStopped) then();
    }, ms);
    this.#timers.add(timer);
  }

  #change(change: TaskChange): void {
    this.#around.changed(this.taskRef, change);
  }
}
