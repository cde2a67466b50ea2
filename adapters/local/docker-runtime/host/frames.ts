import type { Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';

/** Docker's framing of two streams in one: a byte for the stream, three unused, four for the length, then the bytes. */
const HEADER_BYTES = 8;
const STDERR = 2;

export type StreamName = 'stdout' | 'stderr';

export class FrameReader {
  readonly #onFrame: (stream: StreamName, payload: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onFrame: (stream: StreamName, payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUInt32BE(4);
      if (bytes.length < end) break;
      this.#onFrame(bytes[0] === STDERR ? 'stderr' : 'stdout', bytes.subarray(HEADER_BYTES, end));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }
}

/** The two output streams of an attached container without a terminal. Read no faster than their readers take them. */
export function outputsOf(connection: Socket): readonly [Readable, Readable] {
  const outputs = { stdout: new PassThrough(), stderr: new PassThrough() };
  const frames = new FrameReader((stream, payload) => {
    const output = outputs[stream];
    if (output.write(payload)) return;
    connection.pause();
    output.once('drain', () => connection.resume());
  });
  connection.on('data', (chunk: Buffer) => frames.push(chunk));
  connection.on('close', () => {
    outputs.stdout.end();
    outputs.stderr.end();
  });
  return [outputs.stdout, outputs.stderr];
}
