/** Heroku cuts longer lines (Dev Center: Limits, Logging). */
export const LINE_BYTES_MAX = 10_000;

const NEWLINE = 0x0a;

/** Splits one stream of bytes into lines, never inside a UTF-8 character. Holds back at most one line. */
export class LineSplitter {
  readonly #onLine: (line: Buffer) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(onLine: (line: Buffer) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#take(chunk.subarray(start, end));
      this.#onLine(this.#release());
      start = end + 1;
    }
    if (start < chunk.length) this.#take(chunk.subarray(start));
  }

  /** The stream has ended: a last line without a newline counts too. */
  end(): void {
    if (this.#heldBytes > 0) this.#onLine(this.#release());
  }

  #take(piece: Buffer): void {
    let rest = piece;
    while (this.#heldBytes + rest.length > LINE_BYTES_MAX) {
      // Joined before it is cut, because the character at the cut may have begun in an earlier chunk.
      const whole = this.#heldBytes === 0 ? rest : Buffer.concat([...this.#held, rest.subarray(0, LINE_BYTES_MAX)]);
      const cut = characterBoundary(whole, LINE_BYTES_MAX);
      this.#onLine(whole.subarray(0, cut));
      rest = this.#heldBytes === 0 ? rest.subarray(cut) : rest.subarray(Math.max(0, cut - this.#heldBytes));
      const left = cut < this.#heldBytes ? whole.subarray(cut, this.#heldBytes) : undefined;
      this.#held = left === undefined ? [] : [left];
      this.#heldBytes = left === undefined ? 0 : left.length;
    }
    if (rest.length === 0) return;
    this.#held.push(rest);
    this.#heldBytes += rest.length;
  }

  #release(): Buffer {
    const line = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return line;
  }
}

/** The last position at or before `at` that does not split a character; `at` itself if the bytes are not UTF-8. */
function characterBoundary(bytes: Buffer, at: number): number {
  for (let back = 0; back < 4; back += 1) {
    if (((bytes[at - back] ?? 0) & 0xc0) !== 0x80) return at - back;
  }
  return at;
}
