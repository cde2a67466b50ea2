import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { WAITING_BUILDS } from '../../adapters/aws/codebuild/waiting-builds.ts';
import { CERTIFICATES } from '../../core/domain/certificate-reconciler.ts';
import { DYNO_MANAGER } from '../../core/dyno-manager/manager-queue.ts';
import { EVENT_PUBLISHING } from '../../core/event/event-reconciler.ts';
import type { Platform } from '../../core/platform.ts';
import { Driver } from '../../core/reconcile/driver.ts';
import { StoredFailures } from '../../core/reconcile/failure-log.ts';
import { sweep } from '../../core/reconcile/sweep.ts';
import { recurringJobs } from '../../core/scheduler/recurring-jobs.ts';
import { TICK_FINDS_WHAT_IS_DUE } from '../tick-finds.ts';
import type { TickPart } from './handler.ts';

/** What is left is still due at the next tick. */
const APPS_MAX = 1_000;
/** Certificates per minute; ACM takes few requests a second. */
const CERTIFICATES_MAX = 100;

export interface TickDeps {
  readonly platform: Platform;
  readonly sqs: SQSClient;
  readonly buildQueueUrl: string;
  readonly certificateQueueUrl: string;
  readonly stopOrphans: () => Promise<number>;
}

/** Everything with a schedule of its own; another function acts on it, which may do what this one may not. */
export function tickParts(deps: TickDeps): readonly TickPart[] {
  const { platform, sqs, buildQueueUrl, certificateQueueUrl, stopOrphans } = deps;
  const { passRequests, eventRequests } = platform;
  const send = (QueueUrl: string, message: unknown) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
  const jobs = new Driver(recurringJobs(platform), {
    ...platform,
    requests: TICK_FINDS_WHAT_IS_DUE,
    failures: new StoredFailures(platform),
  });
  return [
    {
      name: 'the sweep of overdue apps',
      run: (deadlineMs) =>
        sweep(DYNO_MANAGER, platform, (appId) => passRequests.enqueue(appId), { max: APPS_MAX, deadlineMs }),
    },
    {
      name: 'the sweep of events',
      run: (deadlineMs) =>
        sweep(EVENT_PUBLISHING, platform, (appId) => eventRequests.enqueue(appId), { max: APPS_MAX, deadlineMs }),
    },
    { name: 'recurring jobs', run: (deadlineMs) => jobs.runDue(deadlineMs) },
    {
      name: 'waiting builds',
      run: (deadlineMs) =>
        sweep(WAITING_BUILDS, platform, (_all, [first]) => send(buildQueueUrl, { buildId: first?.sort }), {
          max: 1,
          deadlineMs,
        }),
    },
    {
      name: 'certificates',
      run: (deadlineMs) =>
        sweep(CERTIFICATES, platform, (appId) => send(certificateQueueUrl, { appId }), {
          max: CERTIFICATES_MAX,
          deadlineMs,
        }),
    },
    { name: 'orphaned tasks', run: async () => void (await stopOrphans()) },
  ];
}
