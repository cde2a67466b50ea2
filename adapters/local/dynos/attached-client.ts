import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A TLS record holds 16 KiB: a chunk of this size reaches the client in one piece. */
const CHUNK_BYTES_MAX = 16_000;
/** How long to wait for the rest of a line. */
const LINE_WAIT_MS = 5;
const NEWLINE = 0x0a;

/**
 * The process's side of an attached one-off, as a stream for the client's connection. The CLI looks for its exit marker
 * within single chunks, so output is sent in chunks that end with a line; text without a newline (a prompt) follows after
 * 5 ms.
 */
export class AttachedClient extends Duplex {
  readonly #socket: Socket;
  readonly #onLeft: () => void;
  #held: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;

  constructor(socketPath: string, taskRef: string, onLeft: () => void) {
    super({ allowHalfOpen: true });
    this.#onLeft = onLeft;
    this.#socket = connect(socketPath);
    this.#socket.write(`${taskRef}\n`);
    this.#socket.on('data', (chunk: Buffer) => this.#received(chunk));
    this.#socket.on('end', () => {
      this.#flush();
      this.push(null);
    });
    // The host is gone, and the process with it.
    this.#socket.on('error', () => this.destroy());
    this.#socket.on('close', () => this.#destroyAfterRead());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#socket.destroyed) done();
    else this.#socket.write(chunk, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#onLeft();
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#onLeft();
    this.#socket.destroy();
    done(error);
  }

  #received(chunk: Buffer): void {
    clearTimeout(this.#timer);
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (this.#held.length > CHUNK_BYTES_MAX) {
      const line = this.#held.lastIndexOf(NEWLINE, CHUNK_BYTES_MAX - 1);
      this.#pushFirst(line === -1 ? CHUNK_BYTES_MAX : line + 1);
    }
    if (this.#held.at(-1) === NEWLINE) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), LINE_WAIT_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    if (this.#held.length > 0) this.#pushFirst(this.#held.length);
  }

  #pushFirst(length: number): void {
    const first = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    if (!this.push(first)) this.#socket.pause();
  }

  #destroyAfterRead(): void {
    if (this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
  }
}
