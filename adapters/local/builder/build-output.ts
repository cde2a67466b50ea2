import { StringDecoder } from 'node:string_decoder';

/** A longer line is passed on in pieces of this size. */
const LINE_MAX = 64 * 1024;

/** Writes a build's output in Heroku's form. Text of scripts is passed on in whole lines. */
export class BuildOutput {
  readonly #append: (text: string) => void;
  #bytesLeft: number;

  constructor(append: (text: string) => void, bytesMax: number) {
    this.#append = append;
    this.#bytesLeft = bytesMax;
  }

  /** Writes the text unchanged; past the limit a last line says that the rest is missing. */
  write(raw: string): void {
    if (this.#bytesLeft < 0) return;
    // Readers of a live stream take a NUL for a sign of life, not for output.
    const text = raw.includes('\0') ? raw.replaceAll('\0', '') : raw;
    this.#bytesLeft -= Buffer.byteLength(text);
    this.#append(this.#bytesLeft < 0 ? '\n !     Too much output: the rest of it is not shown.\n' : text);
  }

  /** `-----> Compressing...` */
  step(text: string): void {
    this.write(`-----> ${text}\n`);
  }

  /** Indented beneath its step. */
  detail(text: string): void {
    this.write(`       ${text}\n`);
  }

  problem(text: string): void {
    this.write(` !     ${text}\n`);
  }

  blank(): void {
    this.write('\n');
  }

  /** Takes a script's raw bytes. Call `end` to write a rest without a newline. */
  lines(): { readonly push: (chunk: Buffer) => void; readonly end: () => void } {
    const decoder = new StringDecoder('utf8');
    let held = '';
    const take = (text: string) => {
      held += text;
      const newline = held.lastIndexOf('\n');
      if (newline >= 0) {
        this.write(held.slice(0, newline + 1));
        held = held.slice(newline + 1);
      } else if (held.length > LINE_MAX) {
        this.write(held);
        held = '';
      }
    };
    return {
      push: (chunk) => take(decoder.write(chunk)),
      end: () => {
        take(decoder.end());
        if (held !== '') this.write(`${held}\n`);
        held = '';
      },
    };
  }
}
