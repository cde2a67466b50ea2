import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import {
  type ManagerMessage,
  managerMessage,
  type PassMessage,
  passGroup,
  type TrafficMessage,
} from '../../core/dyno-manager/manager-message.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { PassRequests } from '../../core/ports/pass-requests.ts';
import type { Random } from '../../core/ports/random.ts';
import { SECOND_MS } from '../../core/time.ts';
import type { Background } from './background.ts';
import { sendBatches } from './send-batches.ts';

/** SQS's limit for DelaySeconds. The due index finds what is due later. */
const DELAY_SECONDS_MAX = 900;

export interface SqsPassRequestsOptions {
  readonly client: SQSClient;
  readonly nudgeQueueUrl: string;
  readonly delayQueueUrl: string;
  readonly background: Background;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly random: Random;
}

/**
 * Requests passes of the dyno manager and of the reconciler of events, one function behind two queues: `nudge.fifo`, where each
 * reconciler's app is a message group, and the delay queue. Within a minute the sweep of the due index finds what SQS loses or never receives.
 */
export class SqsPassRequests implements PassRequests {
  readonly #options: SqsPassRequestsOptions;
  /** By message group. */
  readonly #atOnce = new Map<string, PassMessage>();
  readonly #later = new Map<string, { readonly message: PassMessage; readonly delaySeconds: number }>();
  /** For the reconciler of events. */
  readonly events: PassRequests = {
    enqueue: (appId, delayMs = 0) => this.#enqueue({ kind: 'events', appId }, delayMs),
  };
  #scheduled = false;

  constructor(options: SqsPassRequestsOptions) {
    this.#options = options;
  }

  /** For the dyno manager. */
  enqueue(appId: string, delayMs = 0): void {
    this.#enqueue({ kind: 'nudge', appId }, delayMs);
  }

  #enqueue(message: PassMessage, delayMs: number): void {
    const group = passGroup(message);
    if (delayMs <= 0) this.#atOnce.set(group, message);
    else {
      // FIFO queues cannot delay single messages, and the delay queue only takes whole seconds; too early would be useless.
      const delaySeconds = Math.ceil(delayMs / SECOND_MS);
      if (delaySeconds > DELAY_SECONDS_MAX) return;
      const { delaySeconds: earlier = delaySeconds } = this.#later.get(group) ?? {};
      this.#later.set(group, { message, delaySeconds: Math.min(delaySeconds, earlier) });
    }
    this.#schedule();
  }

  /** A request waits for a sleeping app, or apps that may sleep had requests. Rejects when SQS does not accept it. */
  async tell(message: TrafficMessage): Promise<void> {
    const group = message.kind === 'wake' ? message.appId : 'requests';
    const [reason] = await this.#send(this.#options.nudgeQueueUrl, [this.#grouped(message, group)]);
    if (reason !== undefined) throw reason;
  }

  /** Sends the requests of one turn of the event loop together, each app once. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flushed = new Promise((resolve) => setImmediate(resolve)).then(() => this.#flush());
    this.#options.background.track('could not enqueue passes; the next tick requests them', flushed);
  }

  async #flush(): Promise<void> {
    this.#scheduled = false;
    const atOnce = [...this.#atOnce].map(([group, message]) => this.#grouped(message, group));
    const later = [...this.#later.values()].map(({ message, delaySeconds: DelaySeconds }) => ({
      ...this.#entry(message),
      DelaySeconds,
    }));
    this.#atOnce.clear();
    this.#later.clear();
    const { nudgeQueueUrl, delayQueueUrl } = this.#options;
    const reasons = await Promise.all([this.#send(nudgeQueueUrl, atOnce), this.#send(delayQueueUrl, later)]);
    if (reasons.flat().length > 0) throw new AggregateError(reasons.flat());
  }

  #grouped(message: ManagerMessage, group: string): SendMessageBatchRequestEntry {
    // SQS drops duplicates within five minutes, delivered or not: each request must be another message.
    return { ...this.#entry(message), MessageGroupId: group, MessageDeduplicationId: this.#options.ids.uuid() };
  }

  #entry(message: ManagerMessage): SendMessageBatchRequestEntry {
    return { Id: this.#options.ids.uuid(), MessageBody: managerMessage(message) };
  }

  /** A repeat has the same deduplication id. Returns the errors of the batches that failed for good. */
  #send(queueUrl: string, entries: readonly SendMessageBatchRequestEntry[]): Promise<readonly unknown[]> {
    const { client, random } = this.#options;
    const send = async (batch: readonly SendMessageBatchRequestEntry[]) => {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...batch] }),
      );
      if (Failed.length === 0) return undefined;
      const failed = new Set(Failed.map(({ Id }) => Id));
      return {
        entries: batch.filter(({ Id }) => failed.has(Id)),
        codes: Failed.map(({ Code }) => Code),
        isTransient: Failed.some(({ SenderFault }) => SenderFault !== true),
      };
    };
    return sendBatches({ service: 'SQS', things: 'messages', random, send }, entries);
  }
}
