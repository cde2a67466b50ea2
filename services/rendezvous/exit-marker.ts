/** With `run --exit-code` the dyno prints this and the status. The CLI finds it only when one chunk contains all of it. */
const MARKER = Buffer.from('\uffff heroku-command-exit-status: ');
const MARK = MARKER.subarray(0, 3);
const LINE_FEED = 0x0a;
/** The marker, a status of three digits and the end of the line. */
const MARKED_LINE_BYTES_MAX = MARKER.length + 5;

/** Splits output so that an exit marker begins a piece and is whole in it; all bytes pass, in order. */
export class ExitMarkers {
  #held: Buffer = Buffer.alloc(0);

  /** Holds back the beginning of a marker until the rest of its line has arrived. */
  split(chunk: Buffer): Buffer[] {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    const start = markerStart(bytes);
    if (start === -1) return [bytes];
    const before = start === 0 ? [] : [bytes.subarray(0, start)];
    const marked = bytes.subarray(start);
    if (marked.includes(LINE_FEED) || marked.length >= MARKED_LINE_BYTES_MAX) return [...before, marked];
    this.#held = marked;
    return before;
  }

  /** What is still held back when the output has ended. */
  rest(): Buffer {
    return this.#held;
  }
}

/** Where the last marker begins, or the start of a possible one at the very end. */
function markerStart(bytes: Buffer): number {
  const whole = bytes.lastIndexOf(MARKER);
  if (whole !== -1) return whole;
  const tail = bytes.subarray(Math.max(0, bytes.length - MARKER.length + 1));
  for (let start = tail.indexOf(MARK[0] as number); start !== -1; start = tail.indexOf(MARK[0] as number, start + 1)) {
    if (tail.subarray(start).equals(MARKER.subarray(0, tail.length - start))) return bytes.length - tail.length + start;
  }
  return -1;
}
