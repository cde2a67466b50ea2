import { quoted } from '../terminal-line.ts';

/** The `export` lines that let the official Heroku CLI and git drive this platform from one terminal. */

export interface EnvironmentInput {
  readonly apiUrl: string;
  readonly apiKey: string;
  /** The value of NODE_EXTRA_CA_CERTS: our CA, and the user's own ones if there were any. */
  readonly caBundlePath: string;
  readonly caCertificatePath: string;
  /** The value of GIT_SSL_CAINFO, where it is set at all. */
  readonly gitCaBundlePath?: string;
  readonly gitConfigPath: string;
  /** Number of entries in the user's own environment (`GIT_CONFIG_COUNT`); ours follow them. */
  readonly gitConfigCount: number;
}

/** Git asks this for our URL only; it needs no Heroku CLI on the PATH and starts in a millisecond. */
const CREDENTIAL_HELPER =
  '!f() { test "$1" = get || return 0; echo username=heroku; echo "password=$HEROKU_API_KEY"; }; f';

export function environmentLines(input: EnvironmentInput): readonly string[] {
  const gitUrl = input.apiUrl.replace(/^http:/, 'https:');
  const gitSettings: readonly (readonly [string, string])[] = [
    [`http.${gitUrl}/.sslCAInfo`, input.caCertificatePath],
    // The empty value removes helpers that would put our key into the user's keychain.
    [`credential.${gitUrl}.helper`, ''],
    [`credential.${gitUrl}.helper`, CREDENTIAL_HELPER],
  ];
  return [
    // Settings left from before would send commands, or the key, somewhere else.
    'unset HEROKU_HEADERS HEROKU_GIT_HOST HEROKU_APP HEROKU_ORGANIZATION HEROKU_TEAM',
    variable('HEROKU_HOST', input.apiUrl),
    variable('HEROKU_API_KEY', input.apiKey),
    // Without these the CLI sends its key to hosts of Heroku, or waits 6 seconds for them.
    variable('DISABLE_TELEMETRY', 'true'),
    variable('HEROKU_PARTICLEBOARD_URL', input.apiUrl),
    variable('HEROKU_BUILDPACK_REGISTRY_URL', input.apiUrl),
    variable('HEROKU_STATUS_HOST', input.apiUrl),
    variable('HEROKU_DATA_HOST', 'localhost'),
    variable('HEROKU_DISABLE_AUTOUPDATE', '1'),
    variable('HEROKU_SKIP_NEW_VERSION_CHECK', '1'),
    // `heroku run` speaks TLS to the platform and trusts only what Node read at its start.
    variable('NODE_EXTRA_CA_CERTS', input.caBundlePath),
    ...(input.gitCaBundlePath === undefined ? [] : [variable('GIT_SSL_CAINFO', input.gitCaBundlePath)]),
    // The CLI writes a credential helper into the global git configuration at each start; this keeps it out of yours.
    variable('GIT_CONFIG_GLOBAL', input.gitConfigPath),
    variable('GIT_CONFIG_COUNT', String(input.gitConfigCount + gitSettings.length)),
    ...gitSettings.flatMap(([key, value], index) => [
      variable(`GIT_CONFIG_KEY_${input.gitConfigCount + index}`, key),
      variable(`GIT_CONFIG_VALUE_${input.gitConfigCount + index}`, value),
    ]),
  ];
}

/** What the CLI looks for in the global configuration, and otherwise writes there. */
export const CLI_CREDENTIAL_HELPER = '!heroku git:credentials';
const httpsOf = (apiUrl: string): string => apiUrl.replace(/^http:/, 'https:');
export const credentialSection = (apiUrl: string): string => `credential.${httpsOf(apiUrl)}`;

/** Replaces the global git configuration in that terminal: includes the user's own files, and has what the CLI looks for. */
export function gitConfigText(apiUrl: string, userConfigPaths: readonly string[]): string {
  const includes = userConfigPaths.map((file) => `[include]\n\tpath = ${JSON.stringify(file)}\n`);
  return `${includes.join('')}[credential "${httpsOf(apiUrl)}"]\n\thelper = ${CLI_CREDENTIAL_HELPER}\n`;
}

function variable(name: string, value: string): string {
  return `export ${name}=${quoted(value)}`;
}
