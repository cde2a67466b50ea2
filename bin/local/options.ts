import { isIP } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../core/result.ts';

/** The options of the embedded platform. */
export interface LocalOptions {
  /** Absolute. Contains everything that the platform keeps. */
  readonly dataDirectory: string;
  /** API, git, log streams and one-off terminals share this port. */
  readonly apiPort: number;
  readonly routerPort: number;
  /** Absent: apps answer without TLS only. */
  readonly tlsPort?: number;
  /** Per account and month; absent: no limit. */
  readonly ecoHoursPerMonth?: number;
  readonly host: string;
  readonly demo: boolean;
  readonly runtime: RuntimeChoice;
}

/** What a dyno is: a process group on this machine, or a container made from an image. */
export type RuntimeChoice = { readonly kind: 'process' } | { readonly kind: 'docker'; readonly image: string };

export type ParsedOptions = { readonly kind: 'run'; readonly options: LocalOptions } | { readonly kind: 'help' };

export const HELP = `Usage: npm start -- [options]

Runs Heroku's dyno platform on this machine. The first run deploys examples/node-web as the app "hello".

  --data-dir DIR       where apps, releases, slugs and logs are kept   (DYNOFORM_DATA_DIR, default ~/.dynoform)
  --port PORT          API, git and log streams                        (DYNOFORM_PORT, default 5000)
  --router-port PORT   where apps answer: http://APP.localhost:PORT/   (DYNOFORM_ROUTER_PORT, default 8080)
  --tls-port PORT      TLS for apps and custom domains, e.g. 8443      (DYNOFORM_TLS_PORT, default: none)
  --eco-hours HOURS    of Eco dynos per account and month, e.g. 1000   (DYNOFORM_ECO_HOURS, default: no limit)
  --host ADDRESS       address to listen on                            (DYNOFORM_HOST, default 127.0.0.1)
  --allow-remote       needed with a --host beyond this machine        (DYNOFORM_ALLOW_REMOTE=1)
  --no-demo            do not deploy the example on the first run      (DYNOFORM_NO_DEMO=1)
  --runtime RUNTIME    process or docker: what a dyno is               (DYNOFORM_RUNTIME, default process)
  --docker-image IMAGE what containers are made from; it needs bash,   (DYNOFORM_DOCKER_IMAGE, default
                       and Node.js for Node.js apps                     Node.js of the version here)
  --help               this text

When it is ready it prints the line that sets up another terminal for the official Heroku CLI and git.
`;

const FLAGS = {
  'data-dir': { type: 'string' },
  port: { type: 'string' },
  'router-port': { type: 'string' },
  'tls-port': { type: 'string' },
  'eco-hours': { type: 'string' },
  host: { type: 'string' },
  'allow-remote': { type: 'boolean' },
  'no-demo': { type: 'boolean' },
  runtime: { type: 'string' },
  'docker-image': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Dynos of slugs that are built here run in this image: Node.js apps and static sites bring no Node.js of their own. */
const DEFAULT_IMAGE = `node:${process.versions.node}`;
/** Registry, path, tag and digest; Docker resolves it. */
const IMAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/;

/** Flags win over `DYNOFORM_*` variables; an error names the flag and the fix. */
export function parseOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
  defaultDirectory: string,
): Result<ParsedOptions, string> {
  const flags = readFlags(argv);
  if (!flags.ok) return flags;
  if (flags.value.help) return ok({ kind: 'help' });

  const apiPort = port('--port', flags.value.port ?? environment.DYNOFORM_PORT, 5000);
  if (!apiPort.ok) return apiPort;
  const routerPort = port('--router-port', flags.value['router-port'] ?? environment.DYNOFORM_ROUTER_PORT, 8080);
  if (!routerPort.ok) return routerPort;
  const tlsPort = optionalPort('--tls-port', flags.value['tls-port'] ?? environment.DYNOFORM_TLS_PORT);
  if (!tlsPort.ok) return tlsPort;
  const taken = sameNumber([
    ['--port', apiPort.value],
    ['--router-port', routerPort.value],
    ['--tls-port', tlsPort.value],
  ]);
  if (taken !== undefined) return err(taken);

  const ecoHours = optionalHours('--eco-hours', flags.value['eco-hours'] ?? environment.DYNOFORM_ECO_HOURS);
  if (!ecoHours.ok) return ecoHours;

  const host = flags.value.host ?? nonEmpty(environment.DYNOFORM_HOST) ?? '127.0.0.1';
  const remoteAllowed = flags.value['allow-remote'] ?? isSwitchedOn(environment.DYNOFORM_ALLOW_REMOTE);
  const hostProblem = checkHost(host, remoteAllowed);
  if (hostProblem !== undefined) return err(hostProblem);

  const directory = flags.value['data-dir'] ?? nonEmpty(environment.DYNOFORM_DATA_DIR) ?? defaultDirectory;
  if (directory === '') return err('--data-dir is empty: give a directory.');

  const runtime = chooseRuntime(
    flags.value.runtime ?? nonEmpty(environment.DYNOFORM_RUNTIME) ?? 'process',
    flags.value['docker-image'],
    nonEmpty(environment.DYNOFORM_DOCKER_IMAGE),
  );
  if (!runtime.ok) return runtime;

  return ok({
    kind: 'run',
    options: {
      dataDirectory: path.resolve(workingDirectory, directory),
      apiPort: apiPort.value,
      routerPort: routerPort.value,
      ...(tlsPort.value === undefined ? {} : { tlsPort: tlsPort.value }),
      ...(ecoHours.value === undefined ? {} : { ecoHoursPerMonth: ecoHours.value }),
      host,
      demo: !(flags.value['no-demo'] ?? isSwitchedOn(environment.DYNOFORM_NO_DEMO)),
      runtime: runtime.value,
    },
  });
}

function readFlags(argv: readonly string[]) {
  try {
    return ok(parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: false }).values);
  } catch (error) {
    return err(`${(error as Error).message.split('. ')[0]}. See --help.`);
  }
}

function port(flag: string, text: string | undefined, fallback: number): Result<number, string> {
  if (text === undefined || text === '') return ok(fallback);
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 65_535) {
    return err(`${flag} is "${text}": give a port from 1 to 65535.`);
  }
  return ok(number);
}

function optionalPort(flag: string, text: string | undefined): Result<number | undefined, string> {
  return text === undefined || text === '' ? ok(undefined) : port(flag, text, 0);
}

function optionalHours(flag: string, text: string | undefined): Result<number | undefined, string> {
  if (text === undefined || text === '') return ok(undefined);
  if (!/^\d{1,6}$/.test(text)) return err(`${flag} is "${text}": give the hours of a month, for example 1000.`);
  return ok(Number(text));
}

function sameNumber(ports: readonly (readonly [flag: string, port: number | undefined])[]): string | undefined {
  for (const [index, [flag, port]] of ports.entries()) {
    const other = ports.slice(0, index).find(([, before]) => before === port && port !== undefined);
    if (other !== undefined) return `${other[0]} and ${flag} are both ${port}: give them different ports.`;
  }
  return undefined;
}

function chooseRuntime(
  kind: string,
  imageFlag: string | undefined,
  imageVariable: string | undefined,
): Result<RuntimeChoice, string> {
  if (kind === 'process') {
    if (imageFlag !== undefined) return err('--docker-image is given without --runtime docker: add it.');
    return ok({ kind });
  }
  if (kind !== 'docker') return err(`--runtime is "${kind}": give process or docker.`);
  const image = imageFlag ?? imageVariable ?? DEFAULT_IMAGE;
  if (!IMAGE_NAME.test(image)) return err(`--docker-image is "${image}": give an image's name, for example node:22.`);
  return ok({ kind, image });
}

/**
 * Anybody with access to the ports can see every app, and dynos are not isolated from this machine. So more than loopback needs
 * an explicit flag.
 */
function checkHost(host: string, remoteAllowed: boolean): string | undefined {
  if (isLoopback(host)) return undefined;
  if (host !== 'localhost' && isIP(host) === 0) return `--host is "${host}": give an IP address of this machine.`;
  if (remoteAllowed) return undefined;
  return `--host ${host} would let other machines reach the platform, and dynos are not isolated from this one. Add --allow-remote if that is what you want.`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isSwitchedOn(text: string | undefined): boolean {
  return text !== undefined && text !== '' && text !== '0' && text !== 'false';
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
