import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { until } from '../../platform/until.ts';

export const ROOT = path.resolve(__dirname, '../../..');

/** A program that runs until it is stopped, in its own process group. */
export class Background {
  output = '';
  #closed = false;
  readonly #child: ChildProcess;
  readonly #name: string;

  constructor(name: string, command: readonly [string, ...string[]], environment: Readonly<Record<string, string>>) {
    this.#name = name;
    const [file, ...args] = command;
    this.#child = spawn(file, args, {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.on('close', () => {
      this.#closed = true;
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    }
  }

  /** Its exit code, once it has ended by itself and all its output has arrived. */
  async exitCode(boundMs?: number): Promise<number | null> {
    await until(`${this.#name} to end`, () => this.#closed, boundMs);
    return this.#child.exitCode;
  }

  async ready(condition: () => boolean | Promise<boolean>, boundMs?: number): Promise<void> {
    const ready = () => {
      if (this.#ended()) throw new Error(`${this.#name} ended:\n${this.output}`);
      return condition();
    };
    await until(`${this.#name} to be ready`, ready, boundMs);
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL', boundMs?: number): Promise<void> {
    if (this.#ended() || this.#child.pid === undefined) return;
    process.kill(-this.#child.pid, signal);
    await until(`${this.#name} to end`, () => this.#ended(), boundMs);
  }

  #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
