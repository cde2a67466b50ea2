import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { IPty } from '@lydell/node-pty';

const END_OF_TRANSMISSION = 0x04;
/** The CLI sends 0x04 and nothing more when its input has ended; in the middle of binary input more follows at once. */
const END_OF_INPUT_QUIET_MS = 50;
/** What a client that stopped reading gets to take the rest of a finished program's output. */
const LAST_OUTPUT_MS = 60_000;

/** Joins a client that has no terminal to the process's three streams. */
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
  // A program that does not read its input closes it: the rest is for nobody.
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
}

/** Joins a client to the process's terminal; what the terminal makes of the bytes is the kernel's business. */
export function joinTerminal(client: Socket, terminal: IPty): void {
  // The declared type lags behind: bytes go out as they are.
  client.on('data', (chunk: Buffer) => terminal.write(chunk as unknown as string));
  terminal.onData((chunk: string | Buffer) => {
    if (!client.destroyed && !client.write(chunk)) terminal.pause();
  });
  client.on('drain', () => terminal.resume());
  client.on('close', () => terminal.resume());
}

/** Everything written so far reaches the client before its connection ends. */
export function endClient(client: Socket): void {
  client.end();
  client.setTimeout(LAST_OUTPUT_MS, () => client.destroy());
}
