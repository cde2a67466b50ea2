import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';

export interface CertificatesParts {
  /** One step with what one app's domains want: request, look at, attach or delete certificates. May repeat. */
  step(appId: string): Promise<void>;
  readonly problem: (text: string, cause: unknown) => void;
  settle(): Promise<void>;
}

const message = z.object({ appId: z.uuid() });

/** Messages of the certificate queue: look at this app's certificates. */
export function createHandler({ step, problem, settle }: CertificatesParts) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    // One at a time: ACM takes few requests a second.
    for (const { body, messageId } of Records) {
      try {
        await step(message.parse(JSON.parse(body)).appId);
      } catch (error) {
        failed.push(messageId);
        problem('certificates could not be looked at', error);
      }
    }
    await settle();
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
