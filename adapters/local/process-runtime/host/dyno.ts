import { mkdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bashArguments, hasProfiles } from '../../dynos/host/bash.ts';
import { endClient, joinPipes, joinTerminal } from '../../dynos/host/client.ts';
import type { Output } from '../../dynos/host/output.ts';
import type { TaskChange } from '../../dynos/messages.ts';
import type { HostSettings, StartOrder } from '../messages.ts';
import type { Cgroups, DynoCgroup } from './cgroups.ts';
import { dynoEnvironment } from './environment.ts';
import { type LaunchOptions, launchOnPipes, launchOnTerminal } from './launch.ts';
import { noteLeader } from './leader-note.ts';
import type { Listeners } from './listeners.ts';
import type { Pipes } from './pipes.ts';
import type { Ports } from './ports.ts';
import { type ProcessOfDyno, procStat, residentBytes, signal } from './processes.ts';
import type { Spares } from './spares.ts';
import type { Trash } from './trees.ts';

/** The dependencies that all dynos share. */
export interface DynoDeps {
  readonly settings: HostSettings;
  readonly bash: string;
  readonly dynosDirectory: string;
  readonly cgroups: Cgroups | undefined;
  readonly listeners: Listeners;
  readonly output: Output;
  readonly pipes: Pipes;
  readonly ports: Ports;
  readonly spares: Spares;
  readonly trash: Trash;
  /** The processes of all dynos, by task; simultaneous callers share one reading. */
  processes(): Promise<ReadonlyMap<string, readonly ProcessOfDyno[]>>;
  changed(taskRef: string, change: TaskChange): void;
  gone(taskRef: string): void;
}

/** SIGHUPs to the dyno of a client that left, before SIGKILL (Heroku Dev Center: Error Codes, R16). */
const HANG_UPS_MAX = 3;
/** How long to wait for the last output of a dead dyno; only a process that survives SIGKILL takes longer. */
const LAST_OUTPUT_MS = 2_000;
const SIGTERM_STATUS = 143;
const SIGKILL_STATUS = 137;

/** One dyno: its directory, its processes and their end. */
export class Dyno {
  readonly taskRef: string;
  pid: number | undefined;
  readonly #order: StartOrder;
  readonly #around: DynoDeps;
  readonly #directory: string;
  readonly #timers = new Set<NodeJS.Timeout>();
  #killTimer: NodeJS.Timeout | undefined;
  #killAtMs: number | undefined;
  #termSent = false;
  #hangUps = 0;
  #cgroup: DynoCgroup | undefined;
  #port: number | undefined;
  #ready = false;
  #client: Socket | undefined;
  #ending = false;
  #stopped = false;

  constructor(order: StartOrder, deps: DynoDeps) {
    this.taskRef = order.taskRef;
    this.#order = order;
    this.#around = deps;
    this.#directory = join(deps.dynosDirectory, order.taskRef);
  }

  async start(): Promise<void> {
    try {
      await this.#prepare();
      if (this.#stopped) return await this.#around.trash.throwAway(this.#directory);
      if (this.#order.attach === undefined) return await this.#run();
      this.#ready = true;
      if (this.#client !== undefined) return await this.#run();
      this.#change({ state: 'awaiting-client' });
      this.#after(this.#around.settings.timing.attachTimeoutMs, () => {
        if (this.#client === undefined) this.#finish({ status: 1, reason: 'attach-timeout' });
      });
    } catch (error) {
      this.#failedToStart(error);
    }
  }

  /** Connects a client to an attached one-off and starts the process. */
  attach(client: Socket): void {
    if (this.#order.attach === undefined || this.#client !== undefined || this.#stopped) {
      client.destroy();
      return;
    }
    this.#client = client;
    client.on('error', () => client.destroy());
    client.on('close', () => this.#clientGone());
    client.setTimeout(this.#around.settings.timing.attachIdleMs, () => client.destroy());
    if (this.#ready) this.#run().catch((error) => this.#failedToStart(error));
  }

  clientLeft(): void {
    // Once the process has ended, its last output may still be on the way.
    if (!this.#ending) this.#client?.destroy();
  }

  stop(graceSeconds: number): void {
    if (this.#stopped || this.#ending) return;
    const killAtMs = Date.now() + graceSeconds * 1000;
    if (this.#killAtMs !== undefined && this.#killAtMs <= killAtMs) return;
    this.#killAtMs = killAtMs;
    if (this.pid === undefined) {
      this.#finish({ status: graceSeconds === 0 ? SIGKILL_STATUS : SIGTERM_STATUS, reason: 'exited' });
      return;
    }
    if (graceSeconds > 0 && !this.#termSent) {
      this.#termSent = true;
      void this.#signalAll('SIGTERM');
    }
    clearTimeout(this.#killTimer);
    if (graceSeconds === 0) this.#kill();
    else this.#killTimer = setTimeout(() => this.#kill(), graceSeconds * 1000);
  }

  usedMiB(all: ReadonlyMap<string, readonly ProcessOfDyno[]>): number {
    const bytes =
      this.#cgroup?.usedBytes() ??
      (all.get(this.taskRef) ?? []).reduce((total, { pid }) => total + residentBytes(pid), 0);
    return bytes / (1024 * 1024);
  }

  async #prepare(): Promise<void> {
    const { slugDirectory, slugEntries, size } = this.#order;
    mkdirSync(join(this.#directory, 'tmp'), { recursive: true });
    [this.#cgroup, this.#port] = await Promise.all([
      this.#around.cgroups?.create(this.taskRef, size),
      this.#around.ports.take(),
      this.#around.spares.take(slugDirectory, slugEntries, join(this.#directory, 'app')),
    ]);
  }

  async #run(): Promise<void> {
    const order = this.#order;
    const deps = this.#around;
    const client = this.#client;
    const home = join(this.#directory, 'app');
    const options: LaunchOptions = {
      bash: deps.bash,
      arguments: bashArguments(deps.bash, order.command, {
        hasProfiles: hasProfiles(home),
        join: this.#cgroup?.joinScript(),
      }),
      directory: home,
      environment: dynoEnvironment(order, {
        home,
        temporary: join(this.#directory, 'tmp'),
        port: this.#port as number,
        nodeDirectory: deps.settings.nodeDirectory,
      }),
    };
    const launchedAtMs = Date.now();
    if (client !== undefined && order.attach?.terminal === true) {
      const { pid, exit, terminal } = launchOnTerminal(options, deps.settings.ptyModule, order.attach);
      this.#launched(pid, launchedAtMs);
      joinTerminal(client, terminal);
      await this.#end(await exit);
      return;
    }
    const { pid, exit, stdin, outputs } = await launchOnPipes(options, deps.pipes, client !== undefined);
    this.#launched(pid, launchedAtMs);
    const drained = Promise.all(outputs.map((output) => new Promise((resolve) => output.once('close', resolve))));
    const output = deps.output.open(this.taskRef);
    if (client !== undefined && stdin !== undefined) joinPipes(client, stdin, outputs);
    else {
      for (const stream of outputs) {
        const lines = output.stream();
        stream.on('data', (chunk: Buffer) => lines.push(chunk));
        stream.on('close', () => lines.end());
      }
    }
    const status = await exit;
    await this.#end(status, async () => {
      await Promise.race([drained, sleep(LAST_OUTPUT_MS)]);
      for (const stream of outputs) stream.destroy();
      deps.output.flush(output);
    });
  }

  #launched(pid: number, launchedAtMs: number): void {
    this.pid = pid;
    this.#change({ state: 'running', launchedAtMs });
    // A dyno that ends at once no longer has a directory.
    noteLeader(this.#directory, pid).catch(() => undefined);
    // It was stopped, or its client left, while the pipes were made.
    if (this.#stopped) void this.#signalAll('SIGKILL');
    if (this.#client?.destroyed === true) this.#clientGone();
    if (this.#order.type !== 'web') return;
    const port = this.#port as number;
    this.#around.listeners.wait(port, (host) => this.#change({ listening: true, address: { host, port } }));
  }

  /** The first process has ended: kills the rest, as when a container ends. */
  async #end(status: number, lastOutput?: () => Promise<void>): Promise<void> {
    this.#ending = true;
    clearTimeout(this.#killTimer);
    if (this.#port !== undefined) this.#around.listeners.forget(this.#port);
    for (let round = 0; ; round += 1) {
      const rest = await this.#processes();
      if (rest.length === 0) break;
      for (const { pid } of rest) signal(pid, 'SIGKILL');
      // SIGKILL works within a moment, except on a process inside a stuck system call.
      await sleep(Math.min(200, 5 * 2 ** round));
    }
    await lastOutput?.();
    if (this.#client !== undefined) endClient(this.#client);
    const outOfMemory = status !== 0 && this.#killAtMs === undefined && this.#cgroup?.wasOutOfMemory() === true;
    this.#finish({ status, reason: outOfMemory ? 'out-of-memory' : 'exited' });
  }

  #finish(exit: NonNullable<TaskChange['exit']>): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#killTimer);
    if (this.#port !== undefined) this.#around.ports.release(this.#port);
    this.#change({ state: 'stopped', stoppedAtMs: Date.now(), exit });
    if (this.pid === undefined) this.#client?.destroy();
    void this.#clear();
  }

  async #clear(): Promise<void> {
    await this.#around.trash.throwAway(this.#directory);
    // The kernel releases a group a moment after its last process; the next start of the platform retries.
    for (let round = 0; this.#cgroup?.remove() === false && round < 20; round += 1) await sleep(50);
    this.#around.gone(this.taskRef);
  }

  #failedToStart(error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    const detail = full ? diskFull(this.#around.settings.dataDirectory) : `cannot start the dyno: ${message}`;
    this.#finish({ status: 1, reason: 'start-failed', detail });
  }

  #kill(): void {
    if (this.#termSent) this.#change({ graceExpired: true });
    void this.#signalAll('SIGKILL');
  }

  /** Called by the event and by a check when the dyno runs: either may come first. */
  #clientGone(): void {
    if (this.#hangUps === 0) this.#hangUp();
  }

  #hangUp(): void {
    if (this.pid === undefined || this.#ending || this.#stopped) return;
    this.#hangUps += 1;
    this.#change({ hangUps: this.#hangUps });
    void this.#signalAll('SIGHUP');
    this.#after(this.#around.settings.timing.hangUpIntervalMs, () => {
      if (this.#hangUps < HANG_UPS_MAX) this.#hangUp();
      else void this.#signalAll('SIGKILL');
    });
  }

  /** Signals the group at once, then the processes that left it. */
  async #signalAll(name: NodeJS.Signals): Promise<void> {
    const { pid: leader } = this;
    if (leader === undefined) return;
    signal(-leader, name);
    for (const { pid, group } of await this.#processes()) if (group !== leader) signal(pid, name);
  }

  async #processes(): Promise<readonly ProcessOfDyno[]> {
    if (this.#cgroup === undefined) return (await this.#around.processes()).get(this.taskRef) ?? [];
    return this.#cgroup.processes().flatMap((pid) => {
      try {
        return { pid, group: procStat(pid)?.group ?? 0 };
      } catch {
        return [];
      }
    });
  }

  #after(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#stopped && !this.#ending) then();
    }, ms);
    this.#timers.add(timer);
  }

  #change(change: TaskChange): void {
    this.#around.changed(this.taskRef, change);
  }
}

export const diskFull = (dataDirectory: string): string => `disk full: free space in ${basename(dataDirectory)}`;
