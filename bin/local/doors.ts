import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { SECOND_MS } from '../../core/time.ts';
import { createListener, type Listener, type ListenerOptions } from '../../services/listener/listener.ts';
import { isLoopback, type LocalOptions } from './options.ts';

/** Another program has the port, or the address is not this machine's; the message says what to do. */
export class DoorClosed extends Error {
  override readonly name = 'DoorClosed';
}

export interface Doors {
  /** Until then requests wait. */
  open(): void;
  close(graceSeconds: number): Promise<void>;
}

/**
 * Listens on the API port before anything else starts. `localhost` means both ::1 and 127.0.0.1, and a client may try either
 * first: on neither may another program answer in our place.
 */
export async function openDoors(
  options: Pick<LocalOptions, 'host' | 'apiPort'>,
  parts: ListenerOptions,
): Promise<Doors> {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const waiting: ListenerOptions = {
    ...parts,
    allowedHosts: reachableNames(options.host).map((name) => (isIP(name) === 6 ? `[${name}]` : name)),
    http: (request, response) => opened.then(() => parts.http(request, response)),
  };
  const listeners: Listener[] = [];
  for (const host of options.host === '127.0.0.1' ? ['127.0.0.1', '::1'] : [options.host]) {
    const listener = createListener(waiting);
    try {
      await listener.listen(options.apiPort, host);
      listeners.push(listener);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A machine without IPv6.
      if (host === '::1' && code !== 'EADDRINUSE') continue;
      await Promise.all(listeners.map((listening) => listening.close(0)));
      throw new DoorClosed(listenProblem('--port', options.apiPort, host, code));
    }
  }
  return {
    open,
    async close(graceSeconds) {
      await Promise.all(listeners.map((listener) => listener.close(Math.min(graceSeconds, 1) * SECOND_MS)));
    },
  };
}

/** Names under which other machines may reach this one: if it listens on all addresses, its name and addresses. */
export function reachableNames(host: string): readonly string[] {
  if (host !== '0.0.0.0' && host !== '::') return isLoopback(host) ? [] : [host];
  const addresses = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outward = addresses.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return [hostname().toLowerCase(), ...outward.map(({ address }) => address)];
}

export function listenProblem(flag: string, port: number, host: string, code: string | undefined): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is in use by another program: stop it, or choose another with ${flag}.`;
  if (code === 'EACCES') return `Port ${port} needs more rights: choose one from 1024 up with ${flag}.`;
  if (code === 'EADDRNOTAVAIL') return `${host} is not an address of this machine: choose another with --host.`;
  return `Cannot listen on ${host} port ${port} (${code}): choose another with ${flag}.`;
}
