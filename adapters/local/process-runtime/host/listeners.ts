import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { connect } from 'node:net';

/** `[launched less than this long ago, check this often]`: quick while a program usually binds, cheap while one is stuck. */
const PACE: readonly (readonly [ageMs: number, everyMs: number])[] = [
  [3_000, 5],
  [15_000, 25],
  [Number.POSITIVE_INFINITY, 100],
];

interface Wait {
  readonly sinceMs: number;
  readonly onListening: (host: string) => void;
}

/** Notices when something listens on a port, for all awaited ports at once. */
export class Listeners {
  readonly #waits = new Map<number, Wait>();
  readonly #tables = [new Table('tcp6'), new Table('tcp')];
  #timer: NodeJS.Timeout | undefined;

  wait(port: number, onListening: (host: string) => void): void {
    this.#waits.set(port, { sinceMs: Date.now(), onListening });
    this.#schedule();
  }

  forget(port: number): void {
    this.#waits.delete(port);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#waits.size === 0) return;
    const youngest = Math.max(...[...this.#waits.values()].map(({ sinceMs }) => sinceMs));
    const age = Date.now() - youngest;
    const every = PACE.find(([ageMs]) => age < ageMs)?.[1] ?? 100;
    this.#timer = setTimeout(async () => {
      for (const [port, host] of await this.#look()) {
        const wait = this.#waits.get(port);
        this.#waits.delete(port);
        wait?.onListening(host);
      }
      this.#timer = undefined;
      this.#schedule();
    }, every);
  }

  async #look(): Promise<readonly (readonly [number, string])[]> {
    // IPv4 second: a program that listens on both is reached at 127.0.0.1.
    if (process.platform === 'linux') return this.#tables.flatMap((table) => table.listeners());
    const found = await Promise.all([...this.#waits.keys()].map(async (port) => [port, await probe(port)] as const));
    return found.flatMap(([port, host]) => (host === undefined ? [] : [[port, host] as const]));
  }
}

/** The whole table is read at least this often, in case the counter is the same by chance. */
const READ_ANYWAY_MS = 200;
/** Reading takes at most this share of the time while connections come and go. */
const READ_SHARE = 0.2;

/**
 * One of the kernel's socket tables. Reading it takes about 4 ms on a large machine even if it is empty, because the kernel
 * walks its whole hash. So it is read only when the number of sockets in use has changed; reading that takes 0.01 ms.
 */
class Table {
  readonly #path: string;
  readonly #counterPath: string;
  #counter = '';
  #lastReadMs = 0;
  #costMs = 0;

  constructor(name: 'tcp' | 'tcp6') {
    this.#path = `/proc/net/${name}`;
    this.#counterPath = name === 'tcp' ? '/proc/net/sockstat' : '/proc/net/sockstat6';
  }

  listeners(): readonly (readonly [number, string])[] {
    const startMs = performance.now();
    if (startMs - this.#lastReadMs < this.#costMs / READ_SHARE) return [];
    const counter = this.#inUse();
    if (counter === this.#counter && startMs - this.#lastReadMs < READ_ANYWAY_MS) return [];
    this.#counter = counter;
    const found = listenersIn(this.#path);
    this.#lastReadMs = performance.now();
    this.#costMs = this.#lastReadMs - startMs;
    return found;
  }

  #inUse(): string {
    try {
      return /^TCP6?: inuse \d+/m.exec(readFileSync(this.#counterPath, 'latin1'))?.[0] ?? '';
    } catch {
      return '';
    }
  }
}

async function probe(port: number): Promise<string | undefined> {
  for (const host of ['127.0.0.1', '::1']) if (await accepts(host, port)) return host;
  return undefined;
}

const buffer = Buffer.allocUnsafe(64 * 1024);
const LISTEN = '0A';

/** Reads only the listeners: they come first, and a busy router has thousands of connections after them. */
function listenersIn(table: string): readonly (readonly [number, string])[] {
  const found: (readonly [number, string])[] = [];
  let file: number;
  try {
    file = openSync(table, 'r');
  } catch {
    return found;
  }
  try {
    let rest = '';
    for (let first = true; ; first = false) {
      const read = readSync(file, buffer, 0, buffer.length, null);
      if (read === 0) return found;
      const lines = (rest + buffer.toString('latin1', 0, read)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of first ? lines.slice(1) : lines) {
        const [, local = '', , state] = line.trim().split(/\s+/);
        if (state !== LISTEN) return found;
        const colon = local.lastIndexOf(':');
        found.push([Number.parseInt(local.slice(colon + 1), 16), reachableHost(local.slice(0, colon))]);
      }
    }
  } finally {
    closeSync(file);
  }
}

/** /proc/net/tcp prints each 32-bit word of an address in the machine's byte order (little-endian on x64 and arm64). */
export function reachableHost(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.every((byte) => byte === 0)) return '127.0.0.1';
  const mapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  if (bytes.length === 4 || mapped) return bytes.slice(-4).join('.');
  if (bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return '::1';
  return Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  ).join(':');
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const done = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
  });
}
