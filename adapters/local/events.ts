import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { appendFile, rename } from 'node:fs/promises';
import type { Events } from '../../core/ports/events.ts';
import type { Problems } from '../../core/ports/problems.ts';
import { type DomainEvent, eventView } from '../../core/records/domain-event.ts';

const FILE_BYTES_MAX = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface LocalEventsOptions {
  /** `….jsonl`; a full file is renamed to `….1.jsonl` and replaces the previous one. */
  readonly path: string;
  readonly problems: Problems;
  readonly fileBytesMax?: number;
}

/** Writes each event as a line of JSON, for `tail -f` and other line readers. */
export class LocalEvents implements Events {
  readonly #options: LocalEventsOptions;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #bytes: number;

  constructor(options: LocalEventsOptions) {
    this.#options = options;
    const { bytes, torn } = examine(options.path);
    this.#bytes = bytes;
    // Ends a line that a crash interrupted; otherwise the next event would be lost with it.
    if (torn) this.#waiting.push('\n');
  }

  publish(events: readonly DomainEvent[]): void {
    if (events.length === 0) return;
    for (const event of events) this.#waiting.push(`${JSON.stringify(eventView(event))}\n`);
    this.#writing ??= this.#write();
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('');
      this.#waiting = [];
      try {
        await this.#append(text);
      } catch (error) {
        this.#options.problems.report('could not write events', error);
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    const { path, fileBytesMax = FILE_BYTES_MAX } = this.#options;
    if (this.#bytes >= fileBytesMax) {
      await rename(path, path.replace(/\.jsonl$/, '.1.jsonl'));
      this.#bytes = 0;
    }
    await appendFile(path, text, { mode: 0o600 });
    this.#bytes += Buffer.byteLength(text);
  }
}

function examine(path: string): { readonly bytes: number; readonly torn: boolean } {
  if (!existsSync(path)) return { bytes: 0, torn: false };
  const file = openSync(path, 'r');
  try {
    const bytes = fstatSync(file).size;
    const last = Buffer.alloc(1);
    return { bytes, torn: bytes > 0 && readSync(file, last, 0, 1, bytes - 1) === 1 && last[0] !== NEWLINE };
  } finally {
    closeSync(file);
  }
}
