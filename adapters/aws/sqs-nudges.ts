import {
  type BatchResultErrorEntry,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type ManagerMessage, managerMessage } from '../../core/dyno-manager/manager-message.ts';
import type { Ids, Nudges, Random } from '../../core/ports.ts';
import { SECOND_MS } from '../../core/time.ts';
import { attempt } from './attempts.ts';
import type { Settling } from './settling.ts';

/** SQS's limit for DelaySeconds. The due index finds what is due later. */
const DELAY_SECONDS_MAX = 900;
const BATCH_MAX = 10;
const ATTEMPTS_MAX = 5;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 1_000;

export interface SqsNudgesOptions {
  readonly client: SQSClient;
  readonly nudgeQueueUrl: string;
  readonly delayQueueUrl: string;
  readonly settling: Settling;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly random: Random;
}

/**
 * To the dyno manager, which is a function behind two queues: `nudge.fifo`, where the app is the message group, and the
 * delay queue. What SQS loses or never gets is found by the sweep of the due index, within a minute.
 */
export class SqsNudges implements Nudges {
  readonly #options: SqsNudgesOptions;
  readonly #atOnce = new Set<string>();
  readonly #later = new Map<string, number>();
  #scheduled = false;

  constructor(options: SqsNudgesOptions) {
    this.#options = options;
  }

  nudge(appId: string, delayMs = 0): void {
    if (delayMs <= 0) this.#atOnce.add(appId);
    else {
      // FIFO queues know no delay of single messages, and the delay queue only whole seconds; early would be for nothing.
      const delaySeconds = Math.ceil(delayMs / SECOND_MS);
      if (delaySeconds > DELAY_SECONDS_MAX) return;
      this.#later.set(appId, Math.min(delaySeconds, this.#later.get(appId) ?? delaySeconds));
    }
    this.#schedule();
  }

  handle(): never {
    throw new Error('on AWS the reconcile function is the consumer of nudges');
  }

  /** A request waits for an app that sleeps, or apps that may sleep had requests. Rejects when SQS does not take it. */
  async tell(message: Exclude<ManagerMessage, { kind: 'nudge' }>): Promise<void> {
    const group = message.kind === 'wake' ? message.appId : 'requests';
    await this.#send(this.#options.nudgeQueueUrl, [this.#grouped(message, group)]);
  }

  /** Nudges of one turn of the event loop go together, each app once. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flushed = new Promise((resolve) => setImmediate(resolve)).then(() => this.#flush());
    this.#options.settling.remember('nudges could not be sent; the sweep finds their apps', flushed);
  }

  async #flush(): Promise<void> {
    this.#scheduled = false;
    const atOnce = [...this.#atOnce].map((appId) => this.#grouped({ kind: 'nudge', appId }, appId));
    const later = [...this.#later].map(([appId, DelaySeconds]) => ({
      ...this.#entry({ kind: 'nudge', appId }),
      DelaySeconds,
    }));
    this.#atOnce.clear();
    this.#later.clear();
    const { nudgeQueueUrl, delayQueueUrl } = this.#options;
    const sent = await Promise.allSettled([
      ...batches(atOnce).map((entries) => this.#send(nudgeQueueUrl, entries)),
      ...batches(later).map((entries) => this.#send(delayQueueUrl, entries)),
    ]);
    const failed = sent.filter(({ status }) => status === 'rejected');
    if (failed.length > 0) throw new AggregateError(failed.map((each) => (each as PromiseRejectedResult).reason));
  }

  #grouped(message: ManagerMessage, group: string): SendMessageBatchRequestEntry {
    // SQS drops what it has seen within five minutes, delivered or not: each cause must be another message.
    return { ...this.#entry(message), MessageGroupId: group, MessageDeduplicationId: this.#options.ids.uuid() };
  }

  #entry(message: ManagerMessage): SendMessageBatchRequestEntry {
    return { Id: this.#options.ids.uuid(), MessageBody: managerMessage(message) };
  }

  /** The same entries again for those that were refused: a repeat has the same deduplication id. */
  async #send(queueUrl: string, entries: readonly SendMessageBatchRequestEntry[]): Promise<void> {
    const { client, random } = this.#options;
    let left = entries;
    const options = {
      attemptsMax: ATTEMPTS_MAX,
      firstDelayMs: RETRY_FIRST_MS,
      delayMaxMs: RETRY_MAX_MS,
      random,
      isTransient: (error: unknown) => error instanceof NotAllTaken && error.isTransient,
    };
    await attempt(options, async () => {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...left] }),
      );
      if (Failed.length === 0) return;
      const failed = new Set(Failed.map(({ Id }) => Id));
      left = left.filter(({ Id }) => failed.has(Id));
      throw new NotAllTaken(Failed);
    });
  }
}

class NotAllTaken extends Error {
  override readonly name = 'NotAllTaken';
  readonly isTransient: boolean;

  constructor(failed: readonly BatchResultErrorEntry[]) {
    super(`SQS has not taken ${failed.length} messages: ${[...new Set(failed.map(({ Code }) => Code))].join(', ')}`);
    this.isTransient = failed.some(({ SenderFault }) => SenderFault !== true);
  }
}

function batches<T>(entries: readonly T[]): readonly T[][] {
  const count = Math.ceil(entries.length / BATCH_MAX);
  return Array.from({ length: count }, (_, at) => entries.slice(at * BATCH_MAX, (at + 1) * BATCH_MAX));
}
