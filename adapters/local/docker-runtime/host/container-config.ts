import type { ContainerCreateOptions } from 'dockerode';
import { bashArguments } from '../../dynos/host/bash.ts';
import type { ContainerOrder } from '../messages.ts';
import { toLabels } from './labels.ts';

/** Every program runs as this user and group, who own `/app` and nothing else. */
export const DYNO_USER = '1000:1000';
const HOME = '/app';
/** Heroku's base `PATH`; config vars and profile scripts may change it. */
const BASE_PATH = '/usr/local/bin:/usr/bin:/bin';
/** Heroku stops a dyno that uses twice its quota (Dev Center: Error Codes, R15). */
const MEMORY_LIMIT_FACTOR = 2;
const MIB = 1024 * 1024;
/** The output that Docker keeps while the platform is away: the newest 10 to 20 MB. */
const LOG = { Type: 'local', Config: { 'max-size': '10m', 'max-file': '2', compress: 'false' } };

export interface Place {
  readonly platformId: string;
  /** The slug's image. */
  readonly image: string;
  readonly network: string;
  /** Absolute path of bash in the image. */
  readonly bash: string;
  readonly port: number;
  /** Publish the port on the machine's loopback address. */
  readonly publish: boolean;
  /** The slug has scripts that run before the command. */
  readonly hasProfiles: boolean;
}

export const containerName = (platformId: string, taskRef: string): string => `dynoform-${platformId}-${taskRef}`;

export const exposedPort = (port: number): string => `${port}/tcp`;

/** A dyno as a container: with the limits of its size, no privileges, no connection to other dynos. */
export function containerConfig(order: ContainerOrder, place: Place): ContainerCreateOptions {
  const { task, taskRef, attach, size } = order;
  const { platformId, port } = place;
  const attached = attach !== undefined;
  const memory = size.memoryMiB * MEMORY_LIMIT_FACTOR * MIB;
  const binding = { [exposedPort(port)]: [{ HostIp: '127.0.0.1', HostPort: '' }] };
  return {
    name: containerName(platformId, taskRef),
    Image: place.image,
    Hostname: task.dynoId,
    User: DYNO_USER,
    WorkingDir: HOME,
    Entrypoint: [place.bash],
    Cmd: bashArguments(place.bash, order.command, { hasProfiles: place.hasProfiles, join: undefined }),
    Env: Object.entries(dynoEnvironment(order, port)).map(([name, value]) => `${name}=${value}`),
    Labels: toLabels(platformId, { taskRef, task, port, attached }),
    Tty: attach?.terminal === true,
    OpenStdin: attached,
    // The end of the client's input ends the program's input.
    StdinOnce: attached,
    AttachStdin: attached,
    AttachStdout: attached,
    AttachStderr: attached,
    // The image's own check would run next to the dyno's processes.
    Healthcheck: { Test: ['NONE'] },
    ...(place.publish ? { ExposedPorts: { [exposedPort(port)]: {} } } : {}),
    HostConfig: {
      // Reaps orphans, and gives the command's shell the default signal handling, which a first process lacks.
      Init: true,
      NetworkMode: place.network,
      ...(place.publish ? { PortBindings: binding } : {}),
      Memory: memory,
      // Memory and swap together: no swap.
      MemorySwap: memory,
      CpuShares: Math.min(262_144, Math.max(2, size.memoryMiB * 2)),
      PidsLimit: size.processLimit,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      RestartPolicy: { Name: 'no' },
      // What a client sees is not kept.
      LogConfig: attached ? { Type: 'none', Config: {} } : LOG,
      // Read by Docker 23 and later; older versions get the size right after the start.
      ...(attach?.terminal === true ? { ConsoleSize: [attach.rows, attach.columns] } : {}),
    },
  };
}

/** The whole environment of a dyno's first process besides the image's; nothing of the platform's own. */
function dynoEnvironment(order: ContainerOrder, port: number): Record<string, string> {
  return {
    PATH: BASE_PATH,
    // In MiB; buildpacks derive worker counts and heap sizes from it.
    MEMORY_AVAILABLE: String(order.size.memoryMiB),
    ...order.environment,
    PORT: String(port),
    DYNO: order.task.name,
    HOME,
  };
}
