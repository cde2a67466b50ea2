import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { openCertificateAuthority } from '../adapters/local/certificate-authority.ts';
import { createBridge } from '../services/bridge/bridge.ts';
import { linkRendezvous } from '../services/bridge/rendezvous-link.ts';
import { CONNECT_HELP, type ConnectOptions, parseConnect } from './connect/options.ts';
import { findRemote } from './connect/platform.ts';
import { readToken } from './connect/token.ts';
import { lockDataDirectory, openDataDirectory, writeAtomically, writeRunning } from './local/data-directory.ts';
import { DoorClosed, openDoors } from './local/doors.ts';
import { printer } from './printer.ts';
import { terminalLine } from './terminal-line.ts';

const say = printer(process.stdout);

/** Wrong arguments, or a place where it cannot run. */
class Refused extends Error {}

async function main(): Promise<void> {
  const parsed = parseConnect(process.argv.slice(2), process.cwd());
  if (!parsed.ok) throw new Refused(parsed.error);
  if (parsed.value.kind === 'help') return void say(CONNECT_HELP.trimEnd());
  const { options } = parsed.value;
  const token = readToken(options.tokenFile, process.env);
  if (!token.ok) throw new Refused(token.error);
  const remote = await findRemote(options.api, token.value);
  if (!remote.ok) throw new Refused(remote.error);

  const paths = openDataDirectory(options.dataDirectory);
  if (!paths.ok) throw new Refused(paths.error);
  const lock = lockDataDirectory(paths.value);
  if (!lock.ok) throw new Refused(lock.error);
  process.on('exit', () => lock.value.release());

  const localUrl = `http://localhost:${options.port}`;
  const localKey = randomBytes(32).toString('hex');
  const authority = await openCertificateAuthority(paths.value.certificates);
  const bridge = createBridge({ remote: remote.value, token: token.value, localKey, localUrl });
  const doors = await openDoors(
    { host: '127.0.0.1', apiPort: options.port },
    {
      secureContext: await authority.issue(),
      http: bridge.http,
      rendezvous: (socket) => void linkRendezvous(remote.value, socket),
    },
  );
  writeAtomically(paths.value.apiKey, `${localKey}\n`, 0o600);
  const { caCertificatePath } = authority;
  writeRunning(paths.value, { pid: process.pid, apiUrl: localUrl, caCertificatePath });
  doors.open();
  greet(options, localUrl);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => doors.close(1).then(() => process.exit(0)));
  }
}

function greet(options: ConnectOptions, localUrl: string): void {
  say(`${localUrl} forwards to ${options.api.origin}. In the terminal where you use heroku and git:`);
  say(`  ${terminalLine(path.resolve(import.meta.dirname, '..'), options.dataDirectory)}`);
  if (process.env.HEROKU_HOST !== localUrl) {
    say('WARNING: in a terminal without these settings, as in this one, heroku commands go to heroku.com.');
  }
  say('Ready.');
}

main().catch((error: unknown) => {
  const known = error instanceof Refused || error instanceof DoorClosed;
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
