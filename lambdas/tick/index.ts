import { ECSClient } from '@aws-sdk/client-ecs';
import { stopOrphans } from '../../adapters/aws/ecs-runtime/list-orphans.ts';
import { systemClock as clock } from '../../adapters/system.ts';
import { createDynoManager } from '../../core/dyno-manager/dyno-manager.ts';
import { absent, openFunction } from '../open-function.ts';
import { awsUrls } from '../urls.ts';
import { createHandler } from './handler.ts';
import { tickParts } from './parts.ts';

const { environment, log, settling, store, sqs, platform, eventsOn } = await openFunction('tick');
const { cluster, buildQueueUrl, certificateQueueUrl } = environment;
const ecs = new ECSClient();
const ofTick = platform({ urls: awsUrls(environment), events: eventsOn(environment.eventBus) });
const report = (appId: string, problem: string, error?: unknown) => log.problem(problem, error, { appId });
const refuse = async () => {
  throw new Error('the tick looks at no app itself');
};

export const handler = createHandler({
  parts: tickParts({
    platform: ofTick,
    // It only says which apps are due: looking at them is the reconcile function's.
    manager: createDynoManager({
      platform: ofTick,
      runtime: absent('dyno runtime'),
      completeReleasePhase: refuse,
      purgeApp: refuse,
      report,
    }),
    sqs,
    buildQueueUrl,
    certificateQueueUrl,
    stopOrphans: () => stopOrphans({ ecs, store, clock, cluster }),
    report,
  }),
  nowMs: clock.nowMs,
  problem: log.problem,
  settle: () => settling.settle(),
});
