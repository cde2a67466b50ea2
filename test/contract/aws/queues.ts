import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { readManagerMessage } from '../../../core/dyno-manager/manager-message.ts';
import { clientOf } from './client-of.ts';

export interface Queues {
  readonly client: SQSClient;
  readonly nudgeQueueUrl: string;
  readonly delayQueueUrl: string;
}

/** Creates `nudge.fifo` and the delay queue, empty. */
export async function createQueues(endpoint: string): Promise<Queues> {
  const client = new SQSClient(clientOf(endpoint));
  const name = `nudge-${randomUUID()}`;
  const create = async (QueueName: string, Attributes: Record<string, string>) =>
    (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
  return {
    client,
    nudgeQueueUrl: await create(`${name}.fifo`, { FifoQueue: 'true', VisibilityTimeout: '60' }),
    delayQueueUrl: await create(name, { VisibilityTimeout: '60' }),
  };
}

/** Replaces the reconcile function behind both queues: one run per app and batch, in its group's order. */
export class QueueConsumer {
  readonly #queues: Queues;
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(queues: Queues) {
    this.#queues = queues;
  }

  handle(handler: (appId: string) => Promise<void>): void {
    for (const url of [this.#queues.nudgeQueueUrl, this.#queues.delayQueueUrl]) this.#track(this.#poll(url, handler));
  }

  async close(): Promise<void> {
    this.#stopped = true;
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#queues.client.destroy();
  }

  async #poll(QueueUrl: string, handler: (appId: string) => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      const batch = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 };
      const { Messages = [] } = await this.#queues.client.send(new ReceiveMessageCommand(batch));
      const apps = new Map<string, Message[]>();
      for (const message of Messages) {
        const read = readManagerMessage(message.Body ?? '');
        if (read?.kind !== 'nudge') throw new Error(`not a nudge: ${message.Body}`);
        apps.set(read.appId, [...(apps.get(read.appId) ?? []), message]);
      }
      for (const [appId, messages] of apps) this.#track(this.#run(QueueUrl, appId, messages, handler));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #run(QueueUrl: string, appId: string, messages: readonly Message[], handler: (appId: string) => Promise<void>) {
    const { client } = this.#queues;
    try {
      await handler(appId);
      for (const { ReceiptHandle } of messages)
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    } catch {
      for (const { ReceiptHandle } of messages) {
        await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
      }
    }
  }

  #track(run: Promise<void>): void {
    const tracked: Promise<void> = run.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }
}
