import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { PassRequests } from '../../core/ports/pass-requests.ts';
import type { Background } from './background.ts';

export interface SqsAppRequestsOptions {
  readonly client: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
  readonly background: Background;
  /** Reported to the operator when SQS does not accept a request. */
  readonly problem: string;
}

/** Requests passes of a reconciler behind a standard queue, one app per message. The tick finds what is due later. */
export class SqsAppRequests implements PassRequests {
  readonly #options: SqsAppRequestsOptions;

  constructor(options: SqsAppRequestsOptions) {
    this.#options = options;
  }

  enqueue(appId: string): void {
    const { client, queueUrl: QueueUrl, background, problem } = this.#options;
    background.track(
      problem,
      client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ appId }) })),
    );
  }
}
