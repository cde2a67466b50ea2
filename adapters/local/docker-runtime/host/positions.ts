import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A kill of the platform may log the lines of this long before it twice. */
const SAVE_DELAY_MS = 100;

/**
 * How far each dyno's output was passed on, as Docker's time of the last line, so that the next host resumes there.
 * Milliseconds since the epoch with a fraction; a double distinguishes lines 0.3 microseconds apart.
 */
export class Positions {
  readonly #path: string;
  readonly #positions: Map<string, number>;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#positions = new Map(Object.entries(read(path)));
  }

  of(taskRef: string): number | undefined {
    return this.#positions.get(taskRef);
  }

  reached(taskRef: string, atMs: number): void {
    this.#positions.set(taskRef, atMs);
    this.#schedule();
  }

  forget(taskRef: string): void {
    if (this.#positions.delete(taskRef)) this.#schedule();
  }

  /** Forgets all other containers. */
  keepOnly(taskRefs: ReadonlySet<string>): void {
    for (const taskRef of [...this.#positions.keys()]) if (!taskRefs.has(taskRef)) this.forget(taskRef);
  }

  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const making = `${this.#path}.new`;
    try {
      writeFileSync(making, JSON.stringify(Object.fromEntries(this.#positions)));
      renameSync(making, this.#path);
    } catch {
      // A full disk must not end the host: at worst lines are logged twice after a kill.
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.save(), SAVE_DELAY_MS);
  }
}

function read(path: string): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
  } catch {
    // Not written yet, or cut off by a crash of the machine.
    return {};
  }
}
