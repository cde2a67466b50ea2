import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { DockerHostSettings } from '../messages.ts';
import { baseImage } from './base-image.ts';
import { messageOf, statusOf } from './engine.ts';
import { Refused } from './refused.ts';

/** One network for all platforms on the machine; its containers cannot reach each other. */
const NETWORK = 'dynoform';
const NO_TRAFFIC_BETWEEN = { 'com.docker.network.bridge.enable_icc': 'false' };

/** A daemon that hangs must not hang the start. */
const ANSWER_TIMEOUT_MS = 15_000;

/** What Docker provides. */
export interface Ground {
  readonly base: { readonly name: string; readonly id: string };
  /** Absolute path in the image. */
  readonly bash: string;
  readonly network: string;
  /** Ports are published on loopback, because the containers' addresses cannot be reached from here. */
  readonly publish: boolean;
  readonly limits: string;
  readonly warnings: readonly string[];
}

const makingPrefix = (platformId: string) => `dynoform-making-${platformId}-`;

/**
 * The name of a container that is never started and exists only while something is made or inspected. A name, not a label:
 * an image made from it would pass its labels on to dynos.
 */
export const makingName = (platformId: string): string => `${makingPrefix(platformId)}${randomUUID()}`;

interface Info {
  readonly OperatingSystem?: string;
  readonly SecurityOptions?: readonly string[];
  readonly MemoryLimit?: boolean;
  readonly SwapLimit?: boolean;
  readonly PidsLimit?: boolean;
  readonly CPUShares?: boolean;
}

/** Checks what exists and makes what is missing. Removes containers that an earlier run was making. */
export async function setUp(
  engine: Docker,
  settings: DockerHostSettings,
  platformId: string,
  fetching: Parameters<typeof baseImage>[2],
): Promise<Ground> {
  const info = await askDocker(engine);
  const id = await baseImage(engine, settings.image, fetching);
  await removeUnfinished(engine, platformId);
  const programs = await programsOf(engine, settings.image, platformId);
  const bash = programs.get('bash');
  if (bash === undefined) {
    throw new Refused(
      `--docker-image ${settings.image} has no bash, which runs every dyno's command: choose another image.`,
    );
  }
  await ensureNetwork(engine);
  const node = `the slugs built here need the Node.js ${process.versions.node} of this machine, for example --docker-image node:${process.versions.node}.`;
  return {
    base: { name: settings.image, id },
    bash,
    network: NETWORK,
    publish: settings.reach === 'auto' ? !reachesContainers(info) : settings.reach === 'loopback',
    limits: limitsOf(info),
    warnings: programs.has('node') ? [] : [`The image ${settings.image} has no Node.js; ${node}`],
  };
}

async function askDocker(engine: Docker): Promise<Info> {
  try {
    const late = sleep(ANSWER_TIMEOUT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1000} s`);
    });
    return (await Promise.race([engine.info(), late])) as Info;
  } catch (error) {
    throw new Refused(
      `Docker does not answer (${messageOf(error)}). Start it, set DOCKER_HOST, or start without --runtime docker.`,
    );
  }
}

/** Only a daemon that runs as root on this machine has networks that this process can reach. */
function reachesContainers(info: Info): boolean {
  const { DOCKER_HOST } = process.env;
  const local = DOCKER_HOST === undefined || DOCKER_HOST.startsWith('unix:');
  const rootless = (info.SecurityOptions ?? []).some((option) => option.includes('rootless'));
  return process.platform === 'linux' && local && !rootless && info.OperatingSystem !== 'Docker Desktop';
}

function limitsOf(info: Info): string {
  const missing = [
    ...(info.MemoryLimit === false ? ['memory'] : []),
    ...(info.SwapLimit === false ? ['swap'] : []),
    ...(info.PidsLimit === false ? ['number of processes'] : []),
    ...(info.CPUShares === false ? ['relative CPU'] : []),
  ];
  const all =
    'Each dyno is a container with the limits of its size: memory (killed at twice the quota), number of processes, relative CPU.';
  return missing.length === 0 ? all : `${all} This Docker cannot limit ${missing.join(', ')}.`;
}

async function removeUnfinished(engine: Docker, platformId: string): Promise<void> {
  const left = await engine.listContainers({ all: true, filters: { name: [`^/${makingPrefix(platformId)}`] } });
  await Promise.all(left.map(({ Id }) => engine.getContainer(Id).remove({ force: true, v: true })));
}

/** Finds the image's programs without running any. */
async function programsOf(engine: Docker, image: string, platformId: string): Promise<ReadonlyMap<string, string>> {
  const container = await engine.createContainer({
    Image: image,
    name: makingName(platformId),
    Cmd: ['true'],
  });
  try {
    const found = new Map<string, string>();
    for (const program of ['bash', 'node']) {
      for (const directory of ['/bin', '/usr/bin', '/usr/local/bin']) {
        const path = `${directory}/${program}`;
        if (!found.has(program) && (await has(container, path))) found.set(program, path);
      }
    }
    return found;
  } finally {
    await container.remove({ force: true, v: true });
  }
}

async function has(container: Docker.Container, path: string): Promise<boolean> {
  try {
    await container.infoArchive({ path });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

async function ensureNetwork(engine: Docker): Promise<void> {
  if ((await networks(engine)).length === 0) {
    await engine
      .createNetwork({ Name: NETWORK, CheckDuplicate: true, Driver: 'bridge', Options: NO_TRAFFIC_BETWEEN })
      .catch((error: unknown) => {
        // Another platform was faster.
        if (statusOf(error) !== 409) throw new Refused(`Docker cannot make a network for dynos: ${messageOf(error)}`);
      });
  }
  // Two platforms that start at once may both make one, and Docker then refuses the name as ambiguous: each keeps only the
  // oldest.
  const [oldest, ...others] = await networks(engine);
  for (const { Id } of others)
    await engine
      .getNetwork(Id)
      .remove()
      .catch(() => undefined);
  const isolated = Object.entries(NO_TRAFFIC_BETWEEN).every(([name, value]) => oldest?.Options?.[name] === value);
  if (!isolated) {
    throw new Refused(
      `The Docker network "${NETWORK}" lets containers reach each other. Remove it with "docker network rm ${NETWORK}"; it is created again.`,
    );
  }
}

/** The networks with our name, oldest first. */
async function networks(engine: Docker): Promise<readonly Docker.NetworkInspectInfo[]> {
  const named = await engine.listNetworks({ filters: { name: [`^${NETWORK}$`] } });
  return named.toSorted((a, b) => a.Created.localeCompare(b.Created) || a.Id.localeCompare(b.Id));
}
