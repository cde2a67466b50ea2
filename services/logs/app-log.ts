import { matchesFilter } from '../../core/log/filter.ts';
import { LOG_LINES_MAX } from '../../core/log/log-session.ts';
import { loggableMessages } from '../../core/log/message.ts';
import type { LogFilter, LogLine } from '../../core/records/log-line.ts';
import { DAY_MS, logTimestamp } from '../../core/time.ts';
import { IntakeLimit } from './intake-limit.ts';
import { LineRing } from './line-ring.ts';
import { recordHead } from './record.ts';
import type { Segments } from './segments.ts';
import type { StoredLine } from './stored-line.ts';

/** Heroku keeps lines for a week (Dev Center: Logging). */
export const HISTORY_MS = 7 * DAY_MS;

/** One open tail. */
export interface Tail {
  readonly filter: LogFilter;
  /** Must not block; called with matching lines in order. */
  readonly onLines: (lines: readonly StoredLine[]) => void;
  /** No more lines will come: the app is gone, or the platform stops. */
  readonly onEnd: () => void;
  /** History was given; new lines follow. */
  live: boolean;
}

interface MutableLine extends StoredLine {
  id: number;
  message: string;
}

/** History and open tails of one app. */
export class AppLog {
  readonly appId: string;
  readonly tails = new Set<Tail>();
  usedAtMs = 0;
  readonly #ring = new LineRing(LOG_LINES_MAX);
  readonly #limit = new IntakeLimit();
  readonly #segments: Segments | undefined;
  readonly #onTrouble: (cause: unknown) => void;
  #fresh: StoredLine[] = [];
  #lastId = 0;
  #storedId = 0;
  #loading: Promise<void> | undefined;

  /** `onTrouble` is called when the disk cannot be read; what is in memory is still served. */
  constructor(appId: string, segments: Segments | undefined, onTrouble: (cause: unknown) => void) {
    this.appId = appId;
    this.#segments = segments;
    this.#onTrouble = onTrouble;
  }

  get hasUnstored(): boolean {
    return this.#segments !== undefined && this.#lastId > this.#storedId;
  }

  get dropping(): boolean {
    return this.#limit.dropping;
  }

  add(line: LogLine, nowMs: number): void {
    this.noticeDropped(nowMs);
    if (!this.#limit.admits(line.message.length, nowMs)) return;
    const atMs = Number.isFinite(line.atMs) ? line.atMs : nowMs;
    for (const message of loggableMessages(line.message)) {
      this.#push(atMs, line.source, line.process, message, nowMs);
    }
  }

  /** Logs how many lines were dropped, once the second in which it happened is over. */
  noticeDropped(nowMs: number): void {
    if (!this.#limit.dropping) return;
    const dropped = this.#limit.takeDropped(nowMs);
    if (dropped === undefined) return;
    const since = logTimestamp(dropped.sinceMs);
    const message = `Error L10 (output buffer overflow): ${dropped.count} messages dropped since ${since}.`;
    this.#push(nowMs, 'heroku', 'logplex', message, nowMs);
  }

  /** Sends what was added since the last call to the open tails. */
  publish(): void {
    if (this.#fresh.length === 0) return;
    const lines = this.#fresh;
    this.#fresh = [];
    for (const tail of this.tails) if (tail.live) this.#give(tail, lines);
  }

  async newest(count: number, filter: LogFilter, nowMs: number): Promise<StoredLine[]> {
    await this.load(nowMs).catch(this.#onTrouble);
    return this.#ring.newest(count, filter, nowMs - HISTORY_MS);
  }

  /** History first, then every new line, with no gap and no repeat between. */
  async open(tail: Tail, lines: number, afterId: number | undefined, nowMs: number): Promise<void> {
    this.tails.add(tail);
    await this.load(nowMs).catch(this.#onTrouble);
    if (!this.tails.has(tail)) return;
    this.publish();
    tail.live = true;
    if (afterId === undefined) tail.onLines(this.#ring.newest(lines, tail.filter, nowMs - HISTORY_MS));
    else this.#give(tail, this.#ring.after(afterId));
  }

  /** Puts what is on disk before the lines that came meanwhile. */
  load(nowMs: number): Promise<void> {
    this.#loading ??= this.#load(nowMs).catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /**
   * Writes what is in the history and not yet on disk. Of a flood that is only the last 1,500 lines, so neither memory nor
   * the disk queue grows.
   */
  async store(nowMs: number): Promise<void> {
    if (this.#segments === undefined) return;
    await this.load(nowMs);
    const lines = this.#ring.after(this.#storedId) as MutableLine[];
    const first = lines[0];
    const last = lines.at(-1);
    if (first === undefined || last === undefined) return;
    const heads = lines.map(recordHead);
    const text = lines.map((line, index) => `${heads[index]}${line.message}\n`).join('');
    // A message is often a slice of a dyno's output chunk and keeps the whole chunk in memory. Replaced by a slice of
    // `text`, it keeps only history.
    let position = 0;
    lines.forEach((line, index) => {
      const start = position + (heads[index]?.length ?? 0);
      position = start + line.message.length + 1;
      line.message = text.slice(start, position - 1);
    });
    await this.#segments.append(text, lines.length, first.id);
    this.#storedId = last.id;
  }

  /** Ends the tails. */
  end(): void {
    this.publish();
    const tails = [...this.tails];
    this.tails.clear();
    for (const tail of tails) tail.onEnd();
  }

  async #load(nowMs: number): Promise<void> {
    if (this.#segments === undefined) return;
    const earlier = await this.#segments.load(this.appId, nowMs - HISTORY_MS);
    const earlierId = earlier.at(-1)?.id ?? 0;
    const meanwhile = this.#ring.all() as MutableLine[];
    this.#ring.replaceAll([...earlier, ...meanwhile]);
    this.#storedId = earlierId;
    const first = meanwhile[0];
    if (first !== undefined && first.id > earlierId) return;
    // The clock was set back since the last run: continue counting from the last id on disk.
    this.#lastId = Math.max(this.#lastId, earlierId);
    for (const line of meanwhile) line.id = ++this.#lastId;
  }

  /** Ids start from the clock, so new lines never reuse the ids of lines that a kill kept from the disk. */
  #push(atMs: number, source: LogLine['source'], process: string, message: string, nowMs: number): void {
    this.#lastId = Math.max(this.#lastId + 1, Math.floor(nowMs * 1_000));
    const line: MutableLine = { id: this.#lastId, appId: this.appId, atMs, source, process, message };
    this.#ring.push(line);
    if (this.tails.size > 0) this.#fresh.push(line);
  }

  #give(tail: Tail, lines: readonly StoredLine[]): void {
    const { filter } = tail;
    const matching =
      filter.source === undefined && filter.process === undefined
        ? lines
        : lines.filter((line) => matchesFilter(line, filter));
    if (matching.length > 0) tail.onLines(matching);
  }
}
