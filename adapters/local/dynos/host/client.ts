import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { IPty } from '@lydell/node-pty';

const END_OF_TRANSMISSION = 0x04;
/** The CLI sends 0x04 and nothing more when its input ends; in the middle of binary input more follows at once. */
const END_OF_INPUT_QUIET_MS = 50;
/** Pause before writing again to a terminal whose program does not read. */
const TERMINAL_RETRY_MS = 20;
/** node-pty discards what a paused terminal still holds when its program exits, so it is paused late. */
const TERMINAL_OUTPUT_AHEAD_BYTES = 1024 * 1024;
/** How long a client that stopped reading has to take the rest of a finished program's output. */
const LAST_OUTPUT_MS = 60_000;

/** Connects a client without a terminal to the process's three streams. */
export function joinPipes(client: Socket, stdin: Writable, outputs: readonly Readable[]): void {
  pourInput(client, stdin);
  for (const output of outputs) {
    output.on('data', (chunk: Buffer) => {
      if (client.destroyed || client.write(chunk)) return;
      for (const each of outputs) each.pause();
    });
    output.on('error', () => undefined);
  }
  const resume = () => {
    for (const output of outputs) output.resume();
  };
  client.on('drain', resume);
  // Nobody reads any more, but the process must not block on that.
  client.on('close', resume);
}

function pourInput(client: Socket, stdin: Writable): void {
  let held: NodeJS.Timeout | undefined;
  const write = (bytes: Buffer) => {
    if (bytes.length > 0 && stdin.writable && !stdin.write(bytes)) client.pause();
  };
  // A program that does not read its input closes it: the rest is dropped.
  stdin.on('error', () => client.resume());
  stdin.on('drain', () => client.resume());
  stdin.on('close', () => client.resume());
  client.on('data', (chunk: Buffer) => {
    if (held !== undefined) {
      clearTimeout(held);
      held = undefined;
      write(Buffer.of(END_OF_TRANSMISSION));
    }
    if (chunk.at(-1) !== END_OF_TRANSMISSION) return write(chunk);
    write(chunk.subarray(0, -1));
    held = setTimeout(() => stdin.end(), END_OF_INPUT_QUIET_MS);
  });
  client.on('close', () => {
    clearTimeout(held);
    stdin.end();
  });
  client.resume();
}

/** Connects a client to the process's terminal; the kernel interprets the bytes. */
export function joinTerminal(client: Socket, terminal: IPty): void {
  const input = new TerminalInput(terminal, client);
  client.on('data', (chunk: Buffer) => input.write(chunk));
  terminal.onData((chunk: string | Buffer) => {
    if (!client.destroyed && !client.write(chunk) && client.writableLength > TERMINAL_OUTPUT_AHEAD_BYTES)
      terminal.pause();
  });
  client.on('drain', () => terminal.resume());
  client.on('close', () => terminal.resume());
  client.resume();
}

/** Members of node-pty's terminal that its interface does not declare. */
type OpenTerminal = IPty & { readonly fd: number; readonly _socket: { readonly destroyed: boolean } };

/**
 * Writes to a terminal without ever blocking. node-pty's own `write` blocks the whole host until the program reads: one pasted
 * megabyte into `sleep` silenced every dyno.
 */
class TerminalInput {
  readonly #terminal: OpenTerminal;
  readonly #client: Socket;
  #rest: Buffer = Buffer.alloc(0);

  constructor(terminal: IPty, client: Socket) {
    this.#terminal = terminal as OpenTerminal;
    this.#client = client;
  }

  write(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#drain();
  }

  #drain(): void {
    // The descriptor of a closed terminal may already belong to another file.
    while (this.#rest.length > 0 && !this.#terminal._socket.destroyed) {
      try {
        this.#rest = this.#rest.subarray(writeSync(this.#terminal.fd, this.#rest));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        this.#client.pause();
        setTimeout(() => this.#drain(), TERMINAL_RETRY_MS);
        return;
      }
    }
    this.#client.resume();
  }
}

/** Ends the connection after everything written so far has reached the client. */
export function endClient(client: Socket): void {
  client.end();
  client.setTimeout(LAST_OUTPUT_MS, () => client.destroy());
}
