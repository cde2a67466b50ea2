import { randomUUID } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostedRuntime } from '../../../adapters/local/dynos/hosted-runtime.ts';
import type { Timing } from '../../../adapters/local/dynos/messages.ts';
import { startProcessRuntime } from '../../../adapters/local/process-runtime/process-runtime.ts';
import type { DynoSpec, RuntimeEvent, TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { tarball } from '../../artifacts.ts';
import { problemsTo } from '../../problems.ts';
import { blobsOf, checksum, type Files, slugArchive } from './slug-archive.ts';

export const APP_ID = '11111111-0000-4000-8000-000000000001';

/** A real runtime in its own directory, and its output. */
export interface Workbench {
  readonly runtime: HostedRuntime;
  readonly dataDirectory: string;
  readonly lines: LogLine[];
  readonly outputs: Map<string, string>;
  readonly events: RuntimeEvent[];
  readonly reports: string[];
  /** Makes a slug of these files, as a spec needs it. */
  slug(files: Files): Promise<DynoSpec['slug']>;
  putBlob(key: string, content: Buffer): void;
  spec(command: string, changes?: Partial<DynoSpec>): Promise<DynoSpec>;
  /** Starts it and returns its task's name. */
  started(spec: DynoSpec): Promise<string>;
  run(command: string, changes?: Partial<DynoSpec>): Promise<{ spec: DynoSpec; taskRef: string }>;
  task(spec: DynoSpec, is: (seen: TaskObservation) => boolean): Promise<TaskObservation>;
  stopped(spec: DynoSpec): Promise<TaskObservation>;
  messages(process?: string): string[];
  close(): Promise<void>;
}

export async function openWorkbench(
  options: {
    readonly timing?: Partial<Timing>;
    readonly enforceLimits?: boolean;
    readonly dataDirectory?: string;
  } = {},
): Promise<Workbench> {
  const dataDirectory = options.dataDirectory ?? (await realpath(await mkdtemp(join(tmpdir(), 'runtime-test-'))));
  const blobs = new Map<string, Buffer>();
  const lines: LogLine[] = [];
  const outputs = new Map<string, string>();
  const events: RuntimeEvent[] = [];
  const reports: string[] = [];
  const runtime = await startProcessRuntime({
    blobs: blobsOf(blobs),
    outputs: {
      append: (id, text) => outputs.set(id, (outputs.get(id) ?? '') + text),
      end: async () => undefined,
      read: () => undefined,
      remove: async () => undefined,
    },
    logs: { append: (more) => lines.push(...more) },
    problems: problemsTo(reports),
    ...options,
    dataDirectory,
  });
  runtime.onEvent((event) => events.push(event));
  let plain: DynoSpec['slug'] | undefined;
  const bench: Workbench = {
    runtime,
    dataDirectory,
    lines,
    outputs,
    events,
    reports,
    putBlob: (key, content) => blobs.set(key, content),
    slug: async (files) => {
      const content = await slugArchive(files);
      const id = randomUUID();
      blobs.set(`slugs/${id}`, content);
      return { id, artifact: tarball(`slugs/${id}`), checksum: checksum(content) };
    },
    spec: async (command, changes = {}) => {
      plain ??= await bench.slug({ 'hello.txt': 'hello\n' });
      return {
        appId: APP_ID,
        appName: 'shop',
        dynoId: randomUUID(),
        name: 'worker.1',
        type: 'worker',
        attempt: 1,
        slug: plain,
        command,
        config: { version: 1, open: async () => ({}) },
        environment: {},
        size: { name: 'Basic', memoryMiB: 512, processLimit: 256 },
        logged: true,
        ...changes,
      };
    },
    started: async (spec) => {
      const result = await runtime.start(spec);
      if (!result.ok) throw new Error(`not started: ${result.reason}`);
      return result.taskRef;
    },
    run: async (command, changes) => {
      const spec = await bench.spec(command, changes);
      return { spec, taskRef: await bench.started(spec) };
    },
    task: (spec, is) =>
      until(async () =>
        (await runtime.observe(spec.appId)).tasks.find(
          (seen) => seen.dynoId === spec.dynoId && seen.attempt === spec.attempt && is(seen),
        ),
      ),
    stopped: (spec) => bench.task(spec, ({ state }) => state === 'stopped'),
    messages: (process = 'worker.1') => lines.filter((line) => line.process === process).map(({ message }) => message),
    close: async () => {
      await runtime.close({ graceSeconds: 0 });
      await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return bench;
}

const WAIT_MS = 20_000;
const POLL_MS = 10;

export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let round = 0; round < WAIT_MS / POLL_MS; round += 1) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('waited in vain');
}
