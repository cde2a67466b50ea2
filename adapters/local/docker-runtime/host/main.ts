/**
 * The container host: its own process, so that reading the dynos' output never holds up the platform. Commands and
 * observations go over Node's IPC channel. When that closes the platform is gone; the containers stay for the next one.
 */
import type { FromDockerHost, ToDockerHost } from '../messages.ts';
import { messageOf } from './engine.ts';
import { DockerHost } from './host.ts';
import { Refused } from './refused.ts';

const send = (message: FromDockerHost): void => {
  // Without a callback a channel that closes in the meantime would be an uncaught error.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};

let host: Promise<DockerHost> | undefined;
const platformGone = new AbortController();

process.on('message', (message: ToDockerHost) => {
  if (message.kind !== 'settings') {
    void host?.then((opened) => opened.handle(message));
    return;
  }
  host = DockerHost.open(message.settings, send, platformGone.signal);
  host.catch((error: unknown) => {
    const reason = error instanceof Refused ? error.message : `Docker cannot be used: ${messageOf(error)}`;
    send({ kind: 'refused', reason });
  });
});
process.on('disconnect', async () => {
  platformGone.abort();
  await (await host?.catch(() => undefined))?.abandon();
  process.exit();
});
// The platform decides when to stop. A service manager that signals every process must not cut the dynos' grace short.
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
