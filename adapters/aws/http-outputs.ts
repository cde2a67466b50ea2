import type { Blobs } from '../../core/ports/blobs.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { OutputStreams } from '../../core/ports/output-streams.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { HOUR_MS } from '../../core/time.ts';
import { APPEND_PURPOSE, END_HEADER } from '../../services/outputs/append-http.ts';
import { removeArchivedOutput } from '../../services/outputs/archived-streams.ts';
import type { Background } from './background.ts';
import { post } from './post.ts';

/** Per stream, until the log service has taken it. Only functions write here, a few lines each; builds do not. */
const WAITING_LENGTH_MAX = 1024 * 1024;

export interface HttpOutputsOptions {
  /** The log service's URL, without a slash at the end. */
  readonly servicesUrl: string;
  /** Where the log service keeps output that has ended. */
  readonly blobs: Blobs;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly random: Random;
  readonly background: Background;
}

interface Stream {
  waiting: string;
  sending: Promise<void>;
}

/** Writes output from functions to the log service: in order, everything collected so far in one request. */
export class HttpOutputs implements OutputStreams {
  readonly #options: HttpOutputsOptions;
  readonly #streams = new Map<string, Stream>();

  constructor(options: HttpOutputsOptions) {
    this.#options = options;
  }

  append(streamId: string, text: string): void {
    if (text === '') return;
    const stream = this.#streams.get(streamId) ?? { waiting: '', sending: Promise.resolve() };
    this.#streams.set(streamId, stream);
    const room = WAITING_LENGTH_MAX - stream.waiting.length;
    const isScheduled = stream.waiting !== '';
    stream.waiting += text.slice(0, Math.max(0, room));
    if (isScheduled) return;
    // Waits one turn of the event loop, so that lines which are written one by one are sent together.
    const turn = new Promise((resolve) => setImmediate(resolve));
    const sent = stream.sending.then(() => turn).then(() => this.#send(streamId, stream));
    this.#options.background.track('could not send output to the log service', sent);
    stream.sending = sent.catch(() => undefined);
  }

  async end(streamId: string): Promise<void> {
    await this.#streams.get(streamId)?.sending;
    this.#streams.delete(streamId);
    await this.#post(streamId, '', true);
  }

  read(): never {
    throw new Error('on AWS output is read at the log service');
  }

  async remove(streamId: string): Promise<void> {
    this.#streams.delete(streamId);
    await removeArchivedOutput(this.#options.blobs, streamId);
  }

  async #send(streamId: string, stream: Stream): Promise<void> {
    const text = stream.waiting;
    stream.waiting = '';
    try {
      await this.#post(streamId, text, false);
    } finally {
      if (stream.waiting === '' && this.#streams.get(streamId) === stream) this.#streams.delete(streamId);
    }
  }

  async #post(streamId: string, body: string, ends: boolean): Promise<void> {
    const { servicesUrl, signer, clock, random } = this.#options;
    const token = signer.sign(APPEND_PURPOSE, streamId, clock.nowMs() + HOUR_MS);
    const headers = { 'content-type': 'text/plain; charset=utf-8', ...(ends ? { [END_HEADER]: '1' } : {}) };
    await post({ url: `${servicesUrl}/streams/${token}`, headers, body }, random);
  }
}
