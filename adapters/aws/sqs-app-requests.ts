import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { PassRequests } from '../../core/ports/pass-requests.ts';
import type { Settling } from './settling.ts';

export interface SqsAppRequestsOptions {
  readonly client: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
  readonly settling: Settling;
  /** What to tell the operator when SQS does not take a request. */
  readonly problem: string;
}

/** To a reconciler behind a standard queue, an app per message. Its timers are the tick's. */
export class SqsAppRequests implements PassRequests {
  readonly #options: SqsAppRequestsOptions;

  constructor(options: SqsAppRequestsOptions) {
    this.#options = options;
  }

  enqueue(appId: string): void {
    const { client, queueUrl: QueueUrl, settling, problem } = this.#options;
    settling.remember(
      problem,
      client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ appId }) })),
    );
  }
}
