import { CR, LF } from './characters.ts';

export interface HeadLimits {
  readonly firstLineBytes: number;
  readonly lineBytes: number;
  readonly lines: number;
  /** Limits how much memory one peer can make the router use. */
  readonly totalBytes: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Ends a head that broke a limit or a line ending: no parser accepts it anywhere. */
const REFUSED = '\0';

/**
 * Collects the head of a message from any number of pieces. It only finds the end and limits the size. A head that breaks
 * a limit or a line ending is returned as far as it was read, in a form that the parser refuses, so the verdict never
 * depends on how the bytes were split.
 */
export class HeadReader {
  /** Bytes after the head that the last `push` completed. */
  rest: Buffer | undefined;
  /** The head that the last `push` returned broke a size limit. */
  oversized = false;
  readonly #limits: HeadLimits;
  #held: Buffer | undefined;
  #length = 0;
  #headStart = 0;
  #lineStart = 0;
  #scanned = 0;
  #lines = 0;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** Some of a head has arrived, but not all of it. */
  get started(): boolean {
    return this.#length > 0;
  }

  /** The head's lines, each with its CRLF, without the empty line; undefined: incomplete. */
  push(chunk: Buffer): string | undefined {
    this.rest = undefined;
    this.oversized = false;
    if (this.#length === 0) {
      // RFC 9112 2.2: one empty line before a message is ignored.
      const start = chunk[0] === CR && chunk[1] === LF ? 2 : 0;
      const end = chunk.indexOf(HEAD_END, start);
      if (end !== -1) {
        if (end > this.#limits.totalBytes) return this.#refuse(chunk, start, end, true);
        if (end + 4 < chunk.length) this.rest = chunk.subarray(end + 4);
        return chunk.toString('latin1', start, end + 2);
      }
    }
    return this.#scan(this.#hold(chunk));
  }

  #reset(): void {
    this.#held = undefined;
    this.#length = 0;
    this.#headStart = 0;
    this.#lineStart = 0;
    this.#scanned = 0;
    this.#lines = 0;
  }

  /** Grows by doubling: a head that arrives byte by byte must not cost the square of its length. */
  #hold(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length;
    let held = this.#held;
    if (held === undefined || held.length < length) {
      const larger = Buffer.allocUnsafe(Math.max(1024, length * 2));
      held?.copy(larger, 0, 0, this.#length);
      held = larger;
      this.#held = held;
    }
    chunk.copy(held, this.#length);
    this.#length = length;
    return held;
  }

  #scan(held: Buffer): string | undefined {
    const limits = this.#limits;
    const length = this.#length;
    for (;;) {
      const found = held.subarray(0, length).indexOf(LF, this.#scanned);
      const lineEnd = found === -1 ? length : found - 1;
      const lineMax = this.#lines === 0 ? limits.firstLineBytes : limits.lineBytes;
      // One more while the line is open: its CR may have arrived already.
      const tooLong = lineEnd - this.#lineStart > (found === -1 ? lineMax + 1 : lineMax);
      if (tooLong || lineEnd > limits.totalBytes || this.#lines > limits.lines + 1) {
        return this.#refuse(held, this.#headStart, length, true);
      }
      if (found === -1) {
        this.#scanned = length;
        return undefined;
      }
      if (found === this.#lineStart || held[found - 1] !== CR)
        return this.#refuse(held, this.#headStart, length, false);
      this.#scanned = found + 1;
      if (lineEnd > this.#lineStart) {
        this.#lines += 1;
      } else if (this.#lines > 0 || this.#headStart > 0) {
        if (this.#scanned < length) this.rest = Buffer.from(held.subarray(this.#scanned, length));
        const text = held.toString('latin1', this.#headStart, this.#lineStart);
        this.#reset();
        return text;
      } else {
        this.#headStart = this.#scanned;
      }
      this.#lineStart = this.#scanned;
    }
  }

  #refuse(bytes: Buffer, start: number, end: number, oversized: boolean): string {
    const text = bytes.toString('latin1', start, end);
    this.#reset();
    this.oversized = oversized;
    return text + REFUSED;
  }
}
