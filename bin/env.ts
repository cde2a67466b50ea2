import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { PlatformClient } from '../client/platform-client.ts';
import { PlatformRefusal } from '../client/send.ts';
import { CHECKOUT, directoryToName, readCommandLine } from './local/command-line.ts';
import { dataPaths, readRunning, writeAtomically } from './local/data-directory.ts';
import { environmentLines } from './local/environment.ts';
import { keepGitConfig } from './local/git-config.ts';
import { recoverLine, terminalLine } from './terminal-line.ts';

const HELP = `Usage: ${terminalLine(CHECKOUT, undefined)}

Points this terminal's heroku and git at your platform; in every other terminal heroku commands go to heroku.com.

  --data-dir DIR   of the platform or bridge, if it is not the default
  --help           this text
`;

/** A terminal is waiting. */
const ANSWER_MS_MAX = 3_000;

class UsageError extends Error {}

/** `bin/dynoform env`: prints shell lines; writes nothing outside the data directory. */
async function main(): Promise<string> {
  const parsed = readCommandLine();
  if (!parsed.ok) throw new UsageError(parsed.error);
  if (parsed.value.kind === 'help') return HELP;
  const { dataDirectory } = parsed.value.options;
  const paths = dataPaths(dataDirectory);
  const running = readRunning(paths);
  if (running === undefined || !existsSync(paths.apiKey)) {
    throw new UsageError(
      `Nothing was started on ${paths.directory}: run "npm start" or "bin/dynoform connect URL" first, or name its directory with --data-dir.`,
    );
  }
  const apiKey = readFileSync(paths.apiKey, 'utf8').trim();
  const directory = directoryToName(dataDirectory);
  // A bridge's key is not an access token; the bridge made it when it started.
  if (running.routerPort !== undefined && (await isRefused(running.apiUrl, apiKey))) {
    throw new UsageError(
      `The access token in ${paths.apiKey} was revoked. For a new one run: ${recoverLine(CHECKOUT, directory)}`,
    );
  }

  const kept = keepGitConfig(paths.gitConfig, running.apiUrl, userGitConfigs());
  if (!kept.ok) throw new UsageError(kept.error);
  writeAtomically(paths.caBundle, bundle(running.caCertificatePath, process.env.NODE_EXTRA_CA_CERTS), 0o600);
  writeAtomically(paths.gitCaBundle, bundle(running.caCertificatePath, process.env.GIT_SSL_CAINFO), 0o600);
  const lines = environmentLines({
    apiUrl: running.apiUrl,
    apiKey,
    caBundlePath: paths.caBundle,
    caCertificatePath: running.caCertificatePath,
    // This variable overrides git's configuration, so where it is set it must name our authority too.
    ...(process.env.GIT_SSL_CAINFO ? { gitCaBundlePath: paths.gitCaBundle } : {}),
    gitConfigPath: paths.gitConfig,
    gitConfigCount: gitConfigCount(running.apiUrl),
  });
  if (process.env.npm_lifecycle_event === 'env') warnOfNpm(directory);
  return `${lines.join('\n')}\n`;
}

/** A platform that does not answer, because it is starting or stopped, refuses nothing. */
async function isRefused(apiUrl: string, apiKey: string): Promise<boolean> {
  return new PlatformClient(apiUrl, apiKey, ANSWER_MS_MAX).call('GET', '/account').then(
    () => false,
    (error: unknown) => error instanceof PlatformRefusal && error.status === 401,
  );
}

/** `npm run env` was the command of older versions. */
function warnOfNpm(dataDirectory: string | undefined): void {
  process.stderr.write(
    `"npm run env" is going away, because in other directories npm runs a command of its own by that name. Use: ${terminalLine(CHECKOUT, dataDirectory)}\n`,
  );
}

/** The files that git would otherwise read as global configuration. */
function userGitConfigs(): readonly string[] {
  const named = process.env.GIT_CONFIG_GLOBAL;
  if (named !== undefined && named !== '' && !isOurs(named)) return [named];
  const xdg = process.env.XDG_CONFIG_HOME ?? path.join(homedir(), '.config');
  return [path.join(xdg, 'git', 'config'), path.join(homedir(), '.gitconfig')];
}

/** Node and git read one file each: the bundle also contains the certificates that the user already trusts there. */
function bundle(caCertificatePath: string, named: string | undefined): string {
  const own = readFileSync(caCertificatePath, 'utf8');
  if (named === undefined || named === '' || isOurs(named) || !existsSync(named)) return own;
  return `${own}\n${readFileSync(named, 'utf8')}`;
}

/** Entries before ours; a second `eval` in one terminal replaces ours instead of adding to them. */
function gitConfigCount(apiUrl: string): number {
  const count = Number(process.env.GIT_CONFIG_COUNT ?? 0) || 0;
  const first = `http.${apiUrl.replace(/^http:/, 'https:')}/.sslCAInfo`;
  for (let index = 0; index < count; index += 1) {
    if (process.env[`GIT_CONFIG_KEY_${index}`] === first) return index;
  }
  return count;
}

/** Set by an earlier `eval` in the same terminal, perhaps for another data directory. */
function isOurs(file: string): boolean {
  return existsSync(dataPaths(path.dirname(file)).running);
}

try {
  process.stdout.write(await main());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  // `eval` hides the status of what it runs, so it must have something to run that fails.
  process.stdout.write('false\n');
  process.exitCode = 1;
}
