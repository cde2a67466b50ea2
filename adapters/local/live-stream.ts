import { closeSync, fstatSync, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** UTF-16 units that are encoded and written in one go. */
const WRITE_LENGTH = 256 * 1024;
/** Limits the disk space, and the memory of a stream whose disk is slower than its writer. */
export const STREAM_BYTES_MAX = 300 * 1000 * 1000;
export const TRUNCATION_NOTICE = '\n !     Output is longer than 300 MB: the rest was dropped.\n';
const RETRY_MS = 500;
const RETRIES_AFTER_END = 4;

/** The growing file of one output stream: collects appends, writes them in the background and wakes readers. */
export class LiveStream {
  readonly #path: string;
  readonly #onError: (error: unknown) => void;
  readonly #readers = new Set<() => void>();
  #pending: string[] = [];
  #acceptedBytes: number;
  #writtenBytes: number;
  #handle: FileHandle | undefined;
  #flushing: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #ended = false;
  #full = false;
  #abandoned = false;

  /** Creates the file at once: from the first append on, the stream can be read. */
  constructor(path: string, onError: (error: unknown) => void) {
    this.#path = path;
    this.#onError = onError;
    const descriptor = openSync(path, 'a', 0o600);
    this.#writtenBytes = fstatSync(descriptor).size;
    closeSync(descriptor);
    this.#acceptedBytes = this.#writtenBytes;
    this.#full = this.#acceptedBytes > STREAM_BYTES_MAX;
  }

  /** How much readers can see so far. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  append(text: string): void {
    if (this.#full || this.#abandoned || this.#ending !== undefined) return;
    this.#acceptedBytes += Buffer.byteLength(text);
    // Heroku drops the oldest output instead; a file cannot lose its beginning, and offsets must stay valid.
    this.#full = this.#acceptedBytes > STREAM_BYTES_MAX;
    this.#pending.push(this.#full ? TRUNCATION_NOTICE : text);
    this.#flushing ??= this.#flush();
  }

  /** Resolves when everything is on disk and `move` has moved the file to the ended streams. */
  async end(move: () => Promise<void>): Promise<void> {
    this.#ending ??= this.#finish(move);
    try {
      await this.#ending;
    } catch (error) {
      this.#ending = undefined;
      throw error;
    }
  }

  /** Stops writing; the file is about to be removed. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.#pending = [];
    await this.#ending;
    await this.#flushing;
    await this.#handle?.close();
    this.#handle = undefined;
    this.#ended = true;
    this.#wake();
  }

  /** Resolves when there is more to read, at the end, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#readers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#readers.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }

  #wake(): void {
    for (const wake of [...this.#readers]) wake();
  }

  async #finish(move: () => Promise<void>): Promise<void> {
    await this.#flushing;
    try {
      this.#handle ??= await open(this.#path, 'a');
      await this.#handle.datasync();
    } catch (error) {
      // Some output is lost; readers must still see the end.
      this.#onError(error);
    }
    await this.#handle?.close();
    this.#handle = undefined;
    await move();
    this.#ended = true;
    this.#wake();
  }

  async #flush(): Promise<void> {
    // One write takes everything that was appended in this turn of the event loop, and during the previous write.
    await nextTurn();
    let retries = 0;
    while (this.#pending.length > 0) {
      const batch = this.#takeBatch();
      let start = 0;
      while (start < batch.byteLength) {
        try {
          this.#handle ??= await open(this.#path, 'a', 0o600);
          const { bytesWritten } = await this.#handle.write(batch, start);
          start += bytesWritten;
          retries = 0;
        } catch (error) {
          // Usually a full disk: keep the output and try again, but do not hold up an end forever.
          if (retries === 0) this.#onError(error);
          retries += 1;
          if (this.#abandoned || (this.#ending !== undefined && retries > RETRIES_AFTER_END)) {
            this.#pending = [];
            break;
          }
          await pause(RETRY_MS, undefined, { ref: false });
        }
      }
      this.#writtenBytes += start;
      this.#wake();
    }
    this.#flushing = undefined;
  }

  #takeBatch(): Uint8Array {
    let length = 0;
    let count = 0;
    for (const text of this.#pending) {
      if (count > 0 && length + text.length > WRITE_LENGTH) break;
      length += text.length;
      count += 1;
    }
    return Buffer.from(this.#pending.splice(0, count).join(''));
  }
}
