import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { appendFile, rename } from 'node:fs/promises';
import type { Events } from '../../core/ports/events.ts';
import { eventView, type PublishedEvent } from '../../core/records/domain-event.ts';

const FILE_BYTES_MAX = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface LocalEventsOptions {
  /** `….jsonl`; a full file is renamed to `….1.jsonl` and replaces the previous one. */
  readonly path: string;
  readonly fileBytesMax?: number;
}

/** Writes each event as a line of JSON, for `tail -f` and other line readers. */
export class LocalEvents implements Events {
  readonly #options: LocalEventsOptions;
  #writing: Promise<void> = Promise.resolve();
  /** Undefined: the file's end is not known, because the process has just started or a write has failed. */
  #bytes: number | undefined;

  constructor(options: LocalEventsOptions) {
    this.#options = options;
  }

  publish(events: readonly PublishedEvent[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    const text = events.map((event) => `${JSON.stringify(eventView(event))}\n`).join('');
    const written = this.#writing.then(() => this.#append(text));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #append(text: string): Promise<void> {
    const { path, fileBytesMax = FILE_BYTES_MAX } = this.#options;
    const { bytes, torn } = this.#bytes === undefined ? examine(path) : { bytes: this.#bytes, torn: false };
    this.#bytes = undefined;
    const isFull = bytes >= fileBytesMax;
    if (isFull) await rename(path, path.replace(/\.jsonl$/, '.1.jsonl'));
    // Ends a line that was interrupted; otherwise the next event would be lost with it.
    const whole = torn && !isFull ? `\n${text}` : text;
    await appendFile(path, whole, { mode: 0o600 });
    this.#bytes = (isFull ? 0 : bytes) + Buffer.byteLength(whole);
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
