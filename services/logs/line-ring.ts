import { matchesFilter } from '../../core/log/filter.ts';
import type { LogFilter } from '../../core/records/log-line.ts';
import type { StoredLine } from './stored-line.ts';

/** The newest lines of one app; a new line replaces the oldest. */
export class LineRing {
  readonly #capacity: number;
  #lines: StoredLine[] = [];
  #oldest = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(line: StoredLine): void {
    if (this.#lines.length < this.#capacity) {
      this.#lines.push(line);
      return;
    }
    this.#lines[this.#oldest] = line;
    this.#oldest = this.#oldest + 1 === this.#capacity ? 0 : this.#oldest + 1;
  }

  /** Oldest first. */
  all(): StoredLine[] {
    return [...this.#lines.slice(this.#oldest), ...this.#lines.slice(0, this.#oldest)];
  }

  /** Lines with a greater id, oldest first. */
  after(id: number): StoredLine[] {
    const lines: StoredLine[] = [];
    for (let back = 1; back <= this.#lines.length; back += 1) {
      const line = this.#fromEnd(back);
      if (line.id <= id) break;
      lines.push(line);
    }
    return lines.reverse();
  }

  /** The newest `count` matching lines that are not older than `sinceMs`, oldest first. */
  newest(count: number, filter: LogFilter, sinceMs: number): StoredLine[] {
    const lines: StoredLine[] = [];
    for (let back = 1; back <= this.#lines.length && lines.length < count; back += 1) {
      const line = this.#fromEnd(back);
      if (line.atMs >= sinceMs && matchesFilter(line, filter)) lines.push(line);
    }
    return lines.reverse();
  }

  replaceAll(lines: readonly StoredLine[]): void {
    this.#lines = lines.slice(-this.#capacity);
    this.#oldest = 0;
  }

  #fromEnd(back: number): StoredLine {
    const length = this.#lines.length;
    return this.#lines[(this.#oldest + length - back) % length] as StoredLine;
  }
}
