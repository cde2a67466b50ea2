/** Bytes of one value. fluent-bit's chunks are about 2 MB, lines of Docker 16 KiB. */
export const VALUE_BYTES_MAX = 4 * 1024 * 1024;
/** A record is at depth three of its message; deeper nesting is an attempt to exhaust the decoder. */
const DEPTH_MAX = 8;
const FIRST_CAPACITY = 16 * 1024;

/** Not MessagePack, or larger or deeper than anything that our senders send. */
export class BadMessagePack extends Error {
  override readonly name = 'BadMessagePack';
}

/**
 * Splits a byte stream into whole MessagePack values. It reads lengths only, each byte once however the stream is split,
 * so the decoder never sees a value that claims more than it holds.
 */
export class MessagePackValues {
  #buffer = Buffer.alloc(0);
  #length = 0;
  /** How far the buffer was read. */
  #at = 0;
  /** For each open array or map, outermost first: how many values are still to come. */
  #open: number[] = [];

  /** Returns the values that this chunk completes, as copies that stay valid. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#append(chunk);
    const values: Uint8Array[] = [];
    let start = 0;
    while (this.#advance(start)) {
      values.push(Uint8Array.prototype.slice.call(this.#buffer, start, this.#at));
      start = this.#at;
    }
    // Once per chunk: moving the rest after each of thousands of values would take longer than reading them.
    this.#buffer.copyWithin(0, start, this.#length);
    this.#length -= start;
    this.#at -= start;
    return values;
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, length, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  /** True: the value that begins at `start` ends at `#at`. */
  #advance(start: number): boolean {
    for (;;) {
      const head = this.#head();
      if (head === undefined) return false;
      if (this.#at + head.bytes - start > VALUE_BYTES_MAX) throw new BadMessagePack('a value is too large');
      if (this.#at + head.bytes > this.#length) return false;
      this.#at += head.bytes;
      if (head.values > 0) {
        if (this.#open.length >= DEPTH_MAX) throw new BadMessagePack('a value is nested too deeply');
        this.#open.push(head.values);
        continue;
      }
      while (this.#open.length > 0) {
        const left = (this.#open.pop() as number) - 1;
        if (left > 0) {
          this.#open.push(left);
          break;
        }
      }
      if (this.#open.length === 0) return true;
    }
  }

  /** What the byte at `#at` announces: its bytes with payload, and the values within. Undefined: its length has not arrived yet. */
  #head(): { readonly bytes: number; readonly values: number } | undefined {
    if (this.#at >= this.#length) return undefined;
    const type = this.#buffer[this.#at] as number;
    if (type <= 0x7f || type >= 0xe0) return scalar(1);
    if (type <= 0x8f) return { bytes: 1, values: 2 * (type & 0x0f) };
    if (type <= 0x9f) return { bytes: 1, values: type & 0x0f };
    if (type <= 0xbf) return scalar(1 + (type & 0x1f));
    const fixed = FIXED_BYTES[type];
    if (fixed !== undefined) return scalar(fixed);
    const sized = SIZED[type];
    if (sized === undefined) throw new BadMessagePack('not a type of MessagePack');
    const { lengthBytes, extra, each } = sized;
    if (this.#at + 1 + lengthBytes > this.#length) return undefined;
    const size = this.#buffer.readUIntBE(this.#at + 1, lengthBytes);
    const bytes = 1 + lengthBytes + extra;
    return each === 0 ? scalar(bytes + size) : { bytes, values: each * size };
  }
}

const scalar = (bytes: number) => ({ bytes, values: 0 });

/** nil, booleans, numbers, and extensions of a fixed size; 0xc1 is never used. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  192: 1,
  194: 1,
  195: 1,
  202: 5,
  203: 9,
  204: 2,
  205: 3,
  206: 5,
  207: 9,
  208: 2,
  209: 3,
  210: 5,
  211: 9,
  212: 3,
  213: 4,
  214: 6,
  215: 10,
  216: 18,
};

interface Sized {
  readonly lengthBytes: 1 | 2 | 4;
  /** The type of an extension. */
  readonly extra: 0 | 1;
  /** Values per unit of length; 0: the length is in bytes. */
  readonly each: 0 | 1 | 2;
}

/** bin, ext, str, array and map with a length of their own. */
const SIZED: Readonly<Record<number, Sized>> = {
  196: { lengthBytes: 1, extra: 0, each: 0 },
  197: { lengthBytes: 2, extra: 0, each: 0 },
  198: { lengthBytes: 4, extra: 0, each: 0 },
  199: { lengthBytes: 1, extra: 1, each: 0 },
  200: { lengthBytes: 2, extra: 1, each: 0 },
  201: { lengthBytes: 4, extra: 1, each: 0 },
  217: { lengthBytes: 1, extra: 0, each: 0 },
  218: { lengthBytes: 2, extra: 0, each: 0 },
  219: { lengthBytes: 4, extra: 0, each: 0 },
  220: { lengthBytes: 2, extra: 0, each: 1 },
  221: { lengthBytes: 4, extra: 0, each: 1 },
  222: { lengthBytes: 2, extra: 0, each: 2 },
  223: { lengthBytes: 4, extra: 0, each: 2 },
};
