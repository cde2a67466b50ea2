import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { startDockerRuntime } from '../../adapters/local/docker-runtime/docker-runtime.ts';
import type { ReachSetting } from '../../adapters/local/docker-runtime/messages.ts';
import type { HostedRuntime } from '../../adapters/local/dynos/hosted-runtime.ts';
import type { Timing } from '../../adapters/local/dynos/messages.ts';
import type { Blobs } from '../../core/ports/blobs.ts';
import type { DynoSpec, RuntimeEvent, TaskObservation } from '../../core/ports/dyno-runtime.ts';
import type { LogLine } from '../../core/records/log-line.ts';
import { blobsOf, checksum, type Files, slugArchive } from '../adapters/process-runtime/slug-archive.ts';
import { tarball } from '../artifacts.ts';
import { problemsTo } from '../problems.ts';
import { IMAGE } from './image.ts';

export const APP_ID = '11111111-0000-4000-8000-000000000001';
export const docker = new Docker();

export interface WorkbenchOptions {
  readonly timing?: Partial<Timing>;
  readonly reach?: ReachSetting;
  readonly image?: string;
}

/** A real runtime on a real Docker, and its output. */
export class Workbench {
  readonly dataDirectory: string;
  readonly lines: LogLine[] = [];
  readonly outputs = new Map<string, string>();
  readonly events: RuntimeEvent[] = [];
  readonly reports: string[] = [];
  runtime!: HostedRuntime;
  readonly #options: WorkbenchOptions;
  readonly #contents = new Map<string, Buffer>();
  #plain: DynoSpec['slug'] | undefined;

  constructor(dataDirectory: string, options: WorkbenchOptions) {
    this.dataDirectory = dataDirectory;
    this.#options = options;
  }

  static async open(options: WorkbenchOptions = {}): Promise<Workbench> {
    const bench = new Workbench(await realpath(await mkdtemp(join(tmpdir(), 'docker-test-'))), options);
    try {
      await bench.startRuntime();
    } catch (error) {
      await bench.#removeDirectory();
      throw error;
    }
    return bench;
  }

  get blobs(): Blobs {
    return blobsOf(this.#contents);
  }

  async startRuntime(): Promise<void> {
    this.runtime = await startDockerRuntime({
      dataDirectory: this.dataDirectory,
      blobs: this.blobs,
      outputs: {
        append: (id, text) => this.outputs.set(id, (this.outputs.get(id) ?? '') + text),
        end: async () => undefined,
        read: () => undefined,
        remove: async () => undefined,
      },
      logs: { append: (more) => this.lines.push(...more) },
      problems: problemsTo(this.reports),
      image: IMAGE,
      ...this.#options,
    });
    this.runtime.onEvent((event) => this.events.push(event));
  }

  async slug(files: Files): Promise<DynoSpec['slug']> {
    const content = await slugArchive(files);
    const id = randomUUID();
    this.#contents.set(`slugs/${id}`, content);
    return { id, artifact: tarball(`slugs/${id}`), checksum: checksum(content) };
  }

  async spec(command: string, changes: Partial<DynoSpec> = {}): Promise<DynoSpec> {
    this.#plain ??= await this.slug({ 'hello.txt': 'hello\n' });
    return {
      appId: APP_ID,
      appName: 'shop',
      dynoId: randomUUID(),
      name: 'worker.1',
      type: 'worker',
      attempt: 1,
      slug: this.#plain,
      command,
      config: { version: 1, open: async () => ({}) },
      environment: {},
      size: { name: 'Basic', memoryMiB: 512, processLimit: 256 },
      logged: true,
      ...changes,
    };
  }

  async run(command: string, changes?: Partial<DynoSpec>): Promise<{ spec: DynoSpec; taskRef: string }> {
    const spec = await this.spec(command, changes);
    const result = await this.runtime.start(spec);
    if (!result.ok) throw new Error(`not started: ${result.reason}`);
    return { spec, taskRef: result.taskRef };
  }

  task(spec: DynoSpec, is: (seen: TaskObservation) => boolean): Promise<TaskObservation> {
    return until(async () =>
      (await this.runtime.observe(spec.appId)).tasks.find(
        (seen) => seen.dynoId === spec.dynoId && seen.attempt === spec.attempt && is(seen),
      ),
    );
  }

  running(spec: DynoSpec): Promise<TaskObservation> {
    return this.task(spec, ({ state }) => state === 'running');
  }

  stopped(spec: DynoSpec): Promise<TaskObservation> {
    return this.task(spec, ({ state }) => state === 'stopped');
  }

  messages(process = 'worker.1'): string[] {
    return this.lines.filter((line) => line.process === process).map(({ message }) => message);
  }

  said(message: string): Promise<LogLine> {
    return until(() => this.lines.find((line) => line.message === message));
  }

  async containersOf(spec: DynoSpec): Promise<Docker.Container[]> {
    const found = await docker.listContainers({ all: true, filters: { label: [`dynoform.dyno=${spec.dynoId}`] } });
    return found.map(({ Id }) => docker.getContainer(Id));
  }

  async close(): Promise<void> {
    await this.runtime.close({ graceSeconds: 0 });
    await this.#removeDirectory();
    const left = await this.#leftContainers();
    await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
    if (left.length > 0) throw new Error(`left behind: ${left.map(({ Names, State }) => `${Names} ${State}`)}`);
  }

  /** All containers of this platform: running or ended dynos, and those that only images are made from. */
  async #leftContainers(): Promise<Docker.ContainerInfo[]> {
    const platformId = createHash('sha256').update(this.dataDirectory).digest('hex').slice(0, 12);
    const all = await docker.listContainers({ all: true });
    return all.filter(({ Names }) => Names.some((name) => name.includes(`-${platformId}-`)));
  }

  #removeDirectory(): Promise<void> {
    return rm(this.dataDirectory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Only ends a test that would never pass: the cost of a container differs much between machines. */
const WAIT_MS = 120_000;
const POLL_MS = 20;

export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let round = 0; round < WAIT_MS / POLL_MS; round += 1) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('waited in vain');
}
