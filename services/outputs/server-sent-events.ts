/**
 * Encodes a byte stream as server-sent events. Each event's id is the byte offset after it, so `Last-Event-ID` resumes
 * exactly. An event never ends inside a character. The format cannot carry a carriage return: it becomes a line feed, and
 * "\r\n" one line feed.
 */
export class ServerSentEvents {
  #offset: number;
  #rest: Uint8Array = new Uint8Array();

  constructor(offset: number) {
    this.#offset = offset;
  }

  /** Returns an empty string until a complete character has arrived. */
  push(chunk: Uint8Array): string {
    const bytes = this.#rest.byteLength === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const length = completeLength(bytes);
    this.#rest = bytes.subarray(length);
    return this.#event(bytes.subarray(0, length));
  }

  /** Returns the rest of a stream that ended in the middle of a character. */
  end(): string {
    return this.#event(this.#rest);
  }

  #event(bytes: Uint8Array): string {
    if (bytes.byteLength === 0) return '';
    this.#offset += bytes.byteLength;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    // Readers join the `data` lines of an event with line feeds: this reproduces the text with its last line feed.
    const data = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
    return `id: ${this.#offset}\n${data.join('')}\n`;
  }
}

/** Bytes up to the last complete UTF-8 character, and before a final carriage return, whose line feed may follow. */
function completeLength(bytes: Uint8Array): number {
  const end = bytes.byteLength;
  if (bytes[end - 1] === 0x0d) return end - 1;
  for (let back = 1; back <= Math.min(3, end); back++) {
    const byte = bytes[end - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return size > back ? end - back : end;
  }
  return end;
}
