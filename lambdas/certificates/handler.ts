import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Problems } from '../../core/ports/problems.ts';
import type { Driver } from '../../core/reconcile/driver.ts';
import { isUuid } from '../../core/uuid.ts';
import { deadlineMs, type RemainingTime } from '../deadline.ts';

export interface CertificatesParts {
  readonly driver: Pick<Driver, 'run'>;
  readonly nowMs: () => number;
  readonly problems: Problems;
  flush(): Promise<void>;
}

/** Messages of the certificate queue: requests for a pass over an app's certificates. */
export function createHandler({ driver, nowMs, problems, flush }: CertificatesParts) {
  return async ({ Records }: SQSEvent, context: RemainingTime): Promise<SQSBatchResponse> => {
    const untilMs = deadlineMs(context, nowMs());
    const failed: string[] = [];
    // One at a time: ACM takes few requests a second.
    for (const { body, messageId } of Records) {
      try {
        await driver.run(readAppId(body), untilMs);
      } catch (error) {
        failed.push(messageId);
        problems.report(`could not reconcile the certificates of message ${messageId}; it is delivered again`, error);
      }
    }
    await flush();
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function readAppId(body: string): string {
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    throw new Error('its body is no JSON');
  }
  const { appId } = Object(message) as { readonly appId?: unknown };
  if (typeof appId !== 'string' || !isUuid(appId)) throw new Error('its appId is none that an app can have');
  return appId;
}
