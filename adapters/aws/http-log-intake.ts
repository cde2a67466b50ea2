import { MESSAGE_BYTES_MAX } from '../../core/log/message.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { LogIntake } from '../../core/ports/logs.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Signer } from '../../core/ports/signer.ts';
import type { LogLine } from '../../core/records/log-line.ts';
import { HOUR_MS, logTimestamp } from '../../core/time.ts';
import { INTAKE_PATH, INTAKE_PURPOSE } from '../../services/logs/intake-http.ts';
import type { Background } from './background.ts';
import { post } from './post.ts';

const WAITING_LINES_MAX = 10_000;
const WAITING_LENGTH_MAX = 8 * 1024 * 1024;
const BATCH_LINES_MAX = 1_000;
/** In UTF-16 units of at most three bytes each: well below the log service's limit. */
const BATCH_LENGTH_MAX = 1024 * 1024;

export interface HttpLogIntakeOptions {
  /** The log service's URL, without a slash at the end. */
  readonly servicesUrl: string;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly random: Random;
  readonly background: Background;
}

interface Dropped {
  readonly count: number;
  readonly sinceMs: number;
}

/** Sends log lines to the log service in order, one batch at a time. Lines that it cannot take are dropped and counted. */
export class HttpLogIntake implements LogIntake {
  readonly #options: HttpLogIntakeOptions;
  #waiting: LogLine[] = [];
  #waitingLength = 0;
  #isSending = false;
  readonly #dropped = new Map<string, Dropped>();

  constructor(options: HttpLogIntakeOptions) {
    this.#options = options;
  }

  append(lines: readonly LogLine[]): void {
    for (const line of lines) {
      if (this.#waiting.length >= WAITING_LINES_MAX || this.#waitingLength >= WAITING_LENGTH_MAX)
        this.#drop(line.appId);
      else {
        // The log keeps no more of it, and the log service refuses a request with a line that is far too long.
        const message = line.message.slice(0, MESSAGE_BYTES_MAX);
        this.#waiting.push({ ...line, message });
        this.#waitingLength += message.length;
      }
    }
    if (this.#isSending || this.#waiting.length === 0) return;
    this.#isSending = true;
    const turn = new Promise((resolve) => setImmediate(resolve));
    this.#options.background.track(
      'could not send log lines to the log service',
      turn.then(() => this.#sendAll()),
    );
  }

  async #sendAll(): Promise<void> {
    let failure: unknown;
    while (this.#waiting.length > 0) {
      const dropped = [...this.#dropped];
      this.#dropped.clear();
      const lines = this.#nextBatch();
      try {
        await this.#send([...dropped.map((each) => this.#notice(...each)), ...lines]);
      } catch (error) {
        failure = error;
        for (const [appId, { count, sinceMs }] of dropped) this.#drop(appId, count, sinceMs);
        // The lines that wait would fail too, after as long a wait.
        for (const { appId } of [...lines, ...this.#waiting.splice(0)]) this.#drop(appId);
        this.#waitingLength = 0;
      }
    }
    this.#isSending = false;
    if (failure !== undefined) throw failure;
  }

  #nextBatch(): readonly LogLine[] {
    let length = 0;
    let count = 0;
    for (const { message } of this.#waiting) {
      if (count > 0 && (count >= BATCH_LINES_MAX || length + message.length > BATCH_LENGTH_MAX)) break;
      length += message.length;
      count += 1;
    }
    this.#waitingLength -= length;
    return this.#waiting.splice(0, count);
  }

  async #send(lines: readonly LogLine[]): Promise<void> {
    const { servicesUrl, signer, clock, random } = this.#options;
    const token = signer.sign(INTAKE_PURPOSE, '', clock.nowMs() + HOUR_MS);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
    const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await post({ url: servicesUrl + INTAKE_PATH, headers, body }, random);
  }

  #drop(appId: string, count = 1, sinceMs = this.#options.clock.nowMs()): void {
    const before = this.#dropped.get(appId);
    this.#dropped.set(appId, {
      count: count + (before?.count ?? 0),
      sinceMs: Math.min(sinceMs, before?.sinceMs ?? sinceMs),
    });
  }

  /** Heroku's message in the log of an app whose lines were dropped. */
  #notice(appId: string, { count, sinceMs }: Dropped): LogLine {
    const message = `Error L10 (output buffer overflow): ${count} messages dropped since ${logTimestamp(sinceMs)}.`;
    return { appId, atMs: this.#options.clock.nowMs(), source: 'heroku', process: 'logplex', message };
  }
}
