import { StringDecoder } from 'node:string_decoder';
import type { Blobs } from '../../core/ports/blobs.ts';
import type { OutputStreams } from '../../core/ports/output-streams.ts';
import type { Problems } from '../../core/ports/problems.ts';

export const outputBlobKey = (streamId: string): string => `outputs/${streamId}`;
/** The first part of an output whose task ended before the output did. */
const partBlobKey = (streamId: string): string => `outputs/${streamId}.part`;

/** Removes all that the archive has of an output. The platform's functions also use it when they delete an app. */
export async function removeArchivedOutput(archive: Pick<Blobs, 'remove'>, streamId: string): Promise<void> {
  await Promise.all([outputBlobKey(streamId), partBlobKey(streamId)].map((key) => archive.remove(key)));
}

/** How many ended streams are remembered; for others the archive is asked. */
const ENDED_MAX = 10_000;
/** How much text waits for the archive's answer. */
const WAITING_LENGTH_MAX = 1024 * 1024;

export interface ArchivedStreamsOptions {
  /** On this task's own disk. */
  readonly live: OutputStreams;
  readonly archive: Blobs;
  readonly maxBytes: number;
  readonly problems: Problems;
}

type State =
  | { readonly kind: 'asking'; waiting: string[]; length: number; readonly asked: Promise<void> }
  | { readonly kind: 'live' };

/**
 * Output grows on this task's disk, and is moved to the archive when it has ended: later tasks serve it from there.
 */
export class ArchivedOutputStreams implements OutputStreams {
  readonly #options: ArchivedStreamsOptions;
  readonly #states = new Map<string, State>();
  readonly #ended = new Set<string>();

  constructor(options: ArchivedStreamsOptions) {
    this.#options = options;
  }

  append(streamId: string, text: string): void {
    if (text === '' || this.#ended.has(streamId)) return;
    const state = this.#states.get(streamId) ?? this.#ask(streamId);
    if (state.kind === 'live') this.#options.live.append(streamId, text);
    else if (state.length + text.length <= WAITING_LENGTH_MAX) {
      state.waiting.push(text);
      state.length += text.length;
    }
  }

  async end(streamId: string): Promise<void> {
    if (this.#ended.has(streamId)) return;
    const state = this.#states.get(streamId) ?? this.#ask(streamId);
    if (state.kind === 'asking') await state.asked;
    if (this.#ended.has(streamId)) return;
    await this.#options.live.end(streamId);
    await this.#archive(streamId, outputBlobKey(streamId));
    this.#states.delete(streamId);
    this.#noteEnded(streamId);
  }

  read(streamId: string, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array> | undefined {
    return this.#options.live.read(streamId, offset, signal);
  }

  /** Like `read`, but also finds streams that ended in an earlier task. */
  async find(streamId: string, offset: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    const state = this.#states.get(streamId);
    if (state?.kind === 'asking') await state.asked;
    const live = this.#options.live.read(streamId, offset, signal);
    if (live !== undefined) return live;
    const archived = await this.#options.archive.get(outputBlobKey(streamId));
    return archived === undefined ? undefined : from(archived, offset, signal);
  }

  async remove(streamId: string): Promise<void> {
    this.#states.delete(streamId);
    await this.#options.live.remove(streamId);
    await removeArchivedOutput(this.#options.archive, streamId);
  }

  /** The task stops and its readers have left: archives unfinished output for the next task to continue. */
  async close(): Promise<void> {
    const growing = [...this.#states];
    await Promise.all(
      growing.map(async ([streamId, state]) => {
        if (state.kind === 'asking') await state.asked;
        await this.#options.live.end(streamId);
        await this.#archive(streamId, partBlobKey(streamId));
      }),
    );
  }

  /** Asks the archive first: late output of a build must not reopen a stream that has ended, perhaps in another task. */
  #ask(streamId: string): State {
    const asked = this.#begin(streamId)
      .catch((error: unknown) => {
        this.#options.problems.report('could not read the archive of outputs', error);
        return true;
      })
      .then((grows) => {
        this.#states.delete(streamId);
        if (!grows) return this.#noteEnded(streamId);
        this.#states.set(streamId, { kind: 'live' });
        for (const text of state.waiting) this.#options.live.append(streamId, text);
      });
    const state = { kind: 'asking' as const, waiting: [] as string[], length: 0, asked };
    this.#states.set(streamId, state);
    return state;
  }

  /** False: the stream has ended. Otherwise an earlier task's part of it is now on this task's disk. */
  async #begin(streamId: string): Promise<boolean> {
    const { live, archive } = this.#options;
    if ((await archive.size(outputBlobKey(streamId))) !== undefined) return false;
    const part = await archive.get(partBlobKey(streamId));
    if (part === undefined) return true;
    const decoder = new StringDecoder('utf8');
    for await (const chunk of part) live.append(streamId, decoder.write(Buffer.from(chunk)));
    await archive.remove(partBlobKey(streamId));
    return true;
  }

  async #archive(streamId: string, key: string): Promise<void> {
    const { live, archive, maxBytes, problems } = this.#options;
    const content = live.read(streamId, 0, new AbortController().signal);
    if (content === undefined) return;
    try {
      await archive.put(key, content, maxBytes);
    } catch (error) {
      // It is still on this task's disk.
      problems.report('could not archive an output; it stays on the disk of this task', error);
    }
  }

  #noteEnded(streamId: string): void {
    this.#ended.add(streamId);
    if (this.#ended.size > ENDED_MAX) this.#ended.delete(this.#ended.values().next().value ?? streamId);
  }
}

async function* from(
  content: AsyncIterable<Uint8Array>,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of content) {
    if (signal.aborted) return;
    const start = Math.max(0, offset - position);
    position += chunk.byteLength;
    if (start < chunk.byteLength) yield chunk.subarray(start);
  }
}
