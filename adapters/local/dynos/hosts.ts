import type { Problems } from '../../../core/ports/problems.ts';
import type { DynoOrder, HostCommand } from './messages.ts';

const RETRY_MS = 1_000;

/** The process that owns the dynos, as the platform uses it. */
export interface Host<Order extends DynoOrder> {
  /** Where clients of attached one-offs connect. */
  readonly socketPath: string;
  /** One sentence for the operator. */
  readonly limits: string;
  readonly exited: Promise<void>;
  send(command: HostCommand<Order>): void;
  kill(): void;
}

export interface HostsOptions<Order extends DynoOrder> {
  start(): Promise<Host<Order>>;
  /** The host ended unexpectedly. The returned function is called when a new one has started, or when none will. */
  ended(): () => void;
  readonly problems: Problems;
}

/** The current host, and its replacement when it dies. */
export class Hosts<Order extends DynoOrder> {
  readonly #options: HostsOptions<Order>;
  /** Undefined before the first start, and after the host died until the next one is ready. */
  #host: Host<Order> | undefined;
  readonly #waiters: ((host: Host<Order> | undefined) => void)[] = [];
  #closing = false;

  constructor(options: HostsOptions<Order>) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const host = await this.#options.start();
    this.#host = host;
    for (const resolve of this.#waiters.splice(0)) resolve(host);
    void host.exited.then(() => this.#replace());
  }

  get current(): Host<Order> | undefined {
    return this.#host;
  }

  /** Waits for a host that is being started; undefined when closing. */
  live(): Promise<Host<Order> | undefined> {
    if (this.#closing) return Promise.resolve(undefined);
    if (this.#host !== undefined) return Promise.resolve(this.#host);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** May be called again with a shorter grace. The host has `marginMs` after the grace to end everything. */
  async close(graceSeconds: number, marginMs: number): Promise<void> {
    this.#closing = true;
    for (const resolve of this.#waiters.splice(0)) resolve(undefined);
    const host = this.#host;
    if (host === undefined) return;
    host.send({ kind: 'close', graceSeconds });
    const timer = setTimeout(() => host.kill(), graceSeconds * 1000 + marginMs);
    await host.exited;
    clearTimeout(timer);
  }

  async #replace(): Promise<void> {
    this.#host = undefined;
    if (this.#closing) return;
    const settle = this.#options.ended();
    while (this.#host === undefined && !this.#closing) {
      try {
        await this.open();
      } catch (error) {
        this.#options.problems.report(`${(error as Error).message}; trying again.`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    settle();
  }
}
