import type { Writable } from 'node:stream';

/** Prints lines until the reader closes the output: `| head` ends the output, not the command with an error. */
export function printer(output: Writable): (line: string) => void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return (line) => {
    if (!output.destroyed) output.write(`${line}\n`);
  };
}
