import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from 'dockerode';
import type { TaskObservation } from '../../../../core/ports/dyno-runtime.ts';
import { exposedPort } from './container-config.ts';
import { messageOf } from './engine.ts';
import type { Ground } from './setup.ts';

/** `[waiting for less than this, try this often]`: quick while a program usually binds, cheap while one is stuck. */
const PACE: readonly (readonly [ageMs: number, everyMs: number])[] = [
  [3_000, 10],
  [15_000, 50],
  [Number.POSITIVE_INFINITY, 200],
];
const CONNECT_TIMEOUT_MS = 1_000;
const EXEC_RETRY_MS = 1_000;

/** The address at which the router reaches the program on this port, once it listens; undefined after an abort. */
export async function listenerOf(
  container: Container,
  port: number,
  { bash, network, publish }: Ground,
  signal: AbortSignal,
): Promise<TaskObservation['address']> {
  const { NetworkSettings: settings } = await container.inspect();
  if (publish) {
    const published = Number(settings.Ports[exposedPort(port)]?.[0]?.HostPort ?? 0);
    return (await listensInside(container, bash, port, signal)) ? { host: '127.0.0.1', port: published } : undefined;
  }
  const host = settings.Networks[network]?.IPAddress ?? '';
  // It has ended, and its address is gone.
  if (host === '') return undefined;
  return (await listensAt(host, port, signal)) ? { host, port } : undefined;
}

/** Resolves to true when something accepts connections there, to false after an abort. */
async function listensAt(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const sinceMs = Date.now();
  while (!signal.aborted) {
    if (await accepts(host, port)) return !signal.aborted;
    const age = Date.now() - sinceMs;
    await sleep(PACE.find(([ageMs]) => age < ageMs)?.[1] ?? 200);
  }
  return false;
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const done = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
  });
}

/**
 * Reads the container's own socket table until a socket listens on the port, beyond the container's loopback address: `0A`
 * is LISTEN, and addresses are in the machine's byte order (little-endian on x64 and arm64).
 */
const WAIT_INSIDE = `port=$(printf %04X "$1")
while :; do
  for table in /proc/net/tcp /proc/net/tcp6; do
    while read -r _ local _ state _; do
      [ "$state" = 0A ] && [ "\${local##*:}" = "$port" ] || continue
      case "\${local%%:*}" in *00007F | 00000000000000000000000001000000) continue ;; esac
      exit 0
    done <"$table"
  done 2>/dev/null
  sleep 0.05
done`;

/**
 * The same from inside the container. Connecting to a published port shows nothing: Docker's proxy accepts connections long
 * before the program listens.
 */
async function listensInside(container: Container, bash: string, port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      if ((await run(container, [bash, '-c', WAIT_INSIDE, bash, String(port)])) === 0) return !signal.aborted;
    } catch (error) {
      if (/is not running/.test(messageOf(error))) return false;
    }
    // No room for another process, or a signal ended it together with the program.
    await sleep(EXEC_RETRY_MS);
  }
  return false;
}

/** Runs a command in the container, as the dyno's user; returns its exit status. */
export async function run(container: Container, command: string[]): Promise<number | null> {
  const exec = await container.exec({ Cmd: command, AttachStdout: true });
  const stream = await exec.start({});
  await new Promise<void>((resolve) => {
    stream.once('error', () => resolve());
    stream.once('close', () => resolve());
    stream.once('end', () => resolve());
    stream.resume();
  });
  return (await exec.inspect()).ExitCode;
}
