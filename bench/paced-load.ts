import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Concurrent clients of one app. */
const CLIENTS = 16;
export const LOADED_APP = 'busy';

/** Clients on kept connections that send the next request soon after each answer. */
export class PacedLoad {
  #requests = 0;
  readonly #failures = new Map<string, number>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  readonly #port: number;
  readonly #clients: readonly Promise<void>[];
  #ended = false;

  constructor(port: number) {
    this.#port = port;
    this.#clients = Array.from({ length: CLIENTS }, () => this.#client());
  }

  async end(): Promise<{ requests: number; failures: ReadonlyMap<string, number> }> {
    this.#ended = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
    return { requests: this.#requests, failures: this.#failures };
  }

  async #client(): Promise<void> {
    while (!this.#ended) {
      const { kind } = await request(this.#port, this.#agent);
      this.#requests += 1;
      if (kind !== '200') this.#failures.set(kind, (this.#failures.get(kind) ?? 0) + 1);
      // A pause: without it, a closed loop on two cores would measure the load generator.
      await sleep(10);
    }
  }
}

/** `kind`: the status, or the error code of a broken connection. */
export function request(port: number, agent: Agent): Promise<{ kind: string; body: string }> {
  return new Promise((resolve) => {
    const call = get(
      { host: '127.0.0.1', port, agent, headers: { host: `${LOADED_APP}.localhost:${port}` } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        response.on('end', () => resolve({ kind: String(response.statusCode), body }));
        response.on('error', (error: NodeJS.ErrnoException) => resolve({ kind: error.code ?? 'error', body: '' }));
      },
    );
    call.on('error', (error: NodeJS.ErrnoException) => resolve({ kind: error.code ?? 'error', body: '' }));
  });
}
