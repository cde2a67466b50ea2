import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { ClientSocket } from '../../dynos/host/client-socket.ts';
import { Output } from '../../dynos/host/output.ts';
import type { AdoptedTask, ContainerOrder, DockerHostSettings, FromDockerHost, ToDockerHost } from '../messages.ts';
import { Dyno } from './dyno.ts';
import type { DynoDeps } from './dyno-deps.ts';
import { openEngine, statusOf } from './engine.ts';
import { fromLabels, PLATFORM_LABEL } from './labels.ts';
import { Positions } from './positions.ts';
import { type Ground, setUp } from './setup.ts';
import { SlugImages } from './slug-images.ts';
import { Turns } from './turns.ts';
import { Watch } from './watch.ts';

/** How many containers Docker starts at once: more would only make all of them late. */
const STARTS_AT_ONCE = Math.max(4, 2 * availableParallelism());
const SAMPLES_AT_ONCE = 4;
/** Inside the container, where nothing else listens; not a constant, so that no program comes to rely on it. */
const FIRST_PORT = 10_000;
const LAST_PORT = 32_000;
/** Time after the grace for SIGKILL to work and for the last output. */
const CLOSE_MARGIN_MS = 10_000;
const RUN_DIRECTORY_PREFIX = 'dynoform-';

type Send = (message: FromDockerHost) => void;

/** Every container of one platform. It may end at any time: the next host takes the containers over. */
export class DockerHost {
  readonly #send: Send;
  readonly #around: DynoDeps;
  readonly #clients: ClientSocket;
  readonly #runDirectory: string;
  readonly #dynos = new Map<string, Dyno>();
  readonly #memoryTimer: NodeJS.Timeout;
  /** Starts that are under way: they may still create a container, even for a dyno that was stopped meanwhile. */
  readonly #starting = new Set<Promise<void>>();
  /** For each batch of output not yet acknowledged: the position that it brings each dyno to. */
  readonly #underway: ReadonlyMap<string, number>[] = [];

  /** `abort` stops the fetching of an image. */
  static async open(settings: DockerHostSettings, send: Send, abort: AbortSignal): Promise<DockerHost> {
    const engine = openEngine(settings.dockerModule);
    const platformId = createHash('sha256').update(settings.dataDirectory).digest('hex').slice(0, 12);
    const ground = await setUp(engine, settings, platformId, {
      begins: () => send({ kind: 'fetching' }),
      abort,
    });
    await mkdir(settings.dataDirectory, { recursive: true });
    const runDirectory = await mkdtemp(join(tmpdir(), RUN_DIRECTORY_PREFIX));
    const host = new DockerHost(settings, send, { engine, platformId, ground, runDirectory });
    await host.#clients.listen();
    send({ kind: 'adopted', tasks: await host.#adopt() });
    host.#around.watch.start();
    await host.#around.watch.up();
    const { limits, warnings } = ground;
    send({ kind: 'ready', socketPath: host.#clients.path, limits, warnings });
    for (const dyno of host.#dynos.values()) dyno.resume();
    return host;
  }

  private constructor(
    settings: DockerHostSettings,
    send: Send,
    own: {
      readonly engine: Docker;
      readonly platformId: string;
      readonly ground: Ground;
      readonly runDirectory: string;
    },
  ) {
    this.#send = send;
    this.#runDirectory = own.runDirectory;
    this.#clients = new ClientSocket(join(own.runDirectory, 'clients'), settings.timing.attachTimeoutMs);
    const { engine, platformId, ground } = own;
    this.#around = {
      engine,
      settings,
      platformId,
      ground,
      images: new SlugImages(engine, ground.base, platformId),
      output: new Output((batch) => {
        this.#underway.push(new Map(batch.map(([taskRef, entries]) => [taskRef, entries.at(-1)?.[0] ?? 0])));
        send({ kind: 'output', batch });
      }),
      positions: new Positions(join(settings.dataDirectory, 'docker-positions.json')),
      starts: new Turns(STARTS_AT_ONCE),
      watch: new Watch(engine, platformId, {
        event: (taskRef, action) => this.#dynos.get(taskRef)?.event(action),
        resync: async () => {
          await Promise.all([...this.#dynos.values()].map((dyno) => dyno.look()));
        },
        answering: (answering) => send({ kind: 'engine', answering }),
      }),
      changed: (taskRef, change) => send({ kind: 'task', taskRef, change }),
      gone: (taskRef) => {
        this.#dynos.delete(taskRef);
        this.#around.positions.forget(taskRef);
      },
    };
    this.#memoryTimer = setInterval(() => void this.#sampleMemory(), settings.timing.memorySampleMs);
  }

  handle(message: Exclude<ToDockerHost, { kind: 'settings' }>): void {
    switch (message.kind) {
      case 'start':
        this.#start(message.order);
        return;
      case 'stop':
        this.#dynos.get(message.taskRef)?.stop(message.graceSeconds);
        return;
      case 'left':
        this.#dynos.get(message.taskRef)?.clientLeft();
        return;
      case 'taken':
        this.#taken();
        return;
      case 'close':
        void this.#close(message.graceSeconds).then(() => {
          if (process.connected) process.disconnect();
        });
    }
  }

  /** Leaves every container as it is. */
  async abandon(): Promise<void> {
    this.#around.positions.save();
    await rm(this.#runDirectory, { recursive: true, force: true });
  }

  /** Stops and removes every container. May be called again with a shorter grace. */
  async #close(graceSeconds: number): Promise<void> {
    clearInterval(this.#memoryTimer);
    for (const dyno of this.#dynos.values()) dyno.stop(graceSeconds);
    const untilMs = Date.now() + graceSeconds * 1000 + CLOSE_MARGIN_MS;
    const left = () => [...this.#dynos.values()].some(({ isStopped }) => !isStopped);
    while ((left() || this.#starting.size > 0) && Date.now() < untilMs) await sleep(10);
    await Promise.all([this.#around.images.cleared(), ...[...this.#dynos.values()].map((dyno) => dyno.remove())]);
    this.#around.watch.close();
    await this.abandon();
  }

  #start(order: ContainerOrder): void {
    const { taskRef, task } = order;
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const attached = order.attach !== undefined;
    const dyno = new Dyno({ taskRef, task, port, attached }, this.#around, order);
    this.#dynos.set(taskRef, dyno);
    const starting = dyno.start().finally(() => this.#starting.delete(starting));
    this.#starting.add(starting);
    if (attached) this.#clients.expect(taskRef, (client) => dyno.attach(client));
  }

  /** Adopts containers of an earlier host that run or have ended meanwhile. Removes those that never ran. */
  async #adopt(): Promise<readonly AdoptedTask[]> {
    const { engine, platformId, positions } = this.#around;
    const found = await engine.listContainers({
      all: true,
      filters: { label: [`${PLATFORM_LABEL}=${platformId}`] },
    });
    const adopted = await Promise.all(found.map(({ Id, Labels }) => this.#adoptOne(Id, Labels)));
    positions.keepOnly(new Set(this.#dynos.keys()));
    return adopted.filter((task) => task !== undefined);
  }

  async #adoptOne(id: string, labels: Readonly<Record<string, string>>): Promise<AdoptedTask | undefined> {
    const container = this.#around.engine.getContainer(id);
    const known = fromLabels(labels);
    try {
      const info = await container.inspect();
      if (known === undefined || info.State.Status === 'created') {
        await container.remove({ force: true, v: true });
        return undefined;
      }
      const dyno = new Dyno(known, this.#around, undefined);
      this.#dynos.set(known.taskRef, dyno);
      return dyno.adopt(container, info);
    } catch (error) {
      if (statusOf(error) === 404 || statusOf(error) === 409) return undefined;
      throw error;
    }
  }

  #taken(): void {
    for (const [taskRef, atMs] of this.#underway.shift() ?? []) {
      if (this.#dynos.has(taskRef)) this.#around.positions.reached(taskRef, atMs);
    }
    this.#around.output.taken();
  }

  async #sampleMemory(): Promise<void> {
    const turns = new Turns(SAMPLES_AT_ONCE);
    const running = [...this.#dynos.values()].filter(({ isRunning }) => isRunning);
    await Promise.all(
      running.map((dyno) =>
        turns.take(async () => {
          // Ended meanwhile, or Docker is away: the next sample will show it.
          const usedMiB = await dyno.usedMiB().catch(() => undefined);
          if (usedMiB !== undefined && dyno.isRunning) this.#send({ kind: 'memory', taskRef: dyno.taskRef, usedMiB });
        }),
      ),
    );
  }
}
