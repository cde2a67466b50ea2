import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from 'dockerode';
import type { DynoDeps } from './dyno-deps.ts';
import { isUnanswered } from './engine.ts';
import { run } from './listening.ts';

const RETRY_MS = 200;

/** Signals to one container; none is lost while Docker does not answer. */
export class Signals {
  readonly #container: Container;
  readonly #around: DynoDeps;
  readonly #isRunning: () => boolean;
  readonly #onRefused: () => void;

  /** `onRefused`: Docker refuses, most likely because the container has ended. */
  constructor(container: Container, deps: DynoDeps, isRunning: () => boolean, onRefused: () => void) {
    this.#container = container;
    this.#around = deps;
    this.#isRunning = isRunning;
    this.#onRefused = onRefused;
  }

  /** Kills everything in the container. */
  kill(): void {
    void this.#send(() => this.#container.kill({ signal: 'SIGKILL' }));
  }

  /**
   * Signals every process in the container, in any session: `-1` means all that the dyno's user may signal, except the
   * container's first process. Docker's own `kill` reaches only that one, which passes the signal on to its child alone.
   */
  toAll(name: 'TERM' | 'HUP'): void {
    const command = [this.#around.ground.bash, '-c', `kill -${name} -1`];
    void this.#send(async () => {
      const status = await run(this.#container, command).catch((error: unknown) => {
        if (isUnanswered(error)) throw error;
        return null;
      });
      // The dyno is at its process limit: at least its first process gets the signal.
      if (status === null && this.#isRunning()) await this.#container.kill({ signal: `SIG${name}` });
    });
  }

  async #send(request: () => Promise<unknown>): Promise<void> {
    const { watch } = this.#around;
    while (this.#isRunning()) {
      try {
        await watch.up();
        if (this.#isRunning()) await request();
        return;
      } catch (error) {
        if (!isUnanswered(error)) return this.#onRefused();
        watch.suspect();
        await sleep(RETRY_MS);
      }
    }
  }
}
