import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Two per dyno: enough for fifty dynos at once. */
const MADE_AT_ONCE = 128;
const REFILL_BELOW = 64;
const QUIET_MS = 500;

export interface OutputPipe {
  readonly reader: Socket;
  /** For the child; close it here once the child has it. */
  readonly writeEnd: number;
}

/**
 * Pipes for the output of dynos. Node's own `stdio: 'pipe'` is a pair of sockets, and a socket cannot be opened by name:
 * programs that log to /dev/stdout, as many server configurations do, would fail with ENXIO.
 */
export class Pipes {
  readonly #directory: string;
  readonly #names: string[] = [];
  #filling: Promise<void> | undefined;
  #refillTimer: NodeJS.Timeout | undefined;
  #made = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async take(): Promise<OutputPipe> {
    if (this.#names.length === 0) await this.fill();
    else if (this.#names.length < REFILL_BELOW) this.#refillLater();
    const path = this.#names.pop();
    if (path === undefined) return this.take();
    // The reader opens first, without waiting for a writer. Then the writer need not be non-blocking, which the child would
    // inherit.
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    return { reader: new Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
  }

  fill(): Promise<void> {
    this.#filling ??= this.#makeMore().finally(() => {
      this.#filling = undefined;
    });
    return this.#filling;
  }

  /** Once it resolves, no more pipes are made in the directory, which may be removed. */
  async close(): Promise<void> {
    clearTimeout(this.#refillTimer);
    await this.#filling?.catch(() => undefined);
  }

  /** Starting `mkfifo` at once would compete with dynos that boot. */
  #refillLater(): void {
    this.#refillTimer ??= setTimeout(() => {
      this.#refillTimer = undefined;
      // A launch that finds no pipe tries again, and reports the error.
      this.fill().catch(() => undefined);
    }, QUIET_MS);
  }

  async #makeMore(): Promise<void> {
    const paths = Array.from({ length: MADE_AT_ONCE }, (_, index) => join(this.#directory, `p${this.#made + index}`));
    this.#made += MADE_AT_ONCE;
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths]);
    this.#names.push(...paths);
  }
}

export function closeWriteEnds(pipes: readonly OutputPipe[]): void {
  for (const { writeEnd } of pipes) closeSync(writeEnd);
}
