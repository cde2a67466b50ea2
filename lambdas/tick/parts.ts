import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { BUILDS_PARTITION } from '../../adapters/aws/codebuild/queued-build.ts';
import { appsWithDueCertificates } from '../../core/domain/certificate-step.ts';
import type { DynoManager } from '../../core/dyno-manager/dyno-manager.ts';
import type { Platform } from '../../core/platform.ts';
import { runDueJobs } from '../../core/scheduler/run-due-jobs.ts';
import type { TickPart } from './handler.ts';

/** Certificates of one minute; ACM takes few requests a second. */
const CERTIFICATES_MAX = 100;

export interface TickWorld {
  readonly platform: Platform;
  readonly manager: Pick<DynoManager, 'sweep'>;
  readonly sqs: SQSClient;
  readonly buildQueueUrl: string;
  readonly certificateQueueUrl: string;
  readonly stopOrphans: () => Promise<number>;
  readonly report: (appId: string, problem: string, error: unknown) => void;
}

/** Everything that has a time of its own; who acts on it is another function, which may do what this one may not. */
export function tickParts(world: TickWorld): readonly TickPart[] {
  const { platform, manager, sqs, buildQueueUrl, certificateQueueUrl, stopOrphans, report } = world;
  const send = (QueueUrl: string, message: unknown) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
  return [
    { name: 'the sweep of overdue apps', run: () => manager.sweep() },
    { name: 'recurring jobs', run: () => runDueJobs(platform, report) },
    {
      name: 'waiting builds',
      async run() {
        const [first] = await platform.store.list({ partition: BUILDS_PARTITION, prefix: '', limit: 1 });
        if (first !== undefined) await send(buildQueueUrl, { buildId: first.sort });
      },
    },
    {
      name: 'certificates',
      async run(deadlineMs) {
        for (const appId of await appsWithDueCertificates(platform, CERTIFICATES_MAX)) {
          if (platform.clock.nowMs() >= deadlineMs) return;
          await send(certificateQueueUrl, { appId });
        }
      },
    },
    { name: 'orphaned tasks', run: async () => void (await stopOrphans()) },
  ];
}
