import type { Random } from '../../core/ports/random.ts';
import { attempt } from './attempts.ts';
import { batchesOf } from './batches.ts';

/** The limit of SQS and of EventBridge. */
const BATCH_MAX = 10;
const RETRIES = { attemptsMax: 5, firstDelayMs: 50, delayMaxMs: 1_000 };

/** The entries that a batch call did not accept. */
export interface Refusal<T> {
  readonly entries: readonly T[];
  readonly codes: readonly (string | undefined)[];
  /** A repeat of the same entries may succeed. */
  readonly isTransient: boolean;
}

export interface Sender<T> {
  /** For the operator: the service's name, `SQS`, and what it accepts, `messages`. */
  readonly service: string;
  readonly things: string;
  readonly random: Random;
  /** Undefined: all were accepted. */
  send(batch: readonly T[]): Promise<Refusal<T> | undefined>;
}

/** Sends all batches at once and repeats what was refused. Returns the errors of the batches that failed for good. */
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
