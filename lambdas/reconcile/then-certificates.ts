import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { areCertificatesDue } from '../../core/domain/certificate-step.ts';
import type { Platform } from '../../core/platform.ts';
import type { ReconcileParts } from './handler.ts';

export interface CertificateParts extends Pick<Platform, 'store' | 'clock'> {
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly certificateQueueUrl: string;
  readonly problem: (text: string, cause: unknown) => void;
}

/**
 * A manager after whose look the app's certificates are looked at, if they want it: a domain that was just added is
 * routed by then. What is lost here waits for the minute's tick.
 */
export function thenCertificates(
  manager: ReconcileParts['manager'],
  { store, clock, sqs, certificateQueueUrl: QueueUrl, problem }: CertificateParts,
): ReconcileParts['manager'] {
  const tell = async (appId: string): Promise<void> => {
    if (!(await areCertificatesDue({ store, clock }, appId))) return;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ appId }) }));
  };
  return {
    wake: (appId) => manager.wake(appId),
    noteRequests: (appIds) => manager.noteRequests(appIds),
    async lookAt(appId, deadlineMs) {
      await manager.lookAt(appId, deadlineMs);
      await tell(appId).catch((error: unknown) =>
        problem('certificates could not be told of; the tick finds them', error),
      );
    },
  };
}
