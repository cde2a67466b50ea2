import type { ServerResponse } from 'node:http';
import { formatLine } from '../../core/log/format.ts';
import type { LogLine } from '../../core/records/log-line.ts';
import { logTimestamp } from '../../core/time.ts';
import type { StoredLine } from './stored-line.ts';

/** Lines kept for a slow reader; later ones are dropped, and a notice says how many. */
export const SESSION_LINES_MAX = 2_000;
export const SESSION_CHARACTERS_MAX = 1024 * 1024;
/** Large enough for a system call to pay off, small enough that a stalled reader holds little memory. */
const WRITE_CHARACTERS = 64 * 1024;

type Waiting = Pick<LogLine, 'atMs' | 'source' | 'process' | 'message'> & { readonly id?: number };

/** Writes lines to one reader, several per write, and never keeps more than the limits above for it. */
export class TailSession {
  readonly #response: ServerResponse;
  readonly #events: boolean;
  readonly #now: () => number;
  #waiting: Waiting[] = [];
  #next = 0;
  /** The first lines of `#waiting` are history, which its source already limits: not counted, never dropped. */
  #history = 0;
  #characters = 0;
  #dropped = 0;
  #droppedSinceMs = 0;
  #blocked = false;
  #scheduled = false;
  #ending = false;

  /** `events`: server-sent events; otherwise plain text. */
  constructor(response: ServerResponse, events: boolean, now: () => number) {
    this.#response = response;
    this.#events = events;
    this.#now = now;
    response.on('drain', () => {
      this.#blocked = false;
      this.#flush();
    });
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  begin(history: readonly StoredLine[]): void {
    this.#waiting = [...history];
    this.#history = history.length;
    this.#schedule();
  }

  offer(lines: readonly StoredLine[]): void {
    for (const line of lines) {
      if (this.#isFull() && !this.#blocked) this.#flush();
      if (this.#isFull()) {
        if (this.#dropped === 0) this.#droppedSinceMs = line.atMs;
        this.#dropped += 1;
        continue;
      }
      this.#waiting.push(line);
      this.#characters += line.message.length;
    }
    this.#schedule();
  }

  /** Closes the response after the last line. */
  end(): void {
    this.#ending = true;
    this.#flush();
  }

  /** After a drop, no line is accepted until the reader has caught up: one gap, one notice. */
  #isFull(): boolean {
    return (
      this.#dropped > 0 ||
      this.#waiting.length - Math.max(this.#next, this.#history) >= SESSION_LINES_MAX ||
      this.#characters >= SESSION_CHARACTERS_MAX
    );
  }

  /** Writes the lines of one turn of the event loop together. */
  #schedule(): void {
    if (this.#scheduled || this.#blocked) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (!this.#blocked && this.#next < this.#waiting.length) this.#blocked = !this.#response.write(this.#piece());
    if (this.#next < this.#waiting.length) {
      if (this.#next >= SESSION_LINES_MAX) this.#removeSent();
      return;
    }
    this.#removeSent();
    if (this.#dropped > 0) {
      const notice = this.#overflow();
      this.#waiting.push(notice);
      this.#characters += notice.message.length;
      this.#dropped = 0;
      this.#flush();
    } else if (this.#ending && !this.#response.writableEnded) this.#response.end();
  }

  #removeSent(): void {
    this.#waiting = this.#waiting.slice(this.#next);
    this.#history = Math.max(0, this.#history - this.#next);
    this.#next = 0;
  }

  #piece(): string {
    let piece = '';
    let id: number | undefined;
    const prefix = this.#events ? 'data: ' : '';
    while (this.#next < this.#waiting.length && piece.length < WRITE_CHARACTERS) {
      const line = this.#waiting[this.#next] as Waiting;
      piece += `${prefix}${formatLine(line)}\n`;
      id = line.id ?? id;
      if (this.#next >= this.#history) this.#characters -= line.message.length;
      this.#next += 1;
    }
    if (!this.#events) return piece;
    return id === undefined ? `${piece}\n` : `id: ${id}\n${piece}\n`;
  }

  #overflow(): Waiting {
    const since = logTimestamp(this.#droppedSinceMs);
    const message = `Error L11 (Tail buffer overflow) -> This tail session dropped ${this.#dropped} messages since ${since}.`;
    return { atMs: this.#now(), source: 'heroku', process: 'logplex', message };
  }
}
