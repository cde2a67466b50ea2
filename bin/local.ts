import { homedir } from 'node:os';
import path from 'node:path';
import { DockerRefused } from '../adapters/local/docker-runtime/container-host.ts';
import { KeyFileRefused } from '../adapters/local/key-file.ts';
import { StoreRefused } from '../adapters/local/sqlite-store.ts';
import { createTextLog } from '../adapters/local/text-log.ts';
import { systemClock } from '../adapters/system.ts';
import { RouterListenError } from '../services/router/supervise.ts';
import { CHECKOUT, directoryToName, readCommandLine } from './local/command-line.ts';
import { lockDataDirectory, openDataDirectory, writeRunning } from './local/data-directory.ts';
import { leakWarnings } from './local/default-directory.ts';
import { deployDemo } from './local/demo.ts';
import { DoorClosed, listenProblem } from './local/doors.ts';
import { type LocalPlatform, startLocalPlatform } from './local/local-platform.ts';
import { HELP, isLoopback, type LocalOptions } from './local/options.ts';
import { stopOnSignals } from './local/signals.ts';
import { printer } from './printer.ts';
import { terminalLine } from './terminal-line.ts';

const say = printer(process.stdout);
const log = createTextLog({ nowMs: systemClock.nowMs, write: (line) => process.stderr.write(line) });

/** Started wrongly, or in a place where it cannot run. */
class Refused extends Error {}

async function main(): Promise<void> {
  const parsed = readCommandLine();
  if (!parsed.ok) throw new Refused(parsed.error);
  if (parsed.value.kind === 'help') return void say(HELP.trimEnd());
  const { options } = parsed.value;

  const paths = openDataDirectory(options.dataDirectory);
  if (!paths.ok) throw new Refused(paths.error);
  const lock = lockDataDirectory(paths.value);
  if (!lock.ok) throw new Refused(lock.error);
  // The listener also keeps the lock from being garbage-collected, which would release it.
  process.on('exit', () => lock.value.release());

  const platform = await startLocalPlatform(options, paths.value, log, say);
  stopOnSignals(platform, say);
  const { apiUrl, caCertificatePath } = platform;
  writeRunning(paths.value, { pid: process.pid, apiUrl, routerPort: options.routerPort, caCertificatePath });

  greet(options, platform);
  if (platform.isNew && options.demo) await demo(platform);
  say('Ready.');
}

function greet(options: LocalOptions, platform: LocalPlatform): void {
  say(`Dynoform keeps its state in ${options.dataDirectory}`);
  say(`API and git  ${platform.apiUrl}`);
  say(`Apps         http://APP.localhost:${options.routerPort}/`);
  if (options.tlsPort !== undefined) {
    say(`TLS          https://APP.localhost:${options.tlsPort}/, certificates to trust: ${platform.trustPath}`);
  }
  say(`Limits       ${platform.limits}`);
  if (!isLoopback(options.host)) {
    const isolation = options.runtime.kind === 'process' ? '; dynos are not isolated from this machine' : '';
    say(`WARNING: listening on ${options.host}${isolation}.`);
  }
  for (const line of leakWarnings(options.dataDirectory, CHECKOUT, homedir())) say(line);
  if (platform.interruptedBuilds > 0) say(`${platform.interruptedBuilds} interrupted build(s) ended as failed.`);
  if (platform.isReplaced) {
    say(
      'The access token of this directory did not work with its database; a new one was made. Set up terminals again:',
    );
  }
  say('For the Heroku CLI and git, in another terminal; in every other one heroku commands go to heroku.com:');
  say(`  ${terminalLine(CHECKOUT, directoryToName(options.dataDirectory))}`);
}

async function demo(platform: LocalPlatform): Promise<void> {
  say('First start: deploying examples/node-web as hello ...');
  const deployed = await deployDemo(platform.apiUrl, platform.apiKey, path.join(CHECKOUT, 'examples/node-web'));
  say(deployed.ok ? `hello answers at ${deployed.value}` : deployed.error);
}

/** The message for the user; undefined for a bug, whose stack is kept. */
function refusal(error: unknown): string | undefined {
  if ([Refused, DoorClosed, KeyFileRefused, StoreRefused, DockerRefused].some((kind) => error instanceof kind)) {
    return (error as Error).message;
  }
  if (error instanceof RouterListenError) return listenProblem(flagOf(error.port), error.port, error.host, error.code);
  return undefined;
}

function flagOf(port: number): string {
  const parsed = readCommandLine();
  const isTls = parsed.ok && parsed.value.kind === 'run' && parsed.value.options.tlsPort === port;
  return isTls ? '--tls-port' : '--router-port';
}

main().catch((error: unknown) => {
  const message = refusal(error);
  if (message === undefined) log.report('Dynoform could not start', error);
  else process.stderr.write(`${message}\n`);
  process.exit(1);
});
