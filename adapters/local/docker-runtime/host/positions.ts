import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Lines that are logged twice when the platform is killed are those of this long before. */
const SAVE_DELAY_MS = 100;

/**
 * How far each dyno's output was handed on, as Docker's time of the last line, so that whoever takes the container over
 * goes on from there. Milliseconds since the epoch with a fraction; a double tells lines 0.3 microseconds apart.
 */
export class Positions {
  private readonly path: string;
  private readonly positions: Map<string, number>;
  private timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.path = path;
    this.positions = new Map(Object.entries(read(path)));
  }

  of(taskRef: string): number | undefined {
    return this.positions.get(taskRef);
  }

  reached(taskRef: string, atMs: number): void {
    this.positions.set(taskRef, atMs);
    this.schedule();
  }

  forget(taskRef: string): void {
    if (this.positions.delete(taskRef)) this.schedule();
  }

  /** Forgets the containers that are no more. */
  keepOnly(taskRefs: ReadonlySet<string>): void {
    for (const taskRef of [...this.positions.keys()]) if (!taskRefs.has(taskRef)) this.forget(taskRef);
  }

  save(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const making = `${this.path}.new`;
    try {
      writeFileSync(making, JSON.stringify(Object.fromEntries(this.positions)));
      renameSync(making, this.path);
    } catch {
      // A full disk must not end the host: at worst lines are logged twice after a kill.
    }
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.save(), SAVE_DELAY_MS);
  }
}

function read(path: string): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
  } catch {
    // None yet, or cut off by a crash of the machine.
    return {};
  }
}
