import type { Duplex } from 'node:stream';

const WAITING_BYTES_MAX = 64 * 1024;

/**
 * Reads what a client sends before its dyno exists. Reading also shows when the client leaves. A client that sends more
 * than fits is not read until the dyno takes its input.
 */
export class EarlyInput {
  readonly #socket: Duplex;
  #waiting: Buffer[] = [];
  #bytes = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('data', this.#keep);
    // A client that ends its stream is gone: the end of its input is byte 0x04 within the stream.
    socket.on('end', () => socket.destroy());
    socket.resume();
  }

  /** Sends everything to the dyno from now on, first what has been waiting. */
  pipe(dyno: Duplex): void {
    this.#socket.off('data', this.#keep);
    for (const chunk of this.#waiting) dyno.write(chunk);
    this.#waiting = [];
    this.#socket.pipe(dyno, { end: false });
  }

  readonly #keep = (chunk: Buffer) => {
    this.#waiting.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= WAITING_BYTES_MAX) this.#socket.pause();
  };
}
