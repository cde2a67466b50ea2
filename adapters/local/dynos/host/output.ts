import type { OutputEntry } from '../messages.ts';
import { LineSplitter } from './lines.ts';

/** Pending lines per dyno. A dyno that writes faster than lines are taken loses some, and its log says so (L12). */
const WAITING_LINES_MAX = 20_000;
const WAITING_BYTES_MAX = 2 * 1024 * 1024;
/** With the pause between batches this limits all dynos together: to 50,000 lines or 25 MB a second. */
const BATCH_LINES = 500;
const BATCH_BYTES = 256 * 1024;
const BATCH_INTERVAL_MS = 10;
/** A quiet dyno's line is sent this soon; lines of the same moment share a message. */
const FIRST_LINE_MS = 2;
/** Batches sent ahead of the platform's acknowledgement. */
const BATCHES_AHEAD = 2;

type Batch = readonly (readonly [taskRef: string, entries: readonly OutputEntry[]])[];

/** Collects the lines of all dynos and sends them in batches, each dyno in turn, never faster than they are taken. */
export class Output {
  readonly #send: (batch: Batch) => void;
  readonly #waiting = new Set<DynoOutput>();
  #ahead = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastBatchMs = 0;

  constructor(send: (batch: Batch) => void) {
    this.#send = send;
  }

  open(taskRef: string): DynoOutput {
    return new DynoOutput(taskRef, (dyno) => {
      this.#waiting.add(dyno);
      this.#schedule();
    });
  }

  taken(): void {
    this.#ahead -= 1;
    if (this.#waiting.size > 0) this.#schedule();
  }

  /** Sends all pending lines of this dyno at once: its exit must not overtake its last lines. */
  flush(dyno: DynoOutput): void {
    this.#waiting.delete(dyno);
    const entries = dyno.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    if (entries.length === 0) return;
    this.#ahead += 1;
    this.#send([[dyno.taskRef, entries]]);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#ahead >= BATCHES_AHEAD) return;
    const pause = Math.max(FIRST_LINE_MS, this.#lastBatchMs + BATCH_INTERVAL_MS - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sendBatch();
      if (this.#waiting.size > 0) this.#schedule();
    }, pause);
  }

  #sendBatch(): void {
    const batch: (readonly [string, readonly OutputEntry[]])[] = [];
    const share = Math.max(1, Math.floor(BATCH_LINES / this.#waiting.size));
    const shareBytes = Math.max(1, Math.floor(BATCH_BYTES / this.#waiting.size));
    for (const dyno of [...this.#waiting]) {
      batch.push([dyno.taskRef, dyno.take(share, shareBytes)]);
      if (!dyno.hasMore) this.#waiting.delete(dyno);
    }
    this.#lastBatchMs = Date.now();
    this.#ahead += 1;
    this.#send(batch);
  }
}

/** The pending lines of one dyno: limited, oldest first. */
export class DynoOutput {
  readonly taskRef: string;
  readonly #onFirst: (dyno: DynoOutput) => void;
  #entries: OutputEntry[] = [];
  #at = 0;
  #bytes = 0;
  #dropped = 0;
  #droppedSinceMs = 0;

  constructor(taskRef: string, onFirst: (dyno: DynoOutput) => void) {
    this.taskRef = taskRef;
    this.#onFirst = onFirst;
  }

  /** A splitter for one of the dyno's streams; `now` is the time of the pushed bytes. */
  stream(now: () => number = Date.now): LineSplitter {
    return new LineSplitter((line) => this.#add(line, now()));
  }

  get hasMore(): boolean {
    return this.#at < this.#entries.length || this.#dropped > 0;
  }

  take(lines: number, bytes: number): readonly OutputEntry[] {
    const from = this.#at;
    let size = 0;
    while (this.#at < this.#entries.length && this.#at - from < lines && size < bytes) {
      size += sizeOf(this.#entries[this.#at] as OutputEntry);
      this.#at += 1;
    }
    this.#bytes -= size;
    const taken = this.#entries.slice(from, this.#at);
    if (this.#at === this.#entries.length) {
      this.#entries = [];
      this.#at = 0;
      if (this.#dropped > 0) taken.push(this.#gap());
    } else if (this.#at > WAITING_LINES_MAX) {
      this.#entries = this.#entries.slice(this.#at);
      this.#at = 0;
    }
    return taken;
  }

  #add(line: Buffer, atMs: number): void {
    const full = this.#entries.length - this.#at >= WAITING_LINES_MAX || this.#bytes >= WAITING_BYTES_MAX;
    if (full) {
      if (this.#dropped === 0) this.#droppedSinceMs = atMs;
      this.#dropped += 1;
      return;
    }
    const wasEmpty = !this.hasMore;
    if (this.#dropped > 0) this.#entries.push(this.#gap());
    const entry: OutputEntry = [atMs, line.toString('utf8')];
    this.#entries.push(entry);
    this.#bytes += sizeOf(entry);
    if (wasEmpty) this.#onFirst(this);
  }

  #gap(): OutputEntry {
    const entry: OutputEntry = [this.#droppedSinceMs, this.#dropped];
    this.#dropped = 0;
    return entry;
  }
}

/** An entry's approximate size in memory: empty lines count too. */
const sizeOf = (entry: OutputEntry): number => 48 + (typeof entry[1] === 'string' ? entry[1].length : 0);
