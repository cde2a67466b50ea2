import type { RouterLogLine } from './context.ts';

/** Lines are collected for this long: one message per request would cost more than the request. */
const DELAY_MS = 20;
const BATCH_MAX = 1_000;

export interface LogBatchesOptions {
  /** Lines kept for a slow reader; more are dropped and counted, because requests come first. */
  readonly waitingMax: number;
  /** Calls `taken` when the reader has received the batch. */
  readonly send: (lines: readonly RouterLogLine[], dropped: number, taken: () => void) => void;
}

export interface LogBatches {
  add(line: RouterLogLine): void;
  /** Sends the remaining lines at once; calls `done` when all were received. */
  end(done: () => void): void;
}

/** Limited, in order, one batch at a time. */
export function createLogBatches({ waitingMax, send }: LogBatchesOptions): LogBatches {
  let waiting: RouterLogLine[] = [];
  let dropped = 0;
  let scheduled = false;
  let underWay = false;
  let onEmpty: (() => void) | undefined;

  const flush = (): void => {
    scheduled = false;
    if (underWay) return;
    if (waiting.length === 0 && dropped === 0) {
      onEmpty?.();
      return;
    }
    underWay = true;
    const lines = waiting.length > BATCH_MAX ? waiting.splice(0, BATCH_MAX) : waiting;
    if (lines === waiting) waiting = [];
    const lost = dropped;
    dropped = 0;
    send(lines, lost, () => {
      underWay = false;
      flush();
    });
  };

  return {
    end(done) {
      onEmpty = done;
      flush();
    },
    add(line) {
      if (waiting.length >= waitingMax) {
        dropped += 1;
        return;
      }
      waiting.push(line);
      if (scheduled || underWay) return;
      scheduled = true;
      setTimeout(flush, DELAY_MS);
    },
  };
}
