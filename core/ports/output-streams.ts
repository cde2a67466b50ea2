/** Append-only byte streams with any number of readers while they grow: build and release output. */
export interface OutputStreams {
  append(streamId: string, text: string): void;
  /** No more will be appended; resolves when all of it is durable. Idempotent. */
  end(streamId: string): Promise<void>;
  /** Undefined if nothing was ever appended. Ends when the stream has ended; `offset` in bytes. */
  read(streamId: string, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array> | undefined;
  remove(streamId: string): Promise<void>;
}
