import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { copyTree, type Trash } from './trees.ts';

/** A smaller copy takes less than 20 ms, so a spare would only take space. */
const WORTH_A_SPARE_ENTRIES = 500;
/** A spare is made after this long without a start: it must not compete with dynos that boot. */
const QUIET_MS = 2_000;
const SLUGS_WITH_SPARE_MAX = 20;

/**
 * A spare copy of each large slug in use, so that replacing a dyno takes a rename instead of a copy of thousands of files
 * (5,000: 0.2 s, 30,000: 3 s and more).
 */
export class Spares {
  readonly #directory: string;
  readonly #trash: Trash;
  readonly #ready = new Map<string, string>();
  readonly #wanted = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #made = 0;

  constructor(directory: string, trash: Trash) {
    this.#directory = directory;
    this.#trash = trash;
  }

  /** Puts a fresh copy of `slugDirectory` at `target`. */
  async take(slugDirectory: string, entries: number, target: string): Promise<void> {
    if (entries < WORTH_A_SPARE_ENTRIES) return copyTree(slugDirectory, target, entries);
    const spare = this.#ready.get(slugDirectory);
    this.#ready.delete(slugDirectory);
    // The latest slug counts as the most wanted.
    this.#wanted.delete(slugDirectory);
    this.#wanted.set(slugDirectory, entries);
    this.#schedule();
    if (spare === undefined) await copyTree(slugDirectory, target, entries);
    else await rename(spare, target);
  }

  /** Stops making spares. */
  close(): void {
    clearTimeout(this.#timer);
    this.#wanted.clear();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#make(), QUIET_MS);
  }

  async #make(): Promise<void> {
    for (const oldest of [...this.#wanted.keys()].slice(0, -SLUGS_WITH_SPARE_MAX)) {
      this.#wanted.delete(oldest);
      const spare = this.#ready.get(oldest);
      this.#ready.delete(oldest);
      if (spare !== undefined) await this.#trash.throwAway(spare);
    }
    const next = [...this.#wanted].find(([slugDirectory]) => !this.#ready.has(slugDirectory));
    if (next === undefined) return;
    const [slugDirectory, entries] = next;
    this.#made += 1;
    const path = join(this.#directory, `spare-${this.#made}`);
    try {
      await copyTree(slugDirectory, path, entries);
      if (this.#wanted.has(slugDirectory) && !this.#ready.has(slugDirectory)) this.#ready.set(slugDirectory, path);
      else await this.#trash.throwAway(path);
      this.#schedule();
    } catch {
      // No room, or the slug left the cache: starts then copy for themselves, and report the error.
      this.#wanted.delete(slugDirectory);
      await this.#trash.throwAway(path);
    }
  }
}
