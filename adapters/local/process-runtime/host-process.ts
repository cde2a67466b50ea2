import { type ChildProcess, fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import type { FromHost, HostSettings, ToHost } from './messages.ts';

/** The sweep of a large mess included. */
const READY_TIMEOUT_MS = 30_000;
const HOST_SOURCE = fileURLToPath(new URL('./host/main.ts', import.meta.url));

type Ready = Extract<FromHost, { kind: 'ready' }>;

/** The running dyno host, seen from the platform. */
export class HostProcess {
  readonly socketPath: string;
  readonly limits: string;
  readonly exited: Promise<void>;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, ready: Ready, exited: Promise<void>) {
    this.child = child;
    this.socketPath = ready.socketPath;
    this.limits = ready.limits;
    this.exited = exited;
  }

  /** Returns when orphans of an earlier run are gone and dynos may start. */
  static async start(
    bundle: string,
    settings: Pick<HostSettings, 'dataDirectory' | 'limits' | 'timing'>,
    onMessage: (message: FromHost) => void,
  ): Promise<HostProcess> {
    const child = fork(bundle, [], {
      // A session of its own: Ctrl-C in the terminal goes to the platform, which then stops the dynos gracefully.
      detached: true,
      execArgv: [],
      env: { PATH: process.env.PATH },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    const complete: HostSettings = {
      ...settings,
      nodeDirectory: dirname(process.execPath),
      ptyModule: createRequire(import.meta.url).resolve('@lydell/node-pty'),
    };
    const ready = new Promise<Ready>((resolve) => {
      child.on('message', (message: FromHost) => {
        if (message.kind === 'ready') resolve(message);
        else onMessage(message);
      });
    });
    child.send({ kind: 'settings', settings: complete } satisfies ToHost);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(() => resolve('timeout'), READY_TIMEOUT_MS);
    });
    const first = await Promise.race([ready, exited, timeout]);
    clearTimeout(timer);
    if (typeof first === 'object') return new HostProcess(child, first, exited);
    child.kill('SIGKILL');
    throw new Error(`the dyno host did not start (${first ?? 'it exited'})`);
  }

  send(message: ToHost): void {
    // When the channel is closed the host is gone, and what becomes of its tasks is handled there.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/**
 * The host as one plain JavaScript file: it starts in 40 ms instead of 300 and stays a third of the size that it has
 * with a TypeScript loader inside, which every launch of a dyno would pay for.
 */
export async function bundleHost(dataDirectory: string): Promise<string> {
  await mkdir(dataDirectory, { recursive: true });
  const outfile = join(dataDirectory, 'dyno-host.mjs');
  await build({
    entryPoints: [HOST_SOURCE],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
  });
  // esbuild keeps a process for the next build; there is none.
  await stop();
  return outfile;
}
