import { appendFile, mkdir, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeRecord } from './record.ts';
import type { StoredLine } from './stored-line.ts';

interface Segment {
  readonly path: string;
  lines: number;
  /** Up to the end of the last whole record. */
  bytes: number;
}

/**
 * The history of one app on disk: append-only files named by the id of their first line. A file is closed when it holds
 * `capacity` lines, and removed when the later files hold that many: no file is ever rewritten, and at most about three
 * times the capacity is kept. Calls must not overlap.
 */
export class Segments {
  readonly #directory: string;
  readonly #capacity: number;
  #segments: Segment[] = [];
  /** The current file ends in the middle of a record: a kill interrupted a write. */
  #torn = false;

  constructor(directory: string, capacity: number) {
    this.#directory = directory;
    this.#capacity = capacity;
  }

  /** All whole lines that are not older than `sinceMs`, oldest first. */
  async load(appId: string, sinceMs: number): Promise<StoredLine[]> {
    const lines: StoredLine[] = [];
    let lastId = -1;
    for (const path of await this.#files()) {
      const content = await readFile(path);
      const bytes = content.lastIndexOf(0x0a) + 1;
      const before = lines.length;
      for (const record of content.toString('utf8', 0, bytes).split('\n')) {
        const line = decodeRecord(appId, record);
        // A write that failed half-way is repeated: what it had already stored is there twice.
        if (line === undefined || line.atMs < sinceMs || line.id <= lastId) continue;
        lines.push(line);
        lastId = line.id;
      }
      if (lines.length === before) {
        await rm(path, { force: true });
        continue;
      }
      this.#segments.push({ path, lines: lines.length - before, bytes });
      this.#torn = bytes < content.length;
    }
    await this.#removeOld();
    return lines;
  }

  /** `text` holds the records of `count` lines; the first has `firstId`. */
  async append(text: string, count: number, firstId: number): Promise<void> {
    try {
      const current = await this.#current(firstId);
      const content = Buffer.from(text);
      this.#torn = true;
      await appendFile(current.path, content, { mode: 0o600 });
      this.#torn = false;
      current.lines += count;
      current.bytes += content.length;
      await this.#removeOld();
    } catch (error) {
      // Somebody removed the directory: the next attempt starts afresh.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#forgetFiles();
      throw error;
    }
  }

  async remove(): Promise<void> {
    this.#forgetFiles();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #forgetFiles(): void {
    this.#segments = [];
    this.#torn = false;
  }

  async #files(): Promise<string[]> {
    try {
      const names = await readdir(this.#directory);
      return names
        .filter((name) => /^\d{16}\.log$/.test(name))
        .sort()
        .map((name) => join(this.#directory, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  async #current(firstId: number): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && this.#torn) {
      await truncate(last.path, last.bytes);
      this.#torn = false;
    }
    if (last !== undefined && last.lines < this.#capacity) return last;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const segment = { path: join(this.#directory, `${String(firstId).padStart(16, '0')}.log`), lines: 0, bytes: 0 };
    this.#segments.push(segment);
    return segment;
  }

  async #removeOld(): Promise<void> {
    let kept = this.#segments.reduce((sum, segment) => sum + segment.lines, 0);
    for (let oldest = this.#segments[0]; oldest !== undefined; oldest = this.#segments[0]) {
      kept -= oldest.lines;
      if (kept < this.#capacity) break;
      await rm(oldest.path, { force: true });
      this.#segments.shift();
    }
  }
}
