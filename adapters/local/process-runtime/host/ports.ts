import { createServer } from 'node:net';

/** Below the ranges from which Linux and macOS take the ports of outgoing connections, above the well-known ones. */
const FIRST_PORT = 10_000;
const LAST_PORT = 32_000;
/** A stale route must not lead to another app, so a port rests before it is reused. */
const RESTING_PORTS_MAX = 2_000;

/** Gives each dyno its own port on which nothing on the machine listens. */
export class Ports {
  readonly #taken = new Set<number>();
  readonly #resting = new Set<number>();

  async take(): Promise<number> {
    for (;;) {
      const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
      if (this.#taken.has(port) || this.#resting.has(port)) continue;
      this.#taken.add(port);
      if (await isFree(port)) return port;
      this.release(port);
    }
  }

  release(port: number): void {
    if (!this.#taken.delete(port)) return;
    this.#resting.add(port);
    if (this.#resting.size <= RESTING_PORTS_MAX) return;
    for (const oldest of this.#resting) {
      this.#resting.delete(oldest);
      return;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
