import type { Random } from '../../core/ports/random.ts';
import { attempt } from './attempts.ts';
import { batchesOf } from './batches.ts';

/** Of SQS and of EventBridge. */
const BATCH_MAX = 10;
const RETRIES = { attemptsMax: 5, firstDelayMs: 50, delayMaxMs: 1_000 };

/** What a batch did not take. */
export interface Refusal<T> {
  readonly entries: readonly T[];
  readonly codes: readonly (string | undefined)[];
  /** The same entries again may be taken. */
  readonly isTransient: boolean;
}

export interface Sender<T> {
  /** `SQS`, for the operator; and what it takes: `messages`. */
  readonly service: string;
  readonly things: string;
  readonly random: Random;
  /** Undefined: all were taken. */
  send(batch: readonly T[]): Promise<Refusal<T> | undefined>;
}

/** In batches, all at once, and of each batch again what was refused. Answers why some were not taken in the end; the others were. */
export async function sendBatches<T>(sender: Sender<T>, entries: readonly T[]): Promise<readonly unknown[]> {
  const sent = await Promise.allSettled(batchesOf(entries, BATCH_MAX).map((batch) => sendBatch(sender, batch)));
  return sent.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
}

async function sendBatch<T>(sender: Sender<T>, batch: readonly T[]): Promise<void> {
  let left = batch;
  const isTransient = (error: unknown) => error instanceof NotAllTaken && error.isTransient;
  await attempt({ ...RETRIES, random: sender.random, isTransient }, async () => {
    const refusal = await sender.send(left);
    if (refusal === undefined) return;
    left = refusal.entries;
    throw new NotAllTaken(sender, refusal);
  });
}

class NotAllTaken extends Error {
  override readonly name = 'NotAllTaken';
  readonly isTransient: boolean;

  constructor(
    { service, things }: Pick<Sender<unknown>, 'service' | 'things'>,
    { codes, isTransient }: Pick<Refusal<unknown>, 'codes' | 'isTransient'>,
  ) {
    super(`${service} has not taken ${codes.length} ${things}: ${[...new Set(codes)].join(', ')}`);
    this.isTransient = isTransient;
  }
}
