import type { Duplex } from 'node:stream';

const WAITING_BYTES_MAX = 64 * 1024;

/**
 * Reads what a client sends before its dyno exists. Reading also is what tells that the client left; only one who
 * sends more than fits is left unread until the dyno takes it.
 */
export class EarlyInput {
  readonly #socket: Duplex;
  #waiting: Buffer[] = [];
  #bytes = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('data', this.#keep);
    // A client that stops sending is gone: the end of its input is byte 0x04, within the stream.
    socket.on('end', () => socket.destroy());
    socket.resume();
  }

  /** From now on the dyno gets everything, first what has been waiting. */
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
