import type { Readable } from 'node:stream';
import type { Container } from 'dockerode';
import type { LineSplitter } from '../../process-runtime/host/lines.ts';
import type { DynoOutput } from '../../process-runtime/host/output.ts';
import { FrameReader, type StreamName } from './frames.ts';

/** `2026-11-21T10:15:21.121421674Z `: Docker's fixed width. */
const TIMESTAMP_BYTES = 31;
const NANOSECONDS_DIGITS = 9;
const NEWLINE = 0x0a;
const LINE_END = Buffer.of(NEWLINE);

/** Follows a container's output from a given time on, as often as it must be asked for anew. */
export class LogFollower {
  private readonly container: Container;
  private readonly lines: Readonly<Record<StreamName, LineSplitter>>;
  /** Docker's time of the last line that was seen. */
  private seenMs: number | undefined;
  /** The time of a line that has begun. */
  private readonly unfinishedMs: Record<StreamName, number | undefined> = { stdout: undefined, stderr: undefined };
  private following: Promise<void> | undefined;
  private reader: Readable | undefined;
  private second = '';
  private secondMs = 0;

  constructor(container: Container, output: DynoOutput, fromMs: number | undefined) {
    this.container = container;
    this.seenMs = fromMs;
    const now = () => this.seenMs ?? Date.now();
    this.lines = { stdout: output.stream(now), stderr: output.stream(now) };
  }

  get isFollowing(): boolean {
    return this.following !== undefined;
  }

  /** Resolves when Docker has no more: the container has ended, or the connection. Joins a run that is under way. */
  follow(): Promise<void> {
    this.following ??= this.read().finally(() => {
      this.following = undefined;
    });
    return this.following;
  }

  /** No more is to come: the last line without a newline counts too. */
  end(): void {
    this.reader?.destroy();
    this.lines.stdout.end();
    this.lines.stderr.end();
  }

  private async read(): Promise<void> {
    const sinceMs = this.seenMs;
    const stream = (await this.container.logs({
      follow: true,
      stdout: true,
      stderr: true,
      timestamps: true,
      ...(sinceMs === undefined ? {} : { since: wholeMilliseconds(sinceMs) }),
    })) as unknown as Readable;
    this.reader = stream;
    const frames = new FrameReader((name, payload) => this.take(name, payload, sinceMs));
    await new Promise<void>((resolve) => {
      stream.on('data', (chunk: Buffer) => frames.push(chunk));
      stream.once('error', () => resolve());
      stream.once('close', () => resolve());
      stream.once('end', () => resolve());
    });
  }

  /** What was asked for begins at a whole millisecond, so the first lines may be known already. */
  private take(stream: StreamName, payload: Buffer, sinceMs: number | undefined): void {
    const atMs = this.timeOf(payload);
    if (sinceMs !== undefined && atMs <= sinceMs) return;
    // Docker hands lines of more than 16 KiB over in pieces with one time. The last one lacks its newline in Docker 20, so
    // another time also says that the line is over.
    const unfinishedMs = this.unfinishedMs[stream];
    if (unfinishedMs !== undefined && unfinishedMs !== atMs) this.lines[stream].push(LINE_END);
    this.unfinishedMs[stream] = payload.at(-1) === NEWLINE ? undefined : atMs;
    this.seenMs = atMs;
    this.lines[stream].push(payload.subarray(TIMESTAMP_BYTES));
  }

  private timeOf(payload: Buffer): number {
    const second = payload.toString('latin1', 0, 19);
    if (second !== this.second) {
      this.second = second;
      this.secondMs = Date.parse(`${second}Z`);
    }
    return this.secondMs + Number(payload.toString('latin1', 20, 20 + NANOSECONDS_DIGITS)) / 1e6;
  }
}

/** Docker's `seconds.nanoseconds`, rounded down: a double of seconds would be off by 100 ns and more. */
function wholeMilliseconds(atMs: number): string {
  const whole = Math.floor(atMs);
  return `${Math.floor(whole / 1000)}.${String(whole % 1000).padStart(3, '0')}000000`;
}
