import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleHost, type ChildHost, forkHost } from '../child-host.ts';
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
  private readonly child: ChildHost<ToHost>;

  private constructor(child: ChildHost<ToHost>, ready: Ready) {
    this.child = child;
    this.socketPath = ready.socketPath;
    this.limits = ready.limits;
    this.exited = child.exited;
  }

  /** Returns when orphans of an earlier run are gone and dynos may start. */
  static async start(
    bundle: string,
    settings: Pick<HostSettings, 'dataDirectory' | 'limits' | 'timing'>,
    onMessage: (message: FromHost) => void,
  ): Promise<HostProcess> {
    const complete: HostSettings = {
      ...settings,
      nodeDirectory: dirname(process.execPath),
      ptyModule: createRequire(import.meta.url).resolve('@lydell/node-pty'),
    };
    let heardReady: (ready: Ready) => void;
    const ready = new Promise<Ready>((resolve) => {
      heardReady = resolve;
    });
    const child = forkHost<ToHost, FromHost>(
      bundle,
      { PATH: process.env.PATH },
      { kind: 'settings', settings: complete },
      (message) => {
        if (message.kind === 'ready') heardReady(message);
        else onMessage(message);
      },
    );
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(() => resolve('timeout'), READY_TIMEOUT_MS);
    });
    const first = await Promise.race([ready, child.exited, timeout]);
    clearTimeout(timer);
    if (typeof first === 'object') return new HostProcess(child, first);
    child.kill();
    throw new Error(`the dyno host did not start (${first ?? 'it exited'})`);
  }

  send(message: ToHost): void {
    this.child.send(message);
  }

  kill(): void {
    this.child.kill();
  }
}

export const bundleDynoHost = (dataDirectory: string): Promise<string> =>
  bundleHost(HOST_SOURCE, dataDirectory, 'dyno-host.mjs');
