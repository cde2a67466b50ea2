import type { Readable } from 'node:stream';
import type { Container } from 'dockerode';
import type { LineSplitter } from '../../dynos/host/lines.ts';
import type { DynoOutput } from '../../dynos/host/output.ts';
import { FrameReader, type StreamName } from './frames.ts';

/** `2026-11-21T10:15:21.121421674Z `: Docker's fixed width. */
const TIMESTAMP_BYTES = 31;
const NANOSECONDS_DIGITS = 9;
/** Docker may store lines of the two streams out of order, by less than this. */
const DISORDER_MS = 1_000;
const NEWLINE = 0x0a;
const LINE_END = Buffer.of(NEWLINE);

/** Follows a container's output from a given time on, and can resume it. */
export class LogFollower {
  readonly #container: Container;
  readonly #lines: Readonly<Record<StreamName, LineSplitter>>;
  /** Docker's time of the last line of each stream. Lines of one stream come in order, those of both do not. */
  readonly #seenMs: Record<StreamName, number | undefined>;
  /** Docker's time of the current line. */
  #atMs = 0;
  /** The time of a line whose end has not come yet. */
  readonly #unfinishedMs: Record<StreamName, number | undefined> = { stdout: undefined, stderr: undefined };
  #following: Promise<void> | undefined;
  #reader: Readable | undefined;
  #second = '';
  #secondMs = 0;

  constructor(container: Container, output: DynoOutput, fromMs: number | undefined) {
    this.#container = container;
    this.#seenMs = { stdout: fromMs, stderr: fromMs };
    const now = () => this.#atMs;
    this.#lines = { stdout: output.stream(now), stderr: output.stream(now) };
  }

  get isFollowing(): boolean {
    return this.#following !== undefined;
  }

  /** Resolves when Docker has no more: the container has ended, or the connection. Joins a call that is under way. */
  follow(): Promise<void> {
    this.#following ??= this.#read().finally(() => {
      this.#following = undefined;
    });
    return this.#following;
  }

  /** No more output follows: a last line without a newline counts too. */
  end(): void {
    this.#reader?.destroy();
    this.#lines.stdout.end();
    this.#lines.stderr.end();
  }

  async #read(): Promise<void> {
    const known = { ...this.#seenMs };
    const lastMs = Math.max(known.stdout ?? 0, known.stderr ?? 0);
    const stream = (await this.#container.logs({
      follow: true,
      stdout: true,
      stderr: true,
      timestamps: true,
      ...(lastMs === 0 ? {} : { since: wholeMilliseconds(lastMs - DISORDER_MS) }),
    })) as unknown as Readable;
    this.#reader = stream;
    const frames = new FrameReader((name, payload) => this.#take(name, payload, known[name]));
    await new Promise<void>((resolve) => {
      stream.on('data', (chunk: Buffer) => frames.push(chunk));
      stream.once('error', () => resolve());
      stream.once('close', () => resolve());
      stream.once('end', () => resolve());
    });
  }

  /** Skips lines that are known already: Docker was asked for a little more than is missing. */
  #take(stream: StreamName, payload: Buffer, knownMs: number | undefined): void {
    const atMs = this.#timeOf(payload);
    if (knownMs !== undefined && atMs <= knownMs) return;
    // Docker delivers a line of more than 16 KiB in pieces with the same time. In Docker 20 the last piece lacks its newline,
    // so a different time also ends the line.
    const unfinishedMs = this.#unfinishedMs[stream];
    if (unfinishedMs !== undefined && unfinishedMs !== atMs) this.#lines[stream].push(LINE_END);
    this.#unfinishedMs[stream] = payload.at(-1) === NEWLINE ? undefined : atMs;
    this.#seenMs[stream] = atMs;
    this.#atMs = atMs;
    this.#lines[stream].push(payload.subarray(TIMESTAMP_BYTES));
  }

  #timeOf(payload: Buffer): number {
    const second = payload.toString('latin1', 0, 19);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondMs = Date.parse(`${second}Z`);
    }
    return this.#secondMs + Number(payload.toString('latin1', 20, 20 + NANOSECONDS_DIGITS)) / 1e6;
  }
}

/** Docker's `seconds.nanoseconds`, rounded down: a double of seconds would be off by 100 ns and more. */
function wholeMilliseconds(atMs: number): string {
  const whole = Math.floor(atMs);
  return `${Math.floor(whole / 1000)}.${String(whole % 1000).padStart(3, '0')}000000`;
}
