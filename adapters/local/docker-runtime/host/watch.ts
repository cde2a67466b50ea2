import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { PLATFORM_LABEL, TASK_LABEL } from './labels.ts';

/** Pause between tries to reach a daemon that does not answer. */
const RETRY_MS = 250;
/** A daemon that hangs reports nothing, so it is pinged. */
const PING_EVERY_MS = 10_000;
const PING_TIMEOUT_MS = 5_000;
/** A daemon that shuts down closes its API first, but clocks and messages take a moment. */
const OUTAGE_MARGIN_MS = 1_000;

export interface WatchHandlers {
  /** Something happened to this task's container. */
  event(taskRef: string, action: string): void;
  /** Docker answers (again): events may have been missed, so everything must be checked. */
  resync(): Promise<void>;
  answering(answering: boolean): void;
}

/** Receives Docker's events about this platform's containers, and notices whether Docker answers at all. */
export class Watch {
  readonly #engine: Docker;
  readonly #platformId: string;
  readonly #handlers: WatchHandlers;
  #stream: Readable | undefined;
  #waiters: (() => void)[] = [];
  #isUp = false;
  #closed = false;
  #lastOutage = { fromMs: 0, toMs: 0 };

  constructor(engine: Docker, platformId: string, handlers: WatchHandlers) {
    this.#engine = engine;
    this.#platformId = platformId;
    this.#handlers = handlers;
  }

  start(): void {
    void this.#run();
  }

  close(): void {
    this.#closed = true;
    this.#stream?.destroy();
  }

  /** Resolves once Docker answers. */
  up(): Promise<void> {
    if (this.#isUp) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** A request got no answer: check whether Docker is still there. */
  suspect(): void {
    this.#stream?.destroy();
  }

  /** Docker was away at that time: Docker's own end also ended the container. */
  wasAwayAt(atMs: number): boolean {
    const { fromMs, toMs } = this.#lastOutage;
    return atMs >= fromMs - OUTAGE_MARGIN_MS && atMs <= toMs;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#watch();
      } catch {
        // No answer: retried below for as long as it takes.
      }
      this.#set(false);
      await sleep(RETRY_MS);
    }
  }

  async #watch(): Promise<void> {
    const filters = {
      type: ['container'],
      event: ['die', 'oom', 'kill', 'destroy'],
      label: [`${PLATFORM_LABEL}=${this.#platformId}`],
    };
    const stream = (await this.#engine.getEvents({ filters: JSON.stringify(filters) })) as unknown as Readable;
    this.#stream = stream;
    const ended = new Promise<void>((resolve) => {
      stream.once('error', () => resolve());
      stream.once('close', () => resolve());
    });
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#heard(line);
    });
    this.#lastOutage = { ...this.#lastOutage, toMs: Date.now() };
    // After the event stream is open, so that no event is missed in between.
    await this.#handlers.resync();
    this.#set(true);
    const pings = setInterval(() => this.#ping(), PING_EVERY_MS);
    await ended;
    clearInterval(pings);
  }

  #heard(line: string): void {
    if (line.trim() === '') return;
    const { Action: action, Actor: actor } = JSON.parse(line) as {
      Action?: string;
      Actor?: { Attributes?: Record<string, string> };
    };
    const taskRef = actor?.Attributes?.[TASK_LABEL];
    if (taskRef !== undefined && action !== undefined) this.#handlers.event(taskRef, action);
  }

  #ping(): void {
    const late = new Promise<never>((_, reject) => setTimeout(reject, PING_TIMEOUT_MS));
    Promise.race([this.#engine.ping(), late]).catch(() => this.suspect());
  }

  #set(answering: boolean): void {
    if (this.#isUp === answering || this.#closed) return;
    this.#isUp = answering;
    if (!answering) this.#lastOutage = { fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY };
    this.#handlers.answering(answering);
    if (answering) for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
