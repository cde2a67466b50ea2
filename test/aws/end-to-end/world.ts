import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { Terminal } from '../../cli/terminal.ts';
import { until } from '../../platform/until.ts';
import { Containers } from './containers.ts';
import { Installation } from './installation.ts';
import { DOMAIN } from './stage.config.ts';

export const SHOP = `shop.${DOMAIN}`;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The installation and its users: steps build on each other. */
export class World {
  #installation: Installation | undefined;
  #terminal: Terminal | undefined;

  async open(): Promise<void> {
    this.#installation = await Installation.open();
    await this.installation.emulator.start();
  }

  async close(): Promise<void> {
    this.#terminal?.remove();
    await this.#installation?.close();
  }

  get installation(): Installation {
    return existing(this.#installation);
  }

  get containers(): Containers {
    return new Containers(this.installation.emulator.port);
  }

  /** A user's terminal, once there is a bridge. */
  get terminal(): Terminal {
    this.#terminal ??= new Terminal(this.installation);
    return this.#terminal;
  }

  heroku(line: string): Promise<string> {
    return this.terminal.ok(`heroku ${line}`);
  }

  async logged(...lines: readonly RegExp[]): Promise<void> {
    const missing = new Set(lines);
    await until(`${lines.join(', ')} in the log`, async () => {
      const log = await this.heroku('logs -n 1500 --no-color');
      for (const line of missing) if (line.test(log)) missing.delete(line);
      return missing.size === 0;
    });
    expect([...missing]).toEqual([]);
  }

  /** Like a browser: the server needs a certificate for that name. */
  visit(host: string): Promise<Answer> {
    const { certificate } = this.installation.authority;
    return new Promise((resolve, reject) => {
      const headers = { host };
      const asked = request({ host: '127.0.0.1', servername: host, ca: certificate, headers, agent: false });
      asked.on('response', (answer) => {
        text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  /** A request goes to any of the dynos, so all of them must have answered. */
  async reached(host: string, bodies: readonly string[]): Promise<void> {
    const missing = new Set(bodies);
    await until(`each of ${JSON.stringify(bodies)} to have answered`, async () => {
      const { status, body } = await this.visit(host);
      if (status === 200) missing.delete(body);
      return missing.size === 0;
    });
  }

  async dynos(): Promise<readonly { readonly id: string; readonly name: string; readonly state: string }[]> {
    return JSON.parse(await this.heroku('ps --json'));
  }

  async up(...names: readonly string[]): Promise<void> {
    const wanted = [...names].sort().join();
    await until(`${wanted} to be up`, async () => {
      const dynos = await this.dynos();
      return (
        dynos
          .map(({ name }) => name)
          .sort()
          .join() === wanted && dynos.every(({ state }) => state === 'up')
      );
    });
  }

  /** Prints how many seconds it took. */
  async measured(what: string, work: () => Promise<void>): Promise<void> {
    const startedMs = Date.now();
    await work();
    this.tell(`${what}: ${((Date.now() - startedMs) / 1_000).toFixed(1)} s`);
  }

  tell(figure: string): void {
    process.stderr.write(`${figure}\n`);
  }
}

function existing<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there yet');
  return value;
}
