import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutputStreams } from '../../core/ports/output-streams.ts';
import type { Problems } from '../../core/ports/problems.ts';
import { LiveStream } from './live-stream.ts';

const STREAM_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const READ_BYTES = 64 * 1024;

export interface LocalOutputStreamsOptions {
  readonly directory: string;
  readonly problems: Problems;
}

/**
 * One append-only file per stream, in `open/` while it may grow and moved to `ended/` at its end. The end is one atomic step,
 * and at start `open/` has the streams that a killed platform left.
 */
export class LocalOutputStreams implements OutputStreams {
  readonly #open: string;
  readonly #ended: string;
  readonly #problems: Problems;
  /** Streams that grow in this process. */
  readonly #live = new Map<string, LiveStream>();

  constructor({ directory, problems }: LocalOutputStreamsOptions) {
    this.#open = join(directory, 'open');
    this.#ended = join(directory, 'ended');
    this.#problems = problems;
    mkdirSync(this.#open, { recursive: true, mode: 0o700 });
    mkdirSync(this.#ended, { recursive: true, mode: 0o700 });
  }

  append(streamId: string, text: string): void {
    if (!STREAM_ID.test(streamId)) throw new Error(`not a stream id: ${JSON.stringify(streamId)}`);
    if (text === '') return;
    let live = this.#live.get(streamId);
    if (live === undefined) {
      // Late output of something cancelled must not reopen a stream that its readers have seen end.
      if (existsSync(join(this.#ended, streamId))) return;
      try {
        live = this.#begin(streamId);
      } catch (error) {
        // A full disk or too many open files: the writer must not fail because of it.
        this.#failed(streamId, error);
        return;
      }
    }
    live.append(text);
  }

  async end(streamId: string): Promise<void> {
    const live = this.#live.get(streamId) ?? (this.#isOpen(streamId) ? this.#begin(streamId) : undefined);
    if (live === undefined) return;
    await live.end(async () => {
      await rename(join(this.#open, streamId), join(this.#ended, streamId));
      await syncDirectory(this.#ended);
    });
    this.#live.delete(streamId);
  }

  read(streamId: string, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array> | undefined {
    const live = this.#live.get(streamId);
    if (live !== undefined) return this.#read(streamId, live, offset, signal);
    // Left open by an earlier run of the platform: readers wait for `endInterrupted`, or for more.
    if (this.#isOpen(streamId)) return this.#read(streamId, this.#begin(streamId), offset, signal);
    if (!STREAM_ID.test(streamId) || !existsSync(join(this.#ended, streamId))) return undefined;
    return this.#read(streamId, undefined, offset, signal);
  }

  async remove(streamId: string): Promise<void> {
    if (!STREAM_ID.test(streamId)) return;
    await this.#live.get(streamId)?.abandon();
    this.#live.delete(streamId);
    await rm(join(this.#open, streamId), { force: true });
    await rm(join(this.#ended, streamId), { force: true });
  }

  /**
   * Ends every open stream: for the start, before anything appends. `growing` are those of programs that outlived the last
   * platform. Resolves with the ids of the ended ones.
   */
  async endInterrupted(growing: ReadonlySet<string> = new Set()): Promise<readonly string[]> {
    const interrupted = readdirSync(this.#open).filter((streamId) => !growing.has(streamId));
    await Promise.all(interrupted.map((streamId) => this.end(streamId)));
    return interrupted;
  }

  #isOpen(streamId: string): boolean {
    return STREAM_ID.test(streamId) && existsSync(join(this.#open, streamId));
  }

  #begin(streamId: string): LiveStream {
    const live = new LiveStream(join(this.#open, streamId), (error) => this.#failed(streamId, error));
    this.#live.set(streamId, live);
    return live;
  }

  /** A full disk, for example; writing is retried. */
  #failed(streamId: string, error: unknown): void {
    this.#problems.report(`could not write the output ${streamId}`, error);
  }

  /** `live` is undefined for a stream that has ended. */
  async *#read(
    streamId: string,
    live: LiveStream | undefined,
    offset: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    let position = offset;
    let handle: FileHandle | undefined;
    try {
      while (!signal.aborted) {
        const endPosition = live?.writtenBytes ?? Number.POSITIVE_INFINITY;
        if (position < endPosition) {
          handle ??= await this.#openToRead(streamId);
          const chunk = handle && (await readAt(handle, position, endPosition));
          if (!chunk?.byteLength) return;
          position += chunk.byteLength;
          yield chunk;
        } else if (live === undefined || live.ended) return;
        else await live.changed(signal);
      }
    } finally {
      await handle?.close();
    }
  }

  /** Undefined: removed meanwhile. */
  async #openToRead(streamId: string): Promise<FileHandle | undefined> {
    for (const directory of [this.#open, this.#ended]) {
      try {
        return await open(join(directory, streamId), 'r');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return undefined;
  }
}

async function readAt(handle: FileHandle, position: number, endPosition: number): Promise<Uint8Array> {
  const length = Math.min(READ_BYTES, endPosition - position);
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
