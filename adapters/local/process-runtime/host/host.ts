import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientSocket } from '../../dynos/host/client-socket.ts';
import { Output } from '../../dynos/host/output.ts';
import type { FromHost, HostSettings, ToHost } from '../messages.ts';
import { Cgroups } from './cgroups.ts';
import { Dyno, type DynoDeps } from './dyno.ts';
import { Listeners } from './listeners.ts';
import { Pipes } from './pipes.ts';
import { Ports } from './ports.ts';
import { type ProcessOfDyno, processesOfDynos } from './processes.ts';
import { Spares } from './spares.ts';
import { removeStale, sweepOrphans } from './sweep.ts';
import { Trash } from './trees.ts';

/** Minimum time between readings of the process table, however many dynos end at once. */
const LOOK_INTERVAL_MS = 10;
/** Time after the grace for SIGKILL to work and for the last output. */
const CLOSE_MARGIN_MS = 5_000;
const RUN_DIRECTORY_PREFIX = 'dynoform-';

const LIMITED =
  'Control groups limit dynos to their size: memory (killed at twice the quota), number of processes, relative CPU.';
const UNLIMITED =
  'Memory and process limits of dyno sizes are not enforced here (this needs Linux, root and writable control groups); memory is measured and reported.';

export class Host {
  readonly #send: (message: FromHost) => void;
  readonly #runDirectory: string;
  readonly #around: DynoDeps;
  readonly #dynos = new Map<string, Dyno>();
  readonly #clients: ClientSocket;
  readonly #output: Output;
  readonly #cgroups: Cgroups | undefined;
  readonly #memoryTimer: NodeJS.Timeout;
  #look: Promise<ReadonlyMap<string, readonly ProcessOfDyno[]>> | undefined;
  #lastLookMs = 0;

  static async open(settings: HostSettings, send: (message: FromHost) => void): Promise<Host> {
    const dynosDirectory = join(settings.dataDirectory, 'dynos');
    await mkdir(join(dynosDirectory, '.trash'), { recursive: true });
    const trash = new Trash(join(dynosDirectory, '.trash'));
    const cgroups = settings.limits ? Cgroups.open(settings.dataDirectory) : undefined;
    await sweepOrphans(dynosDirectory, trash, cgroups);
    await trash.throwAway(join(dynosDirectory, '.spares'));
    await mkdir(join(dynosDirectory, '.spares'));
    // For pipes and sockets, which the data directory's file system may not support; socket paths must be short.
    const note = join(dynosDirectory, '.run-directory');
    const stale = await readFile(note, 'utf8').catch(() => '');
    if (dirname(stale) === tmpdir() && basename(stale).startsWith(RUN_DIRECTORY_PREFIX)) await removeStale(stale);
    const runDirectory = await mkdtemp(join(tmpdir(), RUN_DIRECTORY_PREFIX));
    await writeFile(note, runDirectory);
    const host = new Host(settings, send, { dynosDirectory, runDirectory, trash, cgroups });
    await host.#clients.listen();
    await host.#around.pipes.fill();
    send({ kind: 'ready', socketPath: host.#clients.path, limits: cgroups === undefined ? UNLIMITED : LIMITED });
    return host;
  }

  private constructor(
    settings: HostSettings,
    send: (message: FromHost) => void,
    own: {
      readonly dynosDirectory: string;
      readonly runDirectory: string;
      readonly trash: Trash;
      readonly cgroups: Cgroups | undefined;
    },
  ) {
    this.#send = send;
    this.#cgroups = own.cgroups;
    this.#runDirectory = own.runDirectory;
    this.#output = new Output((batch) => send({ kind: 'output', batch }));
    this.#clients = new ClientSocket(join(own.runDirectory, 'clients'), settings.timing.attachTimeoutMs);
    this.#around = {
      settings,
      bash: ['/bin/bash', '/usr/bin/bash'].find(existsSync) ?? 'bash',
      dynosDirectory: own.dynosDirectory,
      cgroups: own.cgroups,
      listeners: new Listeners(),
      output: this.#output,
      pipes: new Pipes(own.runDirectory),
      ports: new Ports(),
      spares: new Spares(join(own.dynosDirectory, '.spares'), own.trash),
      trash: own.trash,
      processes: () => this.#processes(own.dynosDirectory),
      changed: (taskRef, change) => send({ kind: 'task', taskRef, change }),
      gone: (taskRef) => this.#dynos.delete(taskRef),
    };
    this.#memoryTimer = setInterval(() => void this.#sampleMemory(), settings.timing.memorySampleMs);
  }

  handle(message: Exclude<ToHost, { kind: 'settings' }>): void {
    switch (message.kind) {
      case 'start': {
        const dyno = new Dyno(message.order, this.#around);
        this.#dynos.set(dyno.taskRef, dyno);
        void dyno.start();
        if (message.order.attach !== undefined) this.#clients.expect(dyno.taskRef, (client) => dyno.attach(client));
        return;
      }
      case 'stop':
        this.#dynos.get(message.taskRef)?.stop(message.graceSeconds);
        return;
      case 'left':
        this.#dynos.get(message.taskRef)?.clientLeft();
        return;
      case 'taken':
        this.#output.taken();
        return;
      case 'close':
        void this.close(message.graceSeconds).then(() => {
          if (process.connected) process.disconnect();
        });
    }
  }

  /** May be called again with a shorter grace. */
  async close(graceSeconds: number): Promise<void> {
    clearInterval(this.#memoryTimer);
    this.#around.spares.close();
    for (const dyno of this.#dynos.values()) dyno.stop(graceSeconds);
    const untilMs = Date.now() + graceSeconds * 1000 + CLOSE_MARGIN_MS;
    while (this.#dynos.size > 0 && Date.now() < untilMs) await sleep(5);
    await Promise.race([this.#around.trash.empty(), sleep(CLOSE_MARGIN_MS)]);
    this.#cgroups?.close();
    await this.#around.pipes.close();
    await removeStale(this.#runDirectory);
  }

  #processes(dynosDirectory: string): Promise<ReadonlyMap<string, readonly ProcessOfDyno[]>> {
    this.#look ??= sleep(Math.max(0, this.#lastLookMs + LOOK_INTERVAL_MS - Date.now())).then(() => {
      this.#look = undefined;
      const leaders = new Map<number, string>();
      for (const { pid, taskRef } of this.#dynos.values()) if (pid !== undefined) leaders.set(pid, taskRef);
      const found = processesOfDynos(dynosDirectory, leaders);
      this.#lastLookMs = Date.now();
      return found;
    });
    return this.#look;
  }

  async #sampleMemory(): Promise<void> {
    const running = [...this.#dynos.values()].filter(({ pid }) => pid !== undefined);
    if (running.length === 0) return;
    const all = this.#cgroups === undefined ? await this.#around.processes() : new Map();
    for (const dyno of running) {
      this.#send({ kind: 'memory', taskRef: dyno.taskRef, usedMiB: dyno.usedMiB(all) });
    }
  }
}
