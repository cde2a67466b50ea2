/**
 * The dyno host: a small separate process that owns every dyno. Launching from the platform's process would stall its event
 * loop (fifty launches: up to 181 ms), and the smaller the process, the cheaper each launch. Commands and observations go
 * over Node's IPC channel; when that closes, the platform is gone and the dynos end too.
 */
import type { FromHost, ToHost } from '../messages.ts';
import { Host } from './host.ts';
import { closeInheritedFiles } from './inherited-files.ts';

/** For dynos of a platform that has died: no router sends them requests any more. */
const ORPHAN_GRACE_SECONDS = 5;

const send = (message: FromHost): void => {
  // Without a callback a channel that closes in the meantime would be an uncaught error.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};

closeInheritedFiles();

let host: Promise<Host> | undefined;

process.on('message', (message: ToHost) => {
  if (message.kind === 'settings') host = Host.open(message.settings, send);
  else void host?.then((opened) => opened.handle(message));
});
process.on('disconnect', async () => {
  await (await host)?.close(ORPHAN_GRACE_SECONDS);
  process.exit();
});
// The platform decides when to stop. A service manager that signals every process must not cut the dynos' grace short.
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
