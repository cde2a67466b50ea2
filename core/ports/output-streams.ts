/** Append-only byte streams that many may read while they grow: build and release output. */
export interface OutputStreams {
  append(streamId: string, text: string): void;
  /** No more will come; waits until all of it is durable. Idempotent. */
  end(streamId: string): Promise<void>;
  /** Undefined when nothing was ever appended. Ends when the stream has ended; `offset` in bytes. */
  read(streamId: string, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array> | undefined;
  remove(streamId: string): Promise<void>;
}
