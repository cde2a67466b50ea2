import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleHost, forkHost } from '../dynos/child-host.ts';
import type { Host } from '../dynos/hosts.ts';
import type { TaskNews } from '../dynos/messages.ts';
import type { FromHost, HostSettings, StartOrder, ToHost } from './messages.ts';

/** Includes the time to end many leftover processes. */
const READY_TIMEOUT_MS = 30_000;
const HOST_SOURCE = fileURLToPath(new URL('./host/main.ts', import.meta.url));

type Ready = Extract<FromHost, { kind: 'ready' }>;

export const bundleDynoHost = (dataDirectory: string): Promise<string> =>
  bundleHost(HOST_SOURCE, dataDirectory, 'dyno-host.mjs');

/** Resolves when orphans of an earlier run are gone and dynos may start. */
export async function startDynoHost(
  bundle: string,
  settings: Pick<HostSettings, 'dataDirectory' | 'limits' | 'timing'>,
  onNews: (news: TaskNews) => void,
): Promise<Host<StartOrder>> {
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
    (message, host) => {
      if (message.kind === 'ready') return heardReady(message);
      onNews(message);
      if (message.kind === 'output') host.send({ kind: 'taken' });
    },
  );
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), READY_TIMEOUT_MS);
  });
  const first = await Promise.race([ready, child.exited, timeout]);
  clearTimeout(timer);
  if (typeof first === 'object') return { ...child, socketPath: first.socketPath, limits: first.limits };
  child.kill();
  throw new Error(`the dyno host did not start (${first ?? 'it exited'})`);
}
